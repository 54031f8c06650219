"""The composer's form: reading what was typed, and what of it could not be understood."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from starlette.datastructures import FormData

from announcements.mistakes import Mistake
from announcements.times import read_time
from announcements.types import Kind, Urgency
from bot.office.notices.audiences import outermost
from bot.web.numbers import row_number
from bot.web.wording import say
from db.access.people import StaffRow
from db.announcing.drafts import Fields
from db.places.areas import AreaRow

LATER = "later"


@dataclass(frozen=True, slots=True)
class Typed:
    """`version` is that of the words it was typed over; `wrong` a sentence for each field that can't be read."""

    version: int
    fields: Fields
    wrong: dict[str, str]


def read(form: FormData, before: Fields, staff: StaffRow, tree: Sequence[AreaRow], zone: tzinfo) -> Typed:
    """What the form says, over what the draft said `before`. Areas out of this person's reach stay as they were."""
    wrong: dict[str, str] = {}
    fields = Fields(
        title=_text(form, "title"),
        body=_text(form, "body"),
        kind=_kind(_text(form, "kind"), before.kind),
        urgency=_urgency(_text(form, "urgency"), before.urgency),
        later=_text(form, "when") == LATER,
        due_at=_moment(form, "due", before.due_at, zone, wrong),
        valid_until=_moment(form, "until", before.valid_until, zone, wrong),
        supersedes=_text(form, "supersedes")[:20],
    )
    chosen = {number for one in form.getlist("area") if (number := row_number(one)) is not None}
    mine = {area.id for area in tree if staff.reaches(area.path)}
    kept = (chosen & mine) | (set(before.areas) - mine)
    areas = tuple(area.id for area in outermost(tree, kept))
    return Typed(row_number(form.get("version")) or 0, replace(fields, areas=areas), wrong)


def local(moment: datetime | None, zone: tzinfo) -> str:
    """A moment as a field for date and time holds it."""
    return f"{moment.astimezone(zone):%Y-%m-%dT%H:%M}" if moment else ""


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def _kind(text: str, before: Kind) -> Kind:
    return Kind(text) if text in set(Kind) else before


def _urgency(text: str, before: Urgency) -> Urgency:
    return next((one for one in Urgency if one.word == text), before)


def _moment(form: FormData, name: str, before: datetime | None, zone: tzinfo, wrong: dict[str, str]) -> datetime | None:
    """None where nothing is typed; what was there before where nobody can read it."""
    text = _text(form, name).strip()
    if not text or text == local(before, zone):
        return before if text else None
    try:
        return read_time(text, zone, say(f"compose.{name}"))
    except Mistake as mistake:
        wrong[name] = mistake.sentence
        return before
