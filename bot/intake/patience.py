"""Recording what is in the inbox already, while the database may be away for a moment. Used by the desks' lines."""

import asyncio
from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError

from db.writer import Apply, Writer

T = TypeVar("T")
R = TypeVar("R")

AGAIN = (0.5, 2.0, 5.0)  # seconds between attempts while the database is away


async def submit_patiently(writer: Writer, apply: Apply[T, R], intents: Sequence[T]) -> list[R]:
    """Like `writer.submit_all`, again where the database doesn't answer. Raises what the last attempt raised."""
    for pause in AGAIN:
        try:
            return await writer.submit_all(apply, intents)
        except Exception as error:
            if not is_away(error):
                raise
            await asyncio.sleep(pause)
    return await writer.submit_all(apply, intents)


def is_away(error: Exception) -> bool:
    """Is it the database that doesn't answer, and not the intent that can't be stored?"""
    return isinstance(error, OperationalError | InterfaceError | OSError)
