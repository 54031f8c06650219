"""Checking what somebody wants to announce, before anything is stored."""

from dataclasses import dataclass, replace
from datetime import datetime

from announcements.mistakes import Mistake
from announcements.phrases import phrase
from announcements.text import nfc, nfc_block
from announcements.types import Kind, Urgency

TITLE_LENGTH = 200
BODY_LENGTH = 20_000


@dataclass(frozen=True, slots=True)
class Draft:
    """As a person gave it. `due_at` empty: at once."""

    title: str
    body: str
    kind: Kind = Kind.NOTICE
    urgency: Urgency = Urgency.NORMAL
    due_at: datetime | None = None
    valid_until: datetime | None = None


def checked(draft: Draft, now: datetime) -> Draft:
    """The draft in normal form with its time filled in. Raises `Mistake` for what a person must mend."""
    title, body = nfc(draft.title), nfc_block(draft.body)
    due_at = draft.due_at or now.replace(microsecond=0)
    if not title:
        raise Mistake(phrase("mistake.no_title"))
    if len(title) > TITLE_LENGTH:
        raise Mistake(phrase("mistake.title_long", length=len(title), most=TITLE_LENGTH))
    if not body:
        raise Mistake(phrase("mistake.no_body"))
    if len(body) > BODY_LENGTH:
        raise Mistake(phrase("mistake.body_long", length=len(body), most=BODY_LENGTH))
    if draft.due_at is not None and due_at < now:
        raise Mistake(phrase("mistake.due_past"))
    if draft.valid_until is not None and draft.valid_until <= due_at:
        raise Mistake(phrase("mistake.valid_too_short"))
    return replace(draft, title=title, body=body, due_at=due_at)
