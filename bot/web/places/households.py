"""`/households`: finding a household, adding one, and all that is known of one: contact data, links, cards, answers."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from announcements.mistakes import Mistake, NotAllowed
from announcements.types import Device
from bot.office.homes import cards, households
from bot.office.homes.households import A_PAGE, Contact
from bot.office.staff.access import Visitor
from bot.web.numbers import PageNumber, RowNumber
from bot.web.office.parts import Keeper, Office, SignedIn, TheOffice
from bot.web.places.parts import Choice, choices, done, go, keeps, manages, reachable
from db.places.areas import AreaRow

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form()]


@router.get("/households")
async def search(
    request: Request,
    office: TheOffice,
    visitor: SignedIn,
    q: str = "",
    area: str = "",
    page: PageNumber = 1,
    left: str = "",
) -> Response:
    """Households within reach that fit what was typed."""
    return await _search(request, office, visitor, q, area, page, left)


async def _search(
    request: Request, office: Office, visitor: Visitor, q: str = "", area: str = "", page: int = 1, left: str = "", *,
    refused: str = "", typed: dict[str, str] | None = None, home: str = "",
) -> Response:  # fmt: skip
    found = await households.search(
        office.context, q, area=area or None, page=page, left=bool(left), staff=visitor.staff
    )  # fmt: skip
    query = {name: value for name, value in (("q", q), ("area", area), ("left", left)) if value}
    rows = await reachable(office.context, visitor.staff)
    return office.page(
        request, "places/households.html", status=422 if refused else 200, found=found, q=q, area=area,
        left=bool(left), page=page, last=-(-found.total // A_PAGE), query=urlencode(query),
        first=(page - 1) * A_PAGE + 1, areas=choices(rows), keeps=keeps(visitor), leaves=_leaves(rows),
        refused=refused, form=typed or households.contact_of(households.NOBODY), devices=Device, home=home,
    )  # fmt: skip


def _leaves(rows: Sequence[AreaRow]) -> list[Choice]:
    """Where households can live."""
    above = {row.parent_id for row in rows}
    return choices([row for row in rows if row.id not in above], rows)


@router.post("/households")
async def add(
    request: Request,
    office: TheOffice,
    visitor: Keeper,
    home: Text = "",
    head_name: Text = "",
    representative: Text = "",
    phones: Text = "",
    address: Text = "",
    note: Text = "",
    device: Annotated[Device, Form()] = Device.UNKNOWN,
    namesake: Text = "",
) -> Response:
    """A household that came. A mistake keeps what was typed."""
    contact = Contact(head_name, representative, phones, address, note, device)
    try:
        entry = await households.add(office.context, home, contact, namesake=bool(namesake), staff=visitor.staff)
    except NotAllowed:
        raise
    except Mistake as mistake:
        return await _search(request, office, visitor, refused=mistake.sentence, typed=_typed(contact), home=home)
    return go(f"/households/{entry.code}", ok="household_added")


def _typed(contact: Contact) -> dict[str, str]:
    """A form as it came."""
    return {name: str(value or "") for name, value in asdict(contact).items()}


@router.get("/households/{code:path}")
async def one(code: str, request: Request, office: TheOffice, visitor: SignedIn, ok: str = "") -> Response:
    """One household."""
    return await _one(request, office, visitor, code, ok=ok)


async def _one(
    request: Request, office: Office, visitor: Visitor, code: str, *, ok: str = "", refused: str = "",
    typed: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    record = await households.show(office.context, code, visitor.staff)
    rows = await reachable(office.context, visitor.staff)
    return office.page(
        request, "places/household.html", status=422 if refused else 200, record=record, home=record.household,
        ok=done(ok), refused=refused, form=typed or households.contact_of(record.household), devices=Device,
        seen=households.version(record.household), keeps=keeps(visitor), manages=manages(visitor),
        leaves=_leaves(rows), editing=typed is not None,
    )  # fmt: skip


@router.post("/households/{code:path}")
async def change(
    code: str,
    request: Request,
    office: TheOffice,
    visitor: Keeper,
    do: Text = "edit",
    head_name: Text = "",
    representative: Text = "",
    phones: Text = "",
    address: Text = "",
    note: Text = "",
    device: Annotated[Device, Form()] = Device.UNKNOWN,
    seen: Text = "",
    to: Text = "",
    link: Annotated[RowNumber, Form()] = 0,
) -> Response:
    """What `do` says: edit, move, leave, unlink, relink, revoke_card, reissue_card. A mistake keeps what was typed."""
    context, staff = office.context, visitor.staff
    typed = None
    try:
        match do:
            case "move":
                await households.move(context, code, to, staff)
            case "leave":
                await households.leave(context, code, staff)
            case "unlink" | "relink":
                await households.revoke_link(context, code, link, back=do == "relink", staff=staff)
            case "revoke_card":
                await cards.revoke(context, [code], staff=staff)
            case "reissue_card":
                await cards.reissue(context, [code], staff=staff)
            case _:
                contact = Contact(head_name, representative, phones, address, note, device)
                typed = _typed(contact)
                await households.edit(context, code, contact, seen=seen or None, staff=staff)
    except NotAllowed:
        raise
    except Mistake as mistake:
        return await _one(request, office, visitor, code, refused=mistake.sentence, typed=typed)
    return go(f"/households/{code}", ok=do)
