"""`/notices`: every notice of one's area, to be searched."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from announcements.text import nfc
from announcements.types import AnnouncementState
from bot.office.reach import notice_views
from bot.web.dashboard.words import show
from bot.web.numbers import PageNumber
from bot.web.office.parts import SignedIn, TheOffice

router = APIRouter(include_in_schema=False)

PAGE = 20
LONGEST_SEARCH = 80


@router.api_route("/notices", methods=["GET", "HEAD"])
async def notices(
    request: Request, office: TheOffice, visitor: SignedIn, q: str = "", state: str = "",
    page: PageNumber = 1,
) -> Response:  # fmt: skip
    """The notices that touch one's area, the newest first."""
    words = nfc(q)[:LONGEST_SEARCH]
    wanted = state if state in set(AnnouncementState) else ""
    found, total = await notice_views.search(
        office.context, visitor.staff, words, AnnouncementState(wanted) if wanted else None,
        skip=(page - 1) * PAGE, most=PAGE,
    )  # fmt: skip
    pages = max(1, -(-total // PAGE))
    return show(request, office, visitor, "notices.html", found=found, total=total, words=words, state=wanted,
                page=page, pages=pages, states=list(AnnouncementState))  # fmt: skip
