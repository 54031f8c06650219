"""Doing something once however often it is asked for: the `Idempotency-Key` header.

The answer is kept in the transaction that does the thing. A program that lost our answer sends the same request again
and gets it; a twin that comes at the same moment waits for the first and gets its answer, too.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Header
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.context import Context
from bot.web.api.problems import ApiRefusal, Trouble
from db.access import api_answers
from db.access.api_answers import Asked
from db.access.keys import KeyRow

REPLAYED = "Idempotency-Replayed"
IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="A value of your own for each announcement, a UUID say; sent again with the same request it gets "
        "the first answer and announces nothing more. Kept for 24 hours.",
        examples=["8e03978e-40d5-43e8-bc93-6894a57f9324"],
    ),
]
Keep = Callable[[AsyncConnection, Mapping[str, Any]], Awaitable[None]]


class _TwinWasFirst(Exception):
    """Ends the transaction: nothing of it may stand."""


@dataclass(frozen=True, slots=True)
class Answer:
    body: Mapping[str, Any]
    replayed: bool


async def once(
    context: Context, key: KeyRow, name: str, request: BaseModel, act: Callable[[Keep], Awaitable[Mapping[str, Any]]]
) -> Answer:
    """The answer of `act`, or what was answered to this request before. Raises `ApiRefusal` for a name used twice.

    `act` calls what it is given with its connection and its answer, inside the transaction that does the thing.
    """
    asked = Asked(key.id, name, _hash(request), context.clock())

    async def keep(connection: AsyncConnection, body: Mapping[str, Any]) -> None:
        if not await api_answers.keep(connection, asked, body):
            raise _TwinWasFirst

    before = await _before(context, asked)
    if before is not None:
        return before
    try:
        return Answer(await act(keep), replayed=False)
    except _TwinWasFirst:
        before = await _before(context, asked)
        if before is None:
            raise
        return before


async def _before(context: Context, asked: Asked) -> Answer | None:
    async with context.database.read() as connection:
        given = await api_answers.find(connection, asked)
    if given is None:
        return None
    if not given.same:
        raise ApiRefusal(Trouble.KEY_REUSED)
    return Answer(given.answer, replayed=True)


def _hash(request: BaseModel) -> str:
    """Of what is asked for: spaces and the order of keys don't make it another request."""
    return hashlib.sha256(json.dumps(request.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()
