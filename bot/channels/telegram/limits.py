"""What a chat of Telegram carries and how fast: beside the library, so that whoever only counts need not load it."""

from announcements.channels import Hears, Limits

# telegram-api: lengths after markup is parsed; the paces are the platform's and can be set lower for an account.
LIMITS = Limits(
    text_length=4096,
    caption_length=1024,
    per_second=25.0,
    per_chat_per_minute=20.0,
    per_chat_per_second=1.0,
    concurrency=30,
    html=True,
    buttons=True,
    edits=True,
    files=True,
    hears=Hears.MENTIONS,
    offshore=True,
)
