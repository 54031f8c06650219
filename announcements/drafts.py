"""Checking what somebody wants to announce, before anything is stored."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from announcements.mistakes import Mistake
from announcements.phrases import phrase
from announcements.text import nfc, nfc_block
from announcements.types import Kind, Urgency

TITLE_LENGTH = 200
BODY_LENGTH = 20_000
HORIZON_YEARS = 2  # a time beyond it is a mistyped year
HORIZON = timedelta(days=366 * HORIZON_YEARS)


@dataclass(frozen=True, slots=True)
class Draft:
    """As a person gave it. `due_at` empty: at once."""

    title: str
    body: str
    kind: Kind = Kind.NOTICE
    urgency: Urgency = Urgency.NORMAL
    due_at: datetime | None = None
    valid_until: datetime | None = None


def problems(draft: Draft, now: datetime) -> dict[str, str]:
    """What a person must mend, a sentence for each field: `title`, `body`, `due`, `until`. Empty when all is well."""
    title, body, found = nfc(draft.title), nfc_block(draft.body), {}
    if not title:
        found["title"] = phrase("mistake.no_title")
    elif len(title) > TITLE_LENGTH:
        found["title"] = phrase("mistake.title_long", length=len(title), most=TITLE_LENGTH)
    if not body:
        found["body"] = phrase("mistake.no_body")
    elif len(body) > BODY_LENGTH:
        found["body"] = phrase("mistake.body_long", length=len(body), most=BODY_LENGTH)
    if draft.due_at is not None and draft.due_at < now:
        found["due"] = phrase("mistake.due_past")
    elif draft.due_at is not None and draft.due_at > now + HORIZON:
        found["due"] = phrase("mistake.due_far", years=HORIZON_YEARS)
    if draft.valid_until is not None and draft.valid_until <= (draft.due_at or now):
        found["until"] = phrase("mistake.valid_too_short")
    elif draft.valid_until is not None and draft.valid_until > now + HORIZON:
        found["until"] = phrase("mistake.until_far", years=HORIZON_YEARS)
    return found


def checked(draft: Draft, now: datetime) -> Draft:
    """The draft in normal form with its time filled in. Raises `Mistake` for the first thing a person must mend."""
    for sentence in problems(draft, now).values():
        raise Mistake(sentence)
    due_at = draft.due_at or now.replace(microsecond=0)
    return replace(draft, title=nfc(draft.title), body=nfc_block(draft.body), due_at=due_at)
