"""The questions of /thongbao, one a step, each with the buttons that answer it.

Called by `composing`. Every button says what is wanted, not "the other way": a press that comes twice does no harm.
"""

from datetime import datetime, timedelta

from announcements.channels import Button
from announcements.rendering import label, phrase, urgency_words
from announcements.types import Kind, Urgency
from bot.conversations import attaching, sending
from bot.conversations.days import midnight
from bot.conversations.drafts import NEVER, NOW, Composition, Step
from bot.conversations.messenger import Talk, in_rows, words
from bot.conversations.paging import page
from bot.conversations.sending import Action, button
from bot.conversations.times import END_OF_DAY
from db.access.people import StaffRow
from db.places import areas
from db.places.areas import AreaRow

AREAS_A_PAGE = 40
EVENING, MORNING = (19, 0), (6, 30)
ENDS = (
    ("compose.until_same_day", 0),
    ("compose.until_next_day", 1),
    ("compose.until_week", 7),
)  # days after it goes out


async def reachable(talk: Talk, staff: StaffRow) -> list[AreaRow]:
    """Their own area and those one level below it: what they choose from."""
    async with talk.context.database.read() as connection:
        tree = await areas.tree(connection)
    return [area for area in tree if staff.area_id in (area.id, area.parent_id)]


async def ask(talk: Talk, staff: StaffRow, draft: Composition, areas_page: int = 1) -> None:
    """Ask for what the draft is at."""
    stop = [button(draft, phrase("compose.cancel"), Action.CANCEL)]
    if draft.onwards().step is Step.REVIEW:  # it lacks nothing: they came here to change something
        stop = [_back(draft), *stop]
    match draft.step:
        case Step.AREAS:
            await talk.show(words("compose.ask_areas"), [*await _area_rows(talk, staff, draft, areas_page), stop])
        case Step.KIND:
            kinds = [button(draft, label(kind), Action.KIND, kind.value) for kind in Kind]
            await talk.show(words("compose.ask_kind"), [*in_rows(kinds, 2), stop])
        case Step.TEXT:
            await talk.show(words("compose.ask_text"), [stop])
        case Step.TIME:
            await talk.show(words("compose.ask_time"), [*_time_rows(talk, draft), stop])
        case Step.URGENCY:
            await _ask_urgency(talk, draft)
        case Step.FILES:
            await attaching.show(talk, draft, str(talk.pressed.message_id) if talk.pressed else "")
        case Step.VALIDITY:
            await talk.show(words("compose.ask_until"), _until_rows(talk, draft))
        case Step.REVIEW:
            await sending.review(talk, staff, draft)


async def _ask_urgency(talk: Talk, draft: Composition) -> None:
    lines = [phrase("compose.ask_urgency"), *(urgency_words(one) for one in Urgency)]
    levels = [button(draft, label(one), Action.URGENCY, one.value) for one in Urgency]
    await talk.show("\n".join(lines), [levels, [_back(draft)]])


def _back(draft: Composition) -> Button:
    return button(draft, phrase("compose.back"), Action.GO_ON)


async def _area_rows(talk: Talk, staff: StaffRow, draft: Composition, turned: int) -> list[list[Button]]:
    choices = await reachable(talk, staff)
    shown = page([area for area in choices if area.id != staff.area_id], turned, AREAS_A_PAGE)
    rows = [[_tick(draft, staff.area_id, phrase("compose.everyone", name=staff.area_name))]]
    rows += in_rows([_tick(draft, area.id, area.name) for area in shown.items], 2)
    rows.append(shown.turning(lambda to: sending.pack_for(draft, Action.PAGE, to)))
    rows.append([button(draft, phrase("compose.done"), Action.DONE)])
    return [row for row in rows if row]


def _tick(draft: Composition, area_id: int, name: str) -> Button:
    """A box to tick."""
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
            rows.append([button(draft, text, Action.TIME, _minutes(at))])
    return rows


def _until_rows(talk: Talk, draft: Composition) -> list[list[Button]]:
    due = talk.context.local(draft.due_at or talk.now)
    rows = []
    for name, days in ENDS:
        end = midnight(due) + timedelta(days=days) + END_OF_DAY
        rows.append([button(draft, phrase(name, date=f"{end:%d/%m}"), Action.UNTIL, _minutes(end))])
    return [*rows, [button(draft, phrase("compose.until_none"), Action.UNTIL, NEVER)], [_back(draft)]]


def _minutes(at: datetime) -> int:
    return int(at.timestamp() // 60)
