"""/thongbao: a member of staff composes a notice step by step; `asking` asks, `sending` previews, sends and takes back.

Called by `Conversations` for the command, the buttons of `Topic.COMPOSING` and what is typed or shared meanwhile. The
draft lives in the person's conversation: a restart loses nothing, and a button of an earlier draft changes nothing.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from announcements.drafts import Draft, checked
from announcements.mistakes import Mistake
from announcements.permissions import Permission
from announcements.rendering import moment_words, phrase
from announcements.text import fold
from announcements.types import Kind, Urgency
from bot.channels.telegram.updates import FileUpdate
from bot.conversations import asking, attaching, officers, sending
from bot.conversations.data import Data, Topic, member
from bot.conversations.drafts import NEVER, NOW, Composition, Step, begin, moment, title_and_body
from bot.conversations.messenger import BadPress, Talk, words
from bot.conversations.sending import Action
from bot.conversations.times import check_moment, read_end, read_moment
from bot.office.notices.sending import goes_out_at
from db import conversations
from db.access.people import StaffRow

KEPT = timedelta(hours=12)  # a draft left lying longer is forgotten
AT_ONCE = frozenset({"ngay", "gui ngay", "gui luon", "bay gio"})


async def start(talk: Talk) -> None:
    """/thongbao: a new draft, in place of an unfinished one. Raises `NotAllowed`."""
    staff = await officers.required(talk, Permission.ANNOUNCE)
    below = [area for area in await asking.reachable(talk, staff) if area.id != staff.area_id]
    await _go_on(talk, staff, begin(staff.area_id, has_areas_below=bool(below)))


async def unfinished(talk: Talk) -> Composition | None:
    """The draft this person is at, if any."""
    async with talk.context.database.read() as connection:
        kept = await conversations.load(connection, talk.kind, talk.external_id, since=talk.now - KEPT)
    if kept is None or kept.topic != Topic.COMPOSING or "step" not in kept.state:
        return None
    return Composition.from_state(kept.state)


async def typed(talk: Talk, draft: Composition, text: str) -> None:
    """Words while a draft is open. Raises `Mistake` for what can't be used; the draft stays where it was."""
    staff = await officers.required(talk, Permission.ANNOUNCE)
    now = talk.context.local(talk.now)
    match draft.step:
        case Step.TEXT:
            await _go_on(talk, staff, _worded(talk, draft, text))
        case Step.TIME:
            due = NOW if fold(text) in AT_ONCE else moment(read_moment(text, now))
            await _go_on(talk, staff, _in_order(talk, draft.onwards(due=due)))
        case Step.VALIDITY:
            await _go_on(talk, staff, _in_order(talk, draft.onwards(until=moment(read_end(text, now)))))
        case _:
            await talk.say(words("compose.press_please"))


async def attached(talk: Talk, draft: Composition, update: FileUpdate) -> None:
    """A picture or a document while a draft is open, at whatever step; its caption is the text where none was given.

    Raises `Mistake` for what a notice can't carry.
    """
    staff = await officers.required(talk, Permission.ANNOUNCE)
    changed = await attaching.add(talk, draft, update)
    worded = bool(update.caption) and not draft.title
    if worded:
        changed = _worded(talk, changed, update.caption)
    await _keep(talk, changed)
    together = update.album != "" and update.album == draft.album  # an album is listed once, not picture by picture
    listed = await attaching.show(talk, changed, draft.listed if together else "",
                                  caption_unused=bool(update.caption) and not worded)  # fmt: skip
    await _keep(talk, replace(changed, album=update.album, listed=listed))
    if worded:
        await asking.ask(talk, staff, changed)


def _worded(talk: Talk, draft: Composition, text: str) -> Composition:
    title, body = title_and_body(text)
    checked(Draft(title, body), talk.now)
    return draft.onwards(title=title, body=body)


async def press(talk: Talk, data: Data) -> None:
    """A button of a draft, or of a notice that was sent from one. Raises `BadPress`, `Mistake`."""
    staff = await officers.required(talk, Permission.ANNOUNCE)
    action = member(Action, data.action)
    if action in sending.AFTERWARDS:
        await sending.press(talk, staff, action, data.value(0))
        return
    if action is Action.SAMPLE:
        await talk.answer(phrase("compose.sample"), alert=True)
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
    elif action is Action.FILE_OFF:
        fewer = attaching.without(draft, data)
        await _keep(talk, fewer)
        await attaching.show(talk, fewer, str(talk.pressed.message_id) if talk.pressed else "")
    else:
        changed = await _changed(talk, staff, draft, action, data)
        await _go_on(talk, staff, changed, data.number(1) if action is Action.PAGE else 1)


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
        case Action.GO_ON:
            return draft.onwards()
        case Action.DONE:
            if not draft.areas:
                raise Mistake(phrase("compose.no_area"))
            return draft.onwards(areas_chosen=True)
        case Action.KIND:
            return draft.onwards(kind=data.member(1, Kind))
        case Action.TIME:
            return _in_order(talk, draft.onwards(due=_due(talk, data)))
        case Action.UNTIL:
            until = "" if data.value(1) == NEVER else moment(_at(talk, data))
            return _in_order(talk, draft.onwards(until=until))
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
    if area_id not in {area.id for area in await asking.reachable(talk, staff)}:
        raise BadPress
    whole = staff.area_id
    kept = [one for one in draft.areas if one != area_id and whole not in (one, area_id)]
    return replace(draft, areas=tuple([*kept, area_id] if wanted else kept), areas_chosen=False)


def _in_order(talk: Talk, draft: Composition) -> Composition:
    """The draft, if it is still in force when it goes out. Raises `Mistake`."""
    until = draft.valid_until
    if until is not None and until <= goes_out_at(draft.due_at, talk.now):
        raise Mistake(phrase("compose.until_before_due", moment=moment_words(talk.context.local(until))))
    return draft


def _due(talk: Talk, data: Data) -> str:
    return NOW if data.value(1) == NOW else moment(_at(talk, data))


def _at(talk: Talk, data: Data) -> datetime:
    """The moment ahead that a button names in minutes since 1970. Raises `BadPress`, `Mistake`."""
    try:
        at = datetime.fromtimestamp(data.number(1) * 60, UTC)
    except (OverflowError, ValueError, OSError):
        raise BadPress from None
    return check_moment(talk.context.local(at), talk.context.local(talk.now))


def _urgency(data: Data) -> Urgency:
    found = {str(one.value): one for one in Urgency}.get(data.value(1))
    if found is None:
        raise BadPress
    return found


async def _keep(talk: Talk, draft: Composition) -> None:
    async with talk.context.database.write() as connection:
        await conversations.keep(connection, talk.kind, talk.external_id, topic=Topic.COMPOSING,
                                 state=draft.as_state(), now=talk.now)  # fmt: skip


async def _go_on(talk: Talk, staff: StaffRow, draft: Composition, areas_page: int = 1) -> None:
    """Keep the draft and ask for what comes next."""
    draft = replace(draft, album="", listed="")  # a picture that comes from here on is listed anew, further down
    await _keep(talk, draft)
    await asking.ask(talk, staff, draft, areas_page)
