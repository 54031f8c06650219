"""`/months/2026-11`: the month of one's area, its chart and its files."""

from functools import partial
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from announcements.months import month_of
from bot.office.reach import month_sheets, months
from bot.paper.month_book import month_book
from bot.paper.months import WAYS, month_chart, month_pdf, percents
from bot.web import downloads
from bot.web.office.parts import SignedIn, TheOffice
from bot.web.pages import PRIVATE

router = APIRouter(include_in_schema=False)

_MAKERS = {"xlsx": month_book, "pdf": month_pdf, "svg": month_chart}


@router.get("/months")
async def present(office: TheOffice, visitor: SignedIn) -> Response:
    """The present month."""
    month = month_of(office.context.local(office.context.clock()))
    return RedirectResponse(f"/months/{month}", 303, PRIVATE)


@router.get("/months/{month}.{ending}")
async def file(month: str, ending: Literal["xlsx", "pdf", "svg"], office: TheOffice, visitor: SignedIn) -> Response:
    """The month as a workbook, a sheet to print, or its chart alone."""
    sheet = await month_sheets.sheet(office.context, months.asked(office.context, month), visitor.staff)
    return await downloads.made(partial(_MAKERS[ending], sheet), inline=ending != "xlsx")


@router.get("/months/{month}")
async def page(month: str, request: Request, office: TheOffice, visitor: SignedIn) -> Response:
    """The month, with the way to the ones before and after."""
    asked, present = months.asked(office.context, month), months.asked(office.context, "")
    sheet = await month_sheets.sheet(office.context, asked, visitor.staff)
    following = asked.after if asked < present else None
    return office.page(request, "month.html", sheet=sheet, following=following, percents=percents, ways=WAYS)
