"""/thongbao: a member of staff composes a notice step by step; `sending` previews, sends and takes back.

Called by `Conversations` for the command, the buttons of `Topic.COMPOSING` and what is typed meanwhile. The draft lives
in the person's conversation: a restart loses nothing, and a button of an earlier draft changes nothing.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from announcements.channels import Button
from announcements.drafts import Draft, checked
from announcements.mistakes import Mistake
from announcements.rendering import label, phrase
from announcements.text import fold
from announcements.types import MAY_ANNOUNCE, Kind, Urgency
from bot.conversations import officers, sending
from bot.conversations.data import Data, Topic, member
from bot.conversations.drafts import NOW, Composition, Step, begin, moment, title_and_body
from bot.conversations.messenger import BadPress, Talk, in_rows, words
from bot.conversations.paging import page
from bot.conversations.sending import Action, button
from bot.conversations.times import check_moment, read_moment
from db import areas, conversations
from db.areas import AreaRow
from db.people import StaffRow

KEPT = timedelta(hours=12)  # a draft left lying longer is forgotten
AREAS_A_PAGE = 40
EVENING, MORNING = (19, 0), (6, 30)
AT_ONCE = frozenset({"ngay", "gui ngay", "gui luon", "bay gio"})


async def start(talk: Talk) -> None:
    """/thongbao: a new draft, in place of an unfinished one. Raises `NotAllowed`."""
    staff = await officers.required(talk, MAY_ANNOUNCE)
    below = [area for area in await reachable(talk, staff) if area.id != staff.area_id]
    await _go_on(talk, staff, begin(staff.area_id, has_areas_below=bool(below)))


async def reachable(talk: Talk, staff: StaffRow) -> list[AreaRow]:
    """Their own area and those one level below it: what they choose from."""
    async with talk.context.database.read() as connection:
        tree = await areas.tree(connection)
    return [area for area in tree if staff.area_id in (area.id, area.parent_id)]


async def unfinished(talk: Talk) -> Composition | None:
    """The draft this person is at, if any."""
    async with talk.context.database.read() as connection:
        kept = await conversations.load(connection, talk.kind, talk.external_id, since=talk.now - KEPT)
    if kept is None or kept.topic != Topic.COMPOSING or "step" not in kept.state:
        return None
    return Composition.from_state(kept.state)


async def typed(talk: Talk, draft: Composition, text: str) -> None:
    """Words while a draft is open. Raises `Mistake` for what can't be used; the draft stays where it was."""
    staff = await officers.required(talk, MAY_ANNOUNCE)
    if draft.step is Step.TEXT:
        title, body = title_and_body(text)
        checked(Draft(title, body), talk.now)
        await _go_on(talk, staff, draft.onwards(title=title, body=body))
    elif draft.step is Step.TIME:
        due = NOW
        if fold(text) not in AT_ONCE:
            due = moment(read_moment(text, talk.context.local(talk.now)))
        await _go_on(talk, staff, draft.onwards(due=due))
    else:
        await talk.say(words("compose.press_please"))


async def press(talk: Talk, data: Data) -> None:
    """A button of a draft, or of a notice that was sent from one. Raises `BadPress`, `Mistake`."""
    staff = await officers.required(talk, MAY_ANNOUNCE)
    action = member(Action, data.action)
    if action in sending.AFTERWARDS:
        await sending.press(talk, staff, action, data.value(0))
        return
    if action is Action.SEND and await sending.sent_already(talk, data.value(0)):
        return
    draft = await unfinished(talk)
    if draft is None or draft.token != data.value(0):
        await talk.show(words("compose.gone"))
    elif action is Action.SEND:
        await sending.send(talk, staff, draft)
    elif action is Action.CANCEL:
        await cancel(talk)
        await talk.show(words("chat.cancelled"))
    else:
        await _go_on(talk, staff, await _changed(talk, staff, draft, action, data), data)


async def cancel(talk: Talk) -> None:
    """The draft is thrown away."""
    async with talk.context.database.write() as connection:
        await conversations.leave(connection, talk.kind, talk.external_id)


async def _changed(talk: Talk, staff: StaffRow, draft: Composition, action: Action, data: Data) -> Composition:
    match action:
        case Action.AREA:
            return await _with_area(talk, staff, draft, data.number(1), data.number(2) == 1)
        case Action.PAGE:
            return draft
        case Action.DONE:
            if not draft.areas:
                raise Mistake(phrase("compose.no_area"))
            return draft.onwards(areas_chosen=True)
        case Action.KIND:
            return draft.onwards(kind=data.member(1, Kind))
        case Action.TIME:
            return draft.onwards(due=_due(talk, data))
        case Action.URGENCY:
            return draft.onwards(urgency=_urgency(data))
        case Action.EDIT:
            return _edited(draft, data.member(1, Step))
        case _:
            raise BadPress


