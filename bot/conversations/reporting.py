"""/baocao: how far a notice has reached, as a table and as a picture, for the area of whoever asks.

Called by `Conversations` for the command and the buttons of `Topic.REPORT`.
"""

import asyncio
from collections.abc import Sequence
from enum import StrEnum
from html import escape

from announcements.mistakes import NotAllowed
from announcements.reach import Figures
from announcements.rendering import label, moment_words, phrase
from announcements.splitting import shorten
from announcements.types import AreaKind
from bot.conversations import officers
from bot.conversations.data import Data, Topic, member
from bot.conversations.messenger import Talk, bold, words
from bot.drawing import bars as charts
from db.access.people import StaffRow
from db.announcing.notices import BroadcastRow
from db.counting import reach
from db.counting.reach import AreaFigures
from db.places.areas import STEP

MOST_ROWS = 60  # of one table; a larger place is shown down to its villages
NAME_WIDTH = 15  # with five columns of figures the table is 37 wide: a small telephone shows that
COLUMN_WIDTH = 5
WIDE = frozenset({AreaKind.COMMUNE, AreaKind.VILLAGE})


class Action(StrEnum):
    SHOW = "s"  # broadcast's code


async def start(talk: Talk, code: str) -> None:
    """/baocao, with or without a code. Raises `Mistake`."""
    staff = await officers.required(talk)
    if code:
        await _report(talk, staff, code)
    else:
        await officers.offer_notices(talk, staff, Topic.REPORT, Action.SHOW)


async def press(talk: Talk, data: Data) -> None:
    """A notice was chosen. Raises `BadPress`, `Mistake`."""
    staff = await officers.required(talk)
    member(Action, data.action)
    await _report(talk, staff, data.value(0))


async def figures(talk: Talk, staff: StaffRow, row: BroadcastRow) -> tuple[Figures, list[AreaFigures]]:
    """The sum and the rows of their area only. Raises `NotAllowed` when the notice did not go there."""
    async with talk.context.database.read() as connection:
        rows = await reach.areas_of(connection, row.id, under=staff.path)
    if not rows:
        raise NotAllowed(phrase("chat.not_for_your_area", code=row.announcement, area=staff.area_name))
    return reach.sum_of(rows), rows


async def _report(talk: Talk, staff: StaffRow, code: str) -> None:
    row = await officers.notice(talk, code)
    total, rows = await figures(talk, staff, row)
    await talk.answer()
    await talk.say(_text(talk, row, total, rows))
    bars = _bars(rows)
    if bars:
        title = phrase("report.chart_title", title=shorten(row.title, 70), code=row.announcement)
        await talk.send_picture(await asyncio.to_thread(charts.reach_png, title, bars))


def _text(talk: Talk, row: BroadcastRow, total: Figures, rows: Sequence[AreaFigures]) -> str:
    shown = _fitting(rows)
    top = min(len(one.path) for one in rows)
    table = [_line(*phrase("report.columns").rsplit(" ", 5))]
    for one in shown:
        indent = " " * min((len(one.path) - top) // STEP, 3)
        table.append(_figures_line(indent + one.name, one.figures))
    if len(shown) > 1:
        table.append(_figures_line(phrase("report.total"), total))
    percent = 100 * total.received // total.audience if total.audience else 0
    about = words("report.about", code=row.announcement, moment=moment_words(talk.context.local(row.due_at)),
                  state=label(row.state))  # fmt: skip
    lines = [
        bold(row.title),
        about,
        words("report.summary", received=total.received, audience=total.audience, percent=percent, open=total.open),
        f"<pre>{escape(chr(10).join(table), quote=False)}</pre>",
        words("report.legend"),
    ]
    if len(shown) < len(rows):
        lines.append(words("report.villages_only"))
    if total.open:
        lines.append(words("report.knock", code=row.announcement))
    return "\n".join(lines)


def _fitting(rows: Sequence[AreaFigures]) -> Sequence[AreaFigures]:
    """All rows where they fit a message, else those above the groups."""
    return rows if len(rows) <= MOST_ROWS else [one for one in rows if one.kind in WIDE][:MOST_ROWS]


def _figures_line(name: str, of: Figures) -> str:
    return _line(name, *map(str, (of.audience, of.acknowledged, of.told_in_person, of.not_reached, of.open)))


def _line(name: str, *cells: str) -> str:
    return f"{shorten(name, NAME_WIDTH):<{NAME_WIDTH}}" + "".join(f"{cell:>{COLUMN_WIDTH}}" for cell in cells)


def _bars(rows: Sequence[AreaFigures]) -> list[tuple[str, Figures]]:
    """A bar for each lowest area that has households, in the order of the table."""
    shown = [one for one in _fitting(rows) if one.figures.audience]
    above = {one.parent_id for one in shown}
    names = {one.area_id: one.name for one in rows}
    several = len({one.parent_id for one in shown if one.area_id not in above}) > 1
    bars = []
    for one in shown:
        if one.area_id not in above:
            parent = names.get(one.parent_id) if one.parent_id is not None and several else None
            bars.append((f"{one.name}, {parent}" if parent else one.name, one.figures))
    return bars
