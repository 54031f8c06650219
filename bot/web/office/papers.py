"""What staff's pages of a notice give as files: the report, the sheet for the doors."""

from functools import partial
from typing import Literal

from fastapi import APIRouter
from starlette.responses import Response

from bot.office.reach import door_sheets, report_sheets
from bot.paper.doors import door_file
from bot.paper.report_book import report_book
from bot.paper.reports import report_csv, report_pdf
from bot.web import downloads
from bot.web.office.parts import Recorder, SignedIn, TheOffice

router = APIRouter(include_in_schema=False)

_MAKERS = {"csv": report_csv, "xlsx": report_book, "pdf": report_pdf}


@router.get("/notices/{code}/report.{ending}")
async def report(code: str, ending: Literal["csv", "xlsx", "pdf"], office: TheOffice, visitor: SignedIn) -> Response:
    """The report of a notice, of their own area."""
    sheet = await report_sheets.sheet(office.context, code, visitor.staff)
    return await downloads.made(partial(_MAKERS[ending], sheet), inline=ending == "pdf")


@router.get("/doors/{code}/sheet.pdf")
async def doors(code: str, office: TheOffice, visitor: Recorder, area: str = "") -> Response:
    """The door-knock list to print, of one area or of all of theirs."""
    sheet = await door_sheets.sheet(office.context, code, area=area or None, staff=visitor.staff)
    return await downloads.made(partial(door_file, sheet), inline=True)
