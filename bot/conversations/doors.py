"""/chuanhan: the door-knock list in a chat, a few households a page, each recorded or taken back with one press.

Called by `Conversations` for the command and the buttons of `Topic.DOORS`. Nothing is kept between presses: a button
says the notice, the page, when the list was opened, and the household. Who may record is `bot/office/recording`'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from html import escape

from announcements.channels import Button
from announcements.mistakes import Mistake
from announcements.permissions import Permission
from announcements.phones import show_phone
from announcements.rendering import label, phrase
from announcements.splitting import shorten
from announcements.types import AnnouncementState, How, Outcome, Reason
from bot.conversations import officers
from bot.conversations.data import Data, Topic, member, pack
from bot.conversations.messenger import BadPress, Talk, bold, in_rows, words
from bot.conversations.paging import Page, page
from bot.conversations.reporting import figures
from bot.office.reach import recording
from db.access.people import StaffRow
from db.announcing.notices import BroadcastRow
from db.counting import doors
from db.counting.doors import Door
from db.places.areas import STEP, last_id

A_PAGE = 6
NAME_LENGTH = 30


class Action(StrEnum):
    """Values of a button: broadcast's code, page, minutes since 1970 when the list was opened, household, more."""

    SHOW = "s"  # code only: from the list of notices
    TURN = "l"
    NAME = "n"
    MET = "m"
    CALLED = "c"
    SLIP = "p"
    WHY = "w"
    UNREACHABLE = "r"  # reason
    UNDO = "u"  # the outcome to be undone


HOW = {Action.MET: How.MET, Action.CALLED: How.CALLED, Action.SLIP: How.SLIP}


