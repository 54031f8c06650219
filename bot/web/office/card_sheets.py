"""`/cards`: cards of an area, given out to those without one, and printed."""

from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from announcements.mistakes import Mistake
from announcements.phrases import phrase
from announcements.times import read_time
from bot.office.homes import card_sheets, cards
from bot.office.staff.access import Visitor
from bot.paper.cards import MOST_CARDS
from bot.web import downloads
from bot.web.office.parts import Keeper, TheOffice
from bot.web.pages import PRIVATE
from bot.web.wording import say

router = APIRouter(include_in_schema=False)


@router.get("/cards")
async def page(
    request: Request, office: TheOffice, visitor: Keeper, area: str = "", since: str = "", ok: str = ""
) -> Response:
    """How many households of the area have a card, and what can be printed. Without `area` it is all of theirs."""
    where = area or visitor.staff.area_code
    return office.page(
        request,
        "cards.html",
        found=await card_sheets.of_area(office.context, where, visitor.staff),
        printed=len((await _asked(office, visitor, where, since)).cards),
        areas=await card_sheets.choices(office.context, visitor.staff),
        since=since,
        most=MOST_CARDS,
        given=ok == "given",
        only_here=office.context.settings.app.only_here,
    )


async def _asked(office: TheOffice, visitor: Visitor, area: str, since: str) -> card_sheets.AreaCards:
    """Cards of an area, those given out from the day `since` on. Raises `Mistake`."""
    begin = read_time(since, office.context.settings.commune.zone, say("cards.since")) if since else None
    return await card_sheets.of_area(office.context, area, visitor.staff, since=begin)


@router.post("/cards")
async def give_out(office: TheOffice, visitor: Keeper, area: Annotated[str, Form()] = "") -> Response:
    """A card for every household of the area that has none; those of today are chosen to print."""
    await cards.issue(office.context, area, visitor.staff)
    today = office.context.local(office.context.clock()).date()
    return RedirectResponse(f"/cards?{urlencode({'area': area, 'since': today, 'ok': 'given'})}", 303, PRIVATE)


@router.get("/cards.pdf")
async def sheets(office: TheOffice, visitor: Keeper, area: str = "", since: str = "") -> Response:
    """The cards there are, or those given out from the day `since` on, to print and cut."""
    found = await _asked(office, visitor, area or visitor.staff.area_code, since)
    if not found.cards:
        raise Mistake(phrase("card.none_since" if since else "card.none", area=found.area.name))
    if len(found.cards) > MOST_CARDS:
        raise Mistake(phrase("card.too_many", count=len(found.cards), most=MOST_CARDS))
    return await downloads.made(partial(card_sheets.file, office.context, found), inline=True)
