"""`/notices/{code}`: one notice, its households, its curve, and the stream that keeps an open page up to date."""

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from announcements.types import Outcome
from bot.drawing.curves import curve_svg
from bot.office.reach import notice_views
from bot.web.dashboard.shared_views import NoticeViews
from bot.web.dashboard.watching import Full, Watching
from bot.web.dashboard.words import show
from bot.web.numbers import PageNumber
from bot.web.office.parts import SignedIn, TheOffice
from bot.web.pages import PRIVATE

router = APIRouter(include_in_schema=False)

PAGE = 100  # households
# An address changes with the figures in it, so a browser may keep what it got; nobody on the way may.
CURVE = {
    "Cache-Control": "private, max-age=3600",
    # The file styles itself. It can run nothing, wherever it is opened.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}


@router.api_route("/notices/{code}", methods=["GET", "HEAD"])
async def notice(code: str, request: Request, office: TheOffice, visitor: SignedIn, ok: str = "") -> Response:
    """The notice as far as one reaches. `ok` says what was done just now."""
    views: NoticeViews = request.app.state.notice_views
    shared = await views.get(code, visitor.staff)
    return office.page(request, "staff_notice.html", shared=shared, done=ok)


@router.api_route("/notices/{code}/areas/{area}", methods=["GET", "HEAD"])
async def area(
    code: str, area: str, request: Request, office: TheOffice, visitor: SignedIn, outcome: str = "",
    page: PageNumber = 1,
) -> Response:  # fmt: skip
    """An area's households and where each stands."""
    wanted = outcome if outcome in set(Outcome) else ""
    view = await notice_views.area_view(
        office.context, code, area, visitor.staff, outcome=Outcome(wanted) if wanted else None,
        skip=(page - 1) * PAGE, most=PAGE,
    )  # fmt: skip
    return show(request, office, visitor, "staff_notice_area.html", view=view, row=view.row, wanted=wanted, page=page,
                       pages=max(1, -(-view.found // PAGE)), outcomes=list(Outcome))  # fmt: skip


@router.api_route("/notices/{code}/curve.svg", methods=["GET", "HEAD"])
async def curve(code: str, office: TheOffice, visitor: SignedIn) -> Response:
    """The curve of acknowledgements of one's area, as a picture; 204 while there is nothing to draw."""
    growth = await notice_views.growth(office.context, code, visitor.staff)
    if not growth.points:
        return Response(status_code=204, headers=PRIVATE)
    drawn = await asyncio.to_thread(curve_svg, growth.points, growth.audience)
    return Response(drawn, media_type="image/svg+xml", headers=CURVE)


@router.get("/notices/{code}/events")
async def events(code: str, request: Request, office: TheOffice, visitor: SignedIn) -> Response:
    """The figures as they move. 204 tells a browser that may not watch to leave the page as it is."""
    row = await notice_views.found(office.context, code, visitor.staff)
    watching: Watching = request.app.state.watching
    try:
        watching.make_room(visitor)
    except Full:
        return Response(status_code=204, headers=PRIVATE)
    headers = {**PRIVATE, "X-Accel-Buffering": "no"}  # a proxy in front must not wait for more
    return StreamingResponse(watching.news(row.id, visitor), media_type="text/event-stream", headers=headers)
