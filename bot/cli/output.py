"""How commands print and fail: one JSON document or a table on standard output, everything else on standard error.

Exit status: 0 done; 1 a check failed or part of the input was refused; 2 wrong usage or configuration; 130 interrupted.
"""

import asyncio
import json
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from announcements.mistakes import Mistake, Miswritten, Unusable
from announcements.phrases import phrase
from bot.cli import INTERRUPTED
from bot.config import Settings, load
from bot.context import Context
from bot.opening import opened

T = TypeVar("T")

out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)

AsJson = Annotated[bool, typer.Option("--json", help="In một tài liệu JSON ra đầu ra chuẩn.")]


class State:
    """What `loa --config FILE` was given, for the command that follows."""

    config: Path | None = None


def settings() -> Settings:
    """The configuration; a fault ends the command with status 2."""
    with saying():
        return load(State.config)


def fail(sentence: str, status: int = 1) -> NoReturn:
    """Say what is wrong and end."""
    err.print(sentence, style="red", markup=False)
    raise typer.Exit(status)


@contextmanager
def saying() -> Iterator[None]:
    """Ends the command with a `Mistake`'s sentence: status 2 when it, the configuration or the machine is at fault."""
    try:
        yield
    except Mistake as mistake:
        fail(mistake.sentence, status=2 if isinstance(mistake, Miswritten | Unusable) else 1)


def run(work: Callable[[Context], Awaitable[T]]) -> T:
    """Open the database, do one piece of work, close."""
    chosen = settings()

    async def go() -> T:
        async with opened(chosen) as context:
            return await work(context)

    return complete(go())


def complete(work: Coroutine[Any, Any, T], told: int = INTERRUPTED) -> T:
    """Do the work. Ctrl-C or SIGTERM stops it at its next pause: what was not committed never happened, and the command
    ends with a sentence and the status `told`."""

    async def heard() -> T:
        this = asyncio.current_task()
        if this is not None:
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
        return await work

    try:
        with saying():
            return asyncio.run(heard())
    except (asyncio.CancelledError, KeyboardInterrupt):
        fail(phrase("command.interrupted"), status=told)


def print_json(document: Any) -> None:
    """One JSON document, nothing else."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def answer(document: Any, sentence: str, *, json: bool) -> None:
    """What a command did: the document for programs, the sentence for people."""
    if json:
        print_json(document)
    else:
        out.print(sentence, markup=False)


def heading(column: str) -> str:
    """What people read above the column `column` of a table or a CSV file."""
    return phrase(f"column.{column}")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], empty: str) -> None:
    """A table for people, or `empty` when there is nothing to show. `columns` by name; "" has no heading."""
    table = Table(header_style="bold", box=None, pad_edge=False)
    for place, column in enumerate(columns):
        table.add_column(heading(column) if column else "", no_wrap=place == 0)  # the first column names the row
    count = 0
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
        count += 1
    out.print(table if count else empty, markup=False)
