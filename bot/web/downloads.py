"""Files as answers: saved by the browser under their name, kept by nobody on the way."""

import asyncio
from collections.abc import Callable, Sequence

from fastapi import Response

from bot.paper import tables
from bot.paper.files import PaperFile
from bot.paper.tables import TableEnding
from bot.sheets import Cell
from bot.web.pages import PRIVATE


def answer(file: PaperFile, *, inline: bool = False) -> Response:
    """The file; `inline` shows it in the browser, as one wants it of something to print."""
    how = "inline" if inline else "attachment"
    headers = {**PRIVATE, "Content-Disposition": f'{how}; filename="{file.name}"'}
    return Response(file.content, media_type=file.media_type, headers=headers)


async def made(make: Callable[[], PaperFile], *, inline: bool = False) -> Response:
    """What `make` makes, beside the event loop."""
    return answer(await asyncio.to_thread(make), inline=inline)


async def table(stem: str, ending: TableEnding, headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Response:
    """A table as a file to save, made beside the event loop. `stem` is ASCII."""
    return answer(await asyncio.to_thread(tables.table, stem, ending, headings, rows))
