"""`/staff`: who is responsible for what, until when; taking on, changing, ending, keeping on."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from announcements.mistakes import Mistake, NotAllowed
from announcements.times import read_time
from announcements.types import Role
from bot.office.staff import staffing
from bot.office.staff.access import Visitor
from bot.web.office.parts import Manager, Office, SignedIn, TheOffice
from bot.web.places.parts import choices, done, full_names, go, manages, reachable

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form()]
NEW = {"name": "", "role": Role.GROUP_LEADER.value, "area": "", "phone": ""}  # the form as it is found


@router.get("/staff")
async def listing(request: Request, office: TheOffice, visitor: SignedIn, ok: str = "", code: str = "") -> Response:
    """Staff within reach, those who have ended last."""
    return await _listing(request, office, visitor, ok=ok, new=code)


async def _listing(
    request: Request, office: Office, visitor: Visitor, *, ok: str = "", new: str = "", refused: str = "",
    typed: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    lines = await staffing.listing(office.context, visitor.staff)
    rows = await reachable(office.context, visitor.staff)
    return office.page(
        request, "places/staff.html", status=422 if refused else 200, lines=lines, now=office.context.clock(),
        ok=done(ok), refused=refused, typed=typed or NEW, manages=manages(visitor), roles=_roles(visitor),
        areas=choices(rows), names=full_names(rows),
        new=next((line.staff for line in lines if new and line.staff.code == new), None),
    )  # fmt: skip


def _roles(visitor: Visitor) -> list[Role]:
    """The roles they may give."""
    return [role for role in Role if role is not Role.ADMIN or visitor.staff.role is Role.ADMIN]


@router.post("/staff")
async def add(
    request: Request,
    office: TheOffice,
    visitor: Manager,
    name: Text = "",
    role: Annotated[Role, Form()] = Role.GROUP_LEADER,
    area: Text = "",
    phone: Text = "",
) -> Response:
    """A new member of staff; the page that follows shows their code."""
    try:
        made = await staffing.add(office.context, name=name, role=role, area=area, phone=phone, staff=visitor.staff)
    except NotAllowed:
        raise
    except Mistake as mistake:
        typed = {"name": name, "role": role.value, "area": area, "phone": phone}
        return await _listing(request, office, visitor, refused=mistake.sentence, typed=typed)
    return go("/staff", ok="taken_on", code=made.code)


@router.get("/staff/{code}")
async def one(code: str, request: Request, office: TheOffice, visitor: Manager, ok: str = "") -> Response:
    """One member of staff, to change or end."""
    return await _one(request, office, visitor, code, ok=ok)


async def _one(
    request: Request, office: Office, visitor: Visitor, code: str, *, ok: str = "", refused: str = ""
) -> Response:
    line = await staffing.one(office.context, code, visitor.staff)
    rows = await reachable(office.context, visitor.staff)
    return office.page(
        request, "places/staff_one.html", status=422 if refused else 200, line=line, one=line.staff,
        active=line.staff.active(office.context.clock()), ok=done(ok), refused=refused, roles=_roles(visitor),
        areas=choices(rows), names=full_names(rows), oneself=line.staff.id == visitor.staff.id,
    )  # fmt: skip


@router.post("/staff/{code}")
async def change(
    code: str,
    request: Request,
    office: TheOffice,
    visitor: Manager,
    do: Text = "change",
    name: Annotated[str | None, Form()] = None,
    role: Annotated[Role | None, Form()] = None,
    area: Annotated[str | None, Form()] = None,
    phone: Annotated[str | None, Form()] = None,
    at: Text = "",
) -> Response:
    """What `do` says: change, end (at midnight before the day `at`, or now), back."""
    context, staff = office.context, visitor.staff
    try:
        match do:
            case "end":
                moment = read_time(at, context.settings.commune.zone, at) if at else None
                await staffing.end(context, code, at=moment, staff=staff)
            case "back":
                await staffing.keep_on(context, code, staff=staff)
            case _:
                await staffing.change(context, code, name=name, role=role, area=area, phone=phone, staff=staff)
    except NotAllowed:
        raise
    except Mistake as mistake:
        return await _one(request, office, visitor, code, refused=mistake.sentence)
    return go(f"/staff/{code}", ok=f"staff_{do}")
