"""How a notice looks and sounds on every channel, for the pages that show it before it goes out."""

from collections.abc import Callable
from typing import Any

from markupsafe import Markup

from announcements.rendering import acknowledge_label, urgency_words
from announcements.speech import LONG, length_words
from bot.office.notices.audiences import Audience
from bot.office.notices.previewing import Face, Preview
from bot.web.board.notices import shown_in_place
from db.announcing.notice_parts import Attachment


def parts_of(face: Face) -> list[str]:
    """The messages of one channel, ready for a page."""
    # Made by `announcements/rendering`, which escapes what people typed where markup is used: only <b> is left.
    return [Markup(part) if face.limits.html else part for part in face.words.parts]  # noqa: S704


def faces(seen: Preview, reached: Audience, file_at: Callable[[Attachment], str]) -> dict[str, Any]:
    """What `preview_parts.html` needs. `file_at` is the address of one of its files."""
    return {
        "seen": seen,
        "parts_of": parts_of,
        "notice": seen.board,
        "expired": False,
        "shown_in_place": shown_in_place,
        "file_at": file_at,
        "reached": reached,
        "button": acknowledge_label(0, reached.households),
        "length": length_words(seen.length),
        "long": seen.length > LONG,
        "urgency": urgency_words(seen.board.urgency),
    }
