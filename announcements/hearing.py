"""What a person said where an account listens: the one form in which every channel hands words on.

Adapters in `bot/channels/` make a `Heard` of a raw update with their `read_heard`; `bot/replies/` finds out what it
means. Everything in it comes from outside: ids prove which account spoke, not which household.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heard:
    """One message. `text` is in composed form (NFC), without the mention that called the account; empty when there are
    no words."""

    message_id: str  # the platform's; unique within the account
    address: str  # the chat as `chat.address` has it; in a private conversation the person's own
    person: str  # the platform's id of who said it
    private: bool
    text: str
    name: str = ""  # what the person calls themselves there: shown to the leader who decides
    quoted: str | None = None  # the id of the message it answers, where the platform says
    readable: bool = True  # False: the platform kept the words to itself, or it is a picture or voice without words
