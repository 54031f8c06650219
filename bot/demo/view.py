"""What the terminal shows while the demo runs: a bar for each village, the chats, the time.

Called by `bot/cli/demo.py`. `picture` and `line` make it from one `Glance`; `follow` keeps looking.
"""

import asyncio
from collections.abc import Callable
from contextlib import nullcontext

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from announcements.reach import Figures
from announcements.rendering import label
from announcements.types import DeliveryState
from bot.demo import sample
from bot.demo.stage import Glance, Stage
from bot.demo.wording import say

WIDTH = 48  # cells of a bar
LIVELY = 0.2  # seconds between two looks on a terminal
CALM = 5.0  # seconds between two lines where there is none

# Told apart without colours too: what was said, its sign, its colour.
SIGNS = (
    ("acknowledged", "█", "green"),
    ("told", "▓", "cyan"),
    ("not_reached", "▚", "red"),
    ("open", "·", "bright_black"),
)


def picture(glance: Glance, url: str) -> RenderableType:
    """The figures of one moment as they stand on the terminal; `url` is the notice's address."""
    heading = say("live.heading", commune=sample.COMMUNE, code=glance.code, seconds=glance.seconds)
    table = Table(box=None, show_header=False, pad_edge=False)
    for area in glance.areas:
        reached = say("live.row", reached=area.figures.received, audience=area.figures.audience)
        table.add_row(Text(area.name), bar(area.figures), Text(reached, justify="right"))
    chats = Text(f"{say('live.chats')}: {_chats(glance)}")
    return Group(Text(heading, style="bold"), table, legend(), chats, Text(say("end.notice", url=url)))


def line(glance: Glance) -> str:
    """The same in one line, for logs."""
    total = glance.areas[0].figures
    return say(
        "live.line",
        seconds=glance.seconds,
        acknowledged=total.acknowledged,
        told=total.told_in_person,
        not_reached=total.not_reached,
        open=total.open,
        chats=_chats(glance),
    )


def bar(figures: Figures, width: int = WIDTH) -> Text:
    """The households of one row, each kind with a sign and a colour of its own."""
    parts = (figures.acknowledged, figures.told_in_person, figures.not_reached, figures.open)
    drawn = Text()
    for (_, sign, colour), count in zip(SIGNS, cells(parts, width), strict=True):
        drawn.append(sign * count, style=colour)
    return drawn


def cells(parts: tuple[int, ...], width: int) -> list[int]:
    """`width` cells shared out in proportion. What is there at all has a cell, so that one household can be seen."""
    whole = sum(parts)
    if not whole:
        return [0] * len(parts)
    shares = [max(1, round(part * width / whole)) if part else 0 for part in parts]
    shares[shares.index(max(shares))] += width - sum(shares)  # what rounding left over goes where it shows least
    return shares


def legend() -> Text:
    """Which sign means what."""
    drawn = Text()
    for name, sign, colour in SIGNS:
        drawn.append(sign, style=colour).append(f" {say(f'live.{name}')}   ")
    return drawn


def _chats(glance: Glance) -> str:
    states = [(state, glance.deliveries[state]) for state in DeliveryState if glance.deliveries[state]]
    return ", ".join(f"{label(state)} {count}" for state, count in states) or say("live.no_chats")


async def follow(stage: Stage, console: Console, *until: "asyncio.Future[None]", keep: bool = True) -> None:
    """Show `stage` on `console` until one of `until` is done. `keep`: the last picture stays on the terminal."""
    url = stage.context.link(f"/n/{stage.broadcast.announcement}")
    live = Live(console=console, auto_refresh=False, transient=not keep, redirect_stdout=False, redirect_stderr=False)
    lively = console.is_terminal

    def show(glance: Glance) -> None:
        if lively:
            live.update(picture(glance, url), refresh=True)
        else:
            console.print(line(glance), markup=False)

    with live if lively else nullcontext():
        await _look(stage, show, LIVELY if lively else CALM, until)


async def _look(
    stage: Stage, show: Callable[[Glance], None], every: float, until: tuple["asyncio.Future[None]", ...]
) -> None:
    done: set[asyncio.Future[None]] = set()
    while not done:
        done, _ = await asyncio.wait(until, timeout=every, return_when=asyncio.FIRST_COMPLETED)
        show(await stage.glance())