def _edited(draft: Composition, step: Step) -> Composition:
    """Back to one step of a draft that lacks nothing."""
    if draft.onwards().step is not Step.REVIEW:
        raise BadPress
    return replace(draft, step=step)


async def _with_area(talk: Talk, staff: StaffRow, draft: Composition, area_id: int, wanted: bool) -> Composition:
    """Take an area in or out. The whole and its parts exclude each other."""
    if area_id not in {area.id for area in await reachable(talk, staff)}:
        raise BadPress
    whole = staff.area_id
    kept = [one for one in draft.areas if one != area_id and whole not in (one, area_id)]
    return replace(draft, areas=tuple([*kept, area_id] if wanted else kept), areas_chosen=False)


def _due(talk: Talk, data: Data) -> str:
    if data.value(1) == NOW:
        return NOW
    try:
        at = datetime.fromtimestamp(data.number(1) * 60, UTC)
    except (OverflowError, ValueError, OSError):
        raise BadPress from None
    return moment(check_moment(talk.context.local(at), talk.context.local(talk.now)))


def _urgency(data: Data) -> Urgency:
    found = {str(one.value): one for one in Urgency}.get(data.value(1))
    if found is None:
        raise BadPress
    return found


async def _go_on(talk: Talk, staff: StaffRow, draft: Composition, data: Data | None = None) -> None:
    """Keep the draft and ask for what comes next."""
    async with talk.context.database.write() as connection:
        await conversations.keep(connection, talk.kind, talk.external_id, topic=Topic.COMPOSING,
                                 state=draft.as_state(), now=talk.now)  # fmt: skip
    stop = [button(draft, phrase("compose.cancel"), Action.CANCEL)]
    match draft.step:
        case Step.AREAS:
            turned = data.number(1) if data is not None and data.action == Action.PAGE else 1
            await talk.show(words("compose.ask_areas"), [*await _area_rows(talk, staff, draft, turned), stop])
        case Step.KIND:
            kinds = [button(draft, label(kind), Action.KIND, kind.value) for kind in Kind]
            await talk.show(words("compose.ask_kind"), [*in_rows(kinds, 2), stop])
        case Step.TEXT:
            await talk.show(words("compose.ask_text"), [stop])
        case Step.TIME:
            await talk.show(words("compose.ask_time"), [*_time_rows(talk, draft), stop])
        case Step.URGENCY:
            levels = [button(draft, label(one), Action.URGENCY, one.value) for one in Urgency]
            await talk.show(words("compose.ask_urgency"), [levels, stop])
        case Step.REVIEW:
            await sending.review(talk, staff, draft)


async def _area_rows(talk: Talk, staff: StaffRow, draft: Composition, turned: int) -> list[list[Button]]:
    choices = await reachable(talk, staff)
    shown = page([area for area in choices if area.id != staff.area_id], turned, AREAS_A_PAGE)
    rows = [[_tick(draft, staff.area_id, phrase("compose.everyone", name=staff.area_name))]]
    rows += in_rows([_tick(draft, area.id, area.name) for area in shown.items], 2)
    rows.append(shown.turning(lambda to: sending.pack_for(draft, Action.PAGE, to)))
    rows.append([button(draft, phrase("compose.done"), Action.DONE)])
    return [row for row in rows if row]


def _tick(draft: Composition, area_id: int, name: str) -> Button:
    """A box to tick. Its data says what is wanted, not "the other way": a press that comes twice does no harm."""
    ticked = area_id in draft.areas
    text = phrase("compose.chosen" if ticked else "compose.free", name=name)
    return button(draft, text, Action.AREA, area_id, int(not ticked))


def _time_rows(talk: Talk, draft: Composition) -> list[list[Button]]:
    now = talk.context.local(talk.now)
    evening = now.replace(hour=EVENING[0], minute=EVENING[1], second=0, microsecond=0)
    morning = (now + timedelta(days=1)).replace(hour=MORNING[0], minute=MORNING[1], second=0, microsecond=0)
    rows = [[button(draft, phrase("compose.now"), Action.TIME, NOW)]]
    for name, at in (("compose.tonight", evening), ("compose.tomorrow", morning)):
        if at > now:
            text = phrase(name, time=f"{at:%H:%M}")
            rows.append([button(draft, text, Action.TIME, int(at.timestamp() // 60))])
    return rows
