"""`/cards`: cards of an area, given out to those without one, and printed."""

from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from announcements.mistakes import Mistake
from announcements.phrases import phrase
from bot.office import card_sheets, cards
from bot.paper.cards import MOST_CARDS
from bot.web import downloads
from bot.web.office.parts import Keeper, TheOffice
from bot.web.pages import PRIVATE

router = APIRouter(include_in_schema=False)


@router.get("/cards")
async def page(request: Request, office: TheOffice, visitor: Keeper, area: str = "", ok: str = "") -> Response:
    """How many households of the area have a card, and what can be done. Without `area` it is all of theirs."""
    found = await card_sheets.of_area(office.context, area or visitor.staff.area_code, visitor.staff)
    return office.page(
        request,
        "cards.html",
        found=found,
        areas=await card_sheets.choices(office.context, visitor.staff),
        most=MOST_CARDS,
        given=ok == "given",
        only_here=office.context.settings.app.only_here,
    )


@router.post("/cards")
async def give_out(office: TheOffice, visitor: Keeper, area: Annotated[str, Form()] = "") -> Response:
    """A card for every household of the area that has none."""
    await cards.issue(office.context, area, visitor.staff)
    return RedirectResponse(f"/cards?{urlencode({'area': area, 'ok': 'given'})}", 303, PRIVATE)


@router.get("/cards.pdf")
async def sheets(office: TheOffice, visitor: Keeper, area: str = "") -> Response:
    """The cards there are, to print and cut."""
    found = await card_sheets.of_area(office.context, area or visitor.staff.area_code, visitor.staff)
    if not found.cards:
        raise Mistake(phrase("card.none", area=found.area.name))
    if len(found.cards) > MOST_CARDS:
        raise Mistake(phrase("card.too_many", count=len(found.cards), most=MOST_CARDS))
    return await downloads.made(partial(card_sheets.file, office.context, found), inline=True)
