"""The evening of `loa demo` at the terminal: live bars, the last report, and a board that stays open."""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.cli.output import complete, err, print_json, print_table
from bot.cli.reach import FIGURES
from bot.cli.service import until_told
from bot.config import Settings
from bot.demo.stage import Stage, Verdict, staged, throwaway
from bot.demo.view import follow
from bot.demo.wording import say
from bot.office.reach import reporting
from bot.office.staff import access


def play(
    settings: Settings, *, households: int, speed: float, port: int | None, exit_when_done: bool, json: bool
) -> bool:
    """The whole evening on a throwaway database; False when the figures don't add up or nobody could tell."""
    with TemporaryDirectory(prefix="loa-demo-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        return complete(_play(throwaway(settings, folder, port), folder, households, speed, exit_when_done, json))


async def _play(
    chosen: Settings, folder: Path, households: int, speed: float, exit_when_done: bool, json: bool
) -> bool:
    """The whole evening; False when the figures don't add up or nobody could tell."""
    err.print(say("start.preparing", households=households), markup=False)
    async with staged(chosen, folder, households=households, speed=speed) as stage:
        told = asyncio.create_task(until_told(stage.running), name="until told")
        work = asyncio.create_task(stage.perform(), name="the evening")
        try:
            err.print(say("end.board", url=stage.running.url), markup=False)
            await _invite(stage)
            await follow(stage, err, work, told, keep=exit_when_done)
            if not work.done():
                err.print(say("end.interrupted"), markup=False)
                return not exit_when_done
            await work
            verdict = await stage.verdict()
            _finish(stage, verdict, json)
            if not exit_when_done:
                await _stay(stage, verdict, told)
        finally:
            await _end(work, told)
    return not verdict.failures


async def _invite(stage: Stage) -> None:
    """Where the office watches, and a link that signs the secretary in."""
    link = await access.sign_in_link(stage.context, stage.town.secretary)
    err.print(say("end.dashboard", url=stage.context.link("/"), link=link.url), markup=False, soft_wrap=True)


async def _end(*tasks: "asyncio.Task[None]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


def _finish(stage: Stage, verdict: Verdict, json: bool) -> None:
    """The last report, and what did not add up."""
    if json:
        print_json(reporting.as_json(stage.context, verdict.report))
        sys.stdout.flush()
    else:
        _print_table(verdict)
    for sentence in verdict.failures:
        err.print(sentence, style="red", markup=False)
    if not verdict.failures:
        err.print(say("end.adds_up", answers=verdict.answers, households=verdict.answered), markup=False)


def _print_table(verdict: Verdict) -> None:
    areas = verdict.report.report.areas
    print_table(
        ("area", *FIGURES),
        [("  " * (len(area.path) // 8 - 1) + area.name, *(area.figures.as_dict()[name] for name in FIGURES))
         for area in areas],
        "",
    )  # fmt: skip


async def _stay(stage: Stage, verdict: Verdict, told: "asyncio.Task[None]") -> None:
    """Leave the board open until the person has seen enough."""
    home = verdict.to_try
    err.print(say("end.board", url=stage.running.url), markup=False)
    err.print(say("end.notice", url=stage.context.link(f"/n/{stage.broadcast.announcement}")), markup=False)
    await _invite(stage)  # anew: the first link may be used by now
    if home is not None:
        err.print(say("end.try_it", card=home.card, head=home.head_name, area=home.place), markup=False)
    err.print(say("end.stays"), markup=False)
    if err.is_terminal:
        await follow(stage, err, told, keep=False)
    else:
        await told
