"""`loa run`: the whole service in one process, until it is told to stop."""

import asyncio
import logging
import signal
from typing import TYPE_CHECKING

import typer

from announcements.phrases import phrase
from bot.cli.output import complete, err, settings
from bot.office.staff.access import first_link

if TYPE_CHECKING:
    from bot.app import Running

log = logging.getLogger(__name__)


def register(app: typer.Typer) -> None:
    app.command("run")(run)


def run() -> None:
    """Chạy toàn bộ dịch vụ: web, hẹn giờ, gửi tin, các bot. Dừng bằng Ctrl-C hoặc SIGTERM."""
    from bot.app import running  # the web and the bots take a while to load: only this command needs them

    chosen = settings()

    async def work() -> None:
        async with running(chosen) as everything:
            err.print(phrase("command.running", url=everything.url), markup=False)
            first = await first_link(everything.context)
            if first is not None:
                err.print(phrase("command.first_link", url=first.url), markup=False)
            await until_told(everything)
            err.print(phrase("command.stopping"), markup=False)

    complete(work(), told=0)


async def until_told(everything: "Running") -> None:
    """Wait for SIGTERM or SIGINT; the first is heard, the work settles, and the command ends with status 0."""
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    try:
        await told.wait()
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
