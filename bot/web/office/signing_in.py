"""`/login/{token}`, `/logout`, `/sessions`: how staff get in and out. A look at a link uses nothing up: link previews
look too."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from announcements.mistakes import Mistake
from bot.office.staff import access
from bot.web.numbers import row_number
from bot.web.office.devices import device_name
from bot.web.office.navigation import Group
from bot.web.office.parts import SignedIn, TheOffice
from bot.web.pages import PRIVATE
from bot.web.problems import Problem, Refusal
from db.access.people import StaffRow

router = APIRouter(include_in_schema=False)


@router.api_route("/login/{token}", methods=["GET", "HEAD"])
async def look(token: str, request: Request, office: TheOffice) -> Response:
    """Whose link it is, and the button that signs in."""
    staff = await _whose(office, token)
    await office.visitor(request)
    return office.page(request, "sign_in.html", staff=staff, token=token, refused="", typed="")


@router.post("/login/{token}")
async def enter(token: str, request: Request, office: TheOffice, name: Annotated[str, Form()] = "") -> Response:
    """Sign in, once."""
    staff = await _whose(office, token)
    try:
        secret, _ = await access.sign_in(office.context, token, request.headers.get("user-agent", ""), name)
    except access.LinkDead:
        raise Refusal(Problem.LINK_DEAD) from None
    except Mistake as mistake:
        await office.visitor(request)
        return office.page(request, "sign_in.html", status=422, staff=staff, token=token, refused=mistake.sentence,
                           typed=name)  # fmt: skip
    response = RedirectResponse("/", 303, PRIVATE)
    office.cookie.give(response, secret)
    return response


async def _whose(office: TheOffice, token: str) -> StaffRow | None:
    try:
        return await access.whose(office.context, token)
    except access.LinkDead:
        raise Refusal(Problem.LINK_DEAD) from None


@router.api_route("/menu", methods=["GET", "HEAD"])
async def whole_menu(request: Request, office: TheOffice, visitor: SignedIn) -> Response:
    """Everything that does not fit at the foot of a small telephone."""
    return office.page(request, "menu.html", groups=Group)


@router.post("/logout")
async def leave(office: TheOffice, visitor: SignedIn) -> Response:
    """Sign this browser out."""
    await access.end_session(office.context, visitor.staff, visitor.session.id)
    response = RedirectResponse("/?ok=signed_out", 303, PRIVATE)
    office.cookie.take_back(response)
    return response


@router.api_route("/sessions", methods=["GET", "HEAD"])
async def sessions(request: Request, office: TheOffice, visitor: SignedIn, ok: str = "") -> Response:
    """Where one is signed in."""
    rows = await access.open_sessions(office.context, visitor.staff)
    named = [(row, device_name(row.device), row.id == visitor.session.id) for row in rows]
    return office.page(request, "sessions.html", sessions=named, ended=ok == "ended")


@router.post("/sessions/end")
async def end(office: TheOffice, visitor: SignedIn, session: Annotated[str, Form()] = "") -> Response:
    """End one of one's other sessions, or with "others" all of them."""
    if session == "others":
        await access.end_other_sessions(office.context, visitor)
        return RedirectResponse("/sessions?ok=ended", 303, PRIVATE)
    number = row_number(session)
    if number is None or not await access.end_session(office.context, visitor.staff, number):
        raise Refusal(Problem.PAGE_UNKNOWN)
    return RedirectResponse("/sessions?ok=ended", 303, PRIVATE)