@dataclass(frozen=True, slots=True)
class Round:
    """A leader at work on one notice. Households recorded since `opened` stay listed, so that pages don't shift."""

    staff: StaffRow
    row: BroadcastRow
    number: int
    opened: datetime

    def data(self, action: Action, *values: object) -> str:
        return self.data_at(self.number, action, *values)

    def data_at(self, number: int, action: Action, *values: object) -> str:
        return pack(Topic.DOORS, action, self.row.code, number, int(self.opened.timestamp() // 60), *values)


async def start(talk: Talk, code: str) -> None:
    """/chuanhan, with or without a code. Raises `Mistake`."""
    staff = await officers.required(talk, Permission.RECORD)
    if code:
        await _show(talk, await _round(talk, staff, code, 1, talk.now))
    else:
        await officers.offer_notices(talk, staff, Topic.DOORS, Action.SHOW)


async def press(talk: Talk, data: Data) -> None:
    """A button of a list. Raises `BadPress`, `Mistake`."""
    staff = await officers.required(talk, Permission.RECORD)
    action = member(Action, data.action)
    if action is Action.SHOW:
        await _show(talk, await _round(talk, staff, data.value(0), 1, talk.now))
        return
    at = await _round(talk, staff, data.value(0), data.number(1), _opened(data.number(2)))
    if action is Action.TURN:
        await _show(talk, at)
        return
    wanted = data.number(3)
    door = next((one for one in await _listed(talk, at) if one.household_id == wanted), None)
    if door is None:  # it answered meanwhile, or is not theirs
        await talk.answer(phrase("doors.settled"))
        await _show(talk, at)
    elif action is Action.NAME:
        await talk.answer(_details(door), alert=True)
    elif action is Action.WHY:
        await _ask_why(talk, at, door)
    else:
        await _record(talk, at, door, action, data)
        await _show(talk, at)


async def _round(talk: Talk, staff: StaffRow, code: str, number: int, opened: datetime) -> Round:
    row = await officers.notice(talk, code)
    if row.state is AnnouncementState.WITHDRAWN:
        raise Mistake(phrase("doors.withdrawn", code=row.announcement))
    return Round(staff, row, number, opened.replace(second=0, microsecond=0))


def _opened(minutes: int) -> datetime:
    try:
        return datetime.fromtimestamp(minutes * 60, UTC)
    except (OverflowError, ValueError, OSError):
        raise BadPress from None


async def _listed(talk: Talk, at: Round) -> list[Door]:
    async with talk.context.database.read() as connection:
        return await doors.unreached(connection, at.row.id, under=at.staff.path, recorded_since=at.opened)


async def _record(talk: Talk, at: Round, door: Door, action: Action, data: Data) -> None:
    """Write down one press. One that comes twice finds its work done and changes nothing."""
    if action is Action.UNDO:
        if data.member(4, Outcome) is not door.outcome:
            return
        await recording.undo(talk.context, at.row.code, door.household, staff=at.staff)
        await talk.answer(phrase("doors.undone", head=door.head_name))
        return
    if action is Action.UNREACHABLE:
        reason = data.member(4, Reason)
        if door.outcome is not Outcome.OPEN:
            return
        result = await recording.unreachable(talk.context, at.row.code, door.household, why=reason, staff=at.staff)
        done = label(reason)
    else:
        if door.outcome is Outcome.TOLD:
            return
        how = HOW[action]
        result = await recording.told(talk.context, at.row.code, door.household, how=how, staff=at.staff)
        done = label(how)
    if result.changed:
        await talk.answer(phrase("doors.recorded", head=door.head_name, result=done))
    else:
        await talk.answer(phrase("doors.settled"))


async def _ask_why(talk: Talk, at: Round, door: Door) -> None:
    reasons = [Button(label(why), at.data(Action.UNREACHABLE, door.household_id, why.value)) for why in Reason]
    rows = [*in_rows(reasons, 2), [Button(phrase("chat.back"), at.data(Action.TURN))]]
    await talk.show(words("doors.why", head=door.head_name), rows)


async def _show(talk: Talk, at: Round) -> None:
    total, areas = await figures(talk, at.staff, at.row)
    names = {one.area_id: one.name for one in areas if one.area_id != at.staff.area_id}
    listed = await _listed(talk, at)
    if not listed:
        await talk.show(words("doors.none", code=at.row.announcement, area=at.staff.area_name))
        return
    shown = page(listed, at.number, A_PAGE)
    lines = [
        bold(phrase("doors.heading", title=shorten(at.row.title, 100))),
        words("doors.about", code=at.row.announcement, area=at.staff.area_name),
        words("doors.counts", open=total.open, audience=total.audience, page=shown.number, pages=shown.pages),
        "",
        *(_line(number, door, names) for number, door in enumerate(shown.items, shown.first)),
    ]
    await talk.show("\n".join(lines), _rows(at, shown))


def _line(number: int, door: Door, names: Mapping[int, str]) -> str:
    """A household as a leader looks for it. `names` are by area: who has several villages sees which one it is."""
    above = names.get(last_id(door.path[:-STEP])) if len(door.path) > STEP else None
    place = f"{door.area_name}, {above}" if above else door.area_name
    details = " · ".join(filter(None, (place, door.address, _phones(door))))
    return f"{number}. {bold(door.head_name)} · {escape(details, quote=False)}"


def _phones(door: Door) -> str:
    return ", ".join(show_phone(number) for number in door.phone.split(", ") if number)


def _details(door: Door) -> str:
    return "\n".join(filter(None, (door.head_name, door.area_name, door.address, _phones(door))))


def _rows(at: Round, shown: Page[Door]) -> list[list[Button]]:
    rows = []
    here = Round(at.staff, at.row, shown.number, at.opened)
    for number, door in enumerate(shown.items, shown.first):
        rows += _open_rows(here, number, door) if door.outcome is Outcome.OPEN else [_done_row(here, number, door)]
    rows.append(shown.turning(lambda to: at.data_at(to, Action.TURN)))
    return [row for row in rows if row]


def _open_rows(at: Round, number: int, door: Door) -> list[list[Button]]:
    """Two rows a household: four buttons side by side would be cut off on a small telephone."""

    def button(name: str, action: Action) -> Button:
        return Button(phrase(name), at.data(action, door.household_id))

    head = shorten(door.head_name, NAME_LENGTH)
    return [
        [Button(phrase("doors.name", number=number, head=head), at.data(Action.NAME, door.household_id)),
         button("doors.met", Action.MET)],
        [button("doors.called", Action.CALLED), button("doors.slip", Action.SLIP), button("doors.not_met", Action.WHY)],
    ]  # fmt: skip


def _done_row(at: Round, number: int, door: Door) -> list[Button]:
    done = label(door.reason) if door.reason is not None else label(door.outcome)
    text = phrase("doors.result", number=number, head=shorten(door.head_name, NAME_LENGTH), result=done)
    undo = at.data(Action.UNDO, door.household_id, door.outcome.value)
    return [Button(text, at.data(Action.NAME, door.household_id)), Button(phrase("doors.undo"), undo)]
