"""`/chats`: which chat serves which area, how it is, and asking the platform whether messages can go there."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from announcements.mistakes import Mistake, NotAllowed
from bot.office.channels import chats
from bot.office.channels.chats import Look
from bot.office.staff.access import Visitor
from bot.web.numbers import RowNumber
from bot.web.office.parts import Manager, Office, SignedIn, TheOffice
from bot.web.places.parts import choices, done, full_names, go, manages, reachable
from db.announcing.fanout import ASSISTED

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form()]
NEW = {"area": "", "account": "", "address": "", "title": ""}  # the form as it is found


@router.get("/chats")
async def listing(request: Request, office: TheOffice, visitor: SignedIn, ok: str = "") -> Response:
    """Chats within reach, by area."""
    return await _listing(request, office, visitor, ok=ok)


async def _listing(
    request: Request, office: Office, visitor: Visitor, *, ok: str = "", refused: str = "",
    looks: list[Look] | None = None, typed: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    rows = await chats.listing(office.context, visitor.staff)
    tree = await reachable(office.context, visitor.staff)
    return office.page(
        request, "places/chats.html", status=422 if refused else 200, rows=rows, ok=done(ok), refused=refused,
        manages=manages(visitor), accounts=chats.accounts(office.context), by_hand=ASSISTED,
        areas=choices(tree), names=full_names(tree), typed=typed or NEW,
        looks={look.chat.id: look for look in looks or []}, looked=looks is not None,
        broken=len(chats.problems(looks or [])),
    )  # fmt: skip


@router.post("/chats")
async def add(
    request: Request,
    office: TheOffice,
    visitor: Manager,
    area: Text = "",
    account: Text = "",
    address: Text = "",
    title: Text = "",
    reserve: Annotated[bool, Form()] = False,
) -> Response:
    """A chat serves an area from now on, or stands in reserve for it."""
    try:
        await chats.add(
            office.context, area=area, account=account, address=address, title=title, reserve=reserve,
            staff=visitor.staff,
        )  # fmt: skip
    except NotAllowed:
        raise
    except Mistake as mistake:
        typed = {"area": area, "account": account, "address": address, "title": title}
        return await _listing(request, office, visitor, refused=mistake.sentence, typed=typed)
    return go("/chats", ok="chat_added")


@router.post("/chats/check")
async def check(
    request: Request, office: TheOffice, visitor: Manager, only: Annotated[RowNumber, Form()] = 0
) -> Response:
    """Ask the platform about every chat in use within reach, or about one. Posts nothing."""
    looks = await chats.check_with_own_accounts(office.context, only=only or None, staff=visitor.staff)
    return await _listing(request, office, visitor, looks=looks)


@router.get("/chats/{number}")
async def one(number: RowNumber, request: Request, office: TheOffice, visitor: Manager, ok: str = "") -> Response:
    """One chat, to change."""
    return await _one(request, office, visitor, number, ok=ok)


async def _one(
    request: Request, office: Office, visitor: Visitor, number: int, *, ok: str = "", refused: str = ""
) -> Response:
    chat = await chats.one(office.context, number, visitor.staff)
    return office.page(
        request, "places/chat.html", status=422 if refused else 200, chat=chat, ok=done(ok), refused=refused,
        areas=choices(await reachable(office.context, visitor.staff)),
    )  # fmt: skip


@router.post("/chats/{number}")
async def change(
    number: RowNumber,
    request: Request,
    office: TheOffice,
    visitor: Manager,
    do: Text = "change",
    area: Annotated[str | None, Form()] = None,
    title: Annotated[str | None, Form()] = None,
) -> Response:
    """What `do` says: change, off, on, reserve, regular."""
    active = {"off": False, "on": True}.get(do)
    spare = {"reserve": True, "regular": False}.get(do)
    try:
        await chats.change(office.context, number, area=area, title=title, active=active, reserve=spare,
                           staff=visitor.staff)  # fmt: skip
    except NotAllowed:
        raise
    except Mistake as mistake:
        return await _one(request, office, visitor, number, refused=mistake.sentence)
    return go(f"/chats/{number}", ok=f"chat_{do}")
