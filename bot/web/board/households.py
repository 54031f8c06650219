"""The first page and `/h/…`: how a household gets in with its card, what it finds there, what its device remembers."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from announcements.codes import ANNOUNCEMENT_PREFIX, read_code
from announcements.types import ChannelKind
from bot.web.board.listing import entries
from bot.web.board.parts import Board, TheBoard
from bot.web.pages import PRIVATE
from bot.web.problems import Problem, Refusal
from db.links import identities, unlinking
from db.links.cards import CardRow
from db.links.identities import Link
from db.tables import Via

router = APIRouter(include_in_schema=False)

PLACE = "cards"  # where wrong codes of these pages are counted
STATUS_OF_A_PAGE = {Problem.CARD_WRONG: 404, Problem.CARD_REVOKED: 410}


async def first_page(request: Request, board: Board, ok: str = "") -> Response:
    """What this is and how to get in; on a remembered device, its households and their notices."""
    async with board.context.database.read() as connection:
        found = await entries(connection, board.devices.known(request), board.context.clock())
    return board.pages.page("home.html", entries=found, forgotten=ok == "forgotten", signed_out=ok == "signed_out")


@router.post("/h")
async def enter(card: Annotated[str, Form()] = "") -> Response:
    """From a typed code to its page; whoever typed a notice's code gets to the notice."""
    code = read_code(card)
    if not code:
        raise Refusal(Problem.CARD_MISSING)
    folder = "n" if code.startswith(f"{ANNOUNCEMENT_PREFIX}-") else "h"
    return _go(f"/{folder}/{quote(code, safe='')}")


@router.api_route("/h/{card}", methods=["GET", "HEAD"])
async def card_page(card: str, request: Request, board: TheBoard, ok: str = "") -> Response:
    """The household of a card. Looking stores nothing: link previews look too."""
    async with board.context.database.read() as connection:
        row = await _recognise(connection, request, board, card)
        found = await entries(connection, board.devices.known(request), board.context.clock(), row)
    return board.pages.page("household.html", card=row, entries=found, just_remembered=ok == "remembered")


@router.post("/h/{card}/remember")
async def remember(card: str, request: Request, board: TheBoard) -> Response:
    """From now on this device answers for the household without its card."""
    async with board.context.database.read() as connection:
        row = await _recognise(connection, request, board, card)
    device = board.devices.of(request)
    link = Link(ChannelKind.BOARD, device, row.household_id, Via.CARD, board.context.clock())
    await board.context.writer.submit(identities.link, link)
    response = _go(f"/h/{row.code}?ok=remembered")
    board.devices.remember(response, device)
    return response


@router.post("/h/{card}/forget")
async def forget_card(card: str, request: Request, board: TheBoard) -> Response:
    """The opposite, from the card's page."""
    async with board.context.database.read() as connection:
        row = await _recognise(connection, request, board, card)
    await _forget(request, board, row.household)
    return _go(f"/h/{row.code}")


@router.post("/forget")
async def forget(request: Request, board: TheBoard, household: Annotated[str, Form()] = "") -> Response:
    """The same by the household's code: what a device remembers it may forget, whatever became of the card."""
    await _forget(request, board, household.strip())
    return _go("/?ok=forgotten")


async def _recognise(connection: AsyncConnection, request: Request, board: Board, card: str) -> CardRow:
    try:
        return await board.cards.recognise(connection, request, PLACE, card)
    except Refusal as refusal:
        refusal.status = STATUS_OF_A_PAGE.get(refusal.problem, refusal.status)
        raise


async def _forget(request: Request, board: Board, household: str) -> None:
    device = board.devices.known(request)
    if device is None:
        return
    async with board.context.database.write() as connection:
        rows = await identities.of(connection, ChannelKind.BOARD, device)
        for row in rows:
            if row.household == household:
                now = board.context.clock()
                await unlinking.unlink(connection, ChannelKind.BOARD, device, row.household_id, now)


def _go(path: str) -> RedirectResponse:
    return RedirectResponse(path, 303, PRIVATE)
