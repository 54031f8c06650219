"""`/areas`: the tree with its counts, one area, and reorganising: each change is shown before it is made."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from announcements.area_rules import LIES_IN, SameNames
from announcements.mistakes import Mistake, NotAllowed
from announcements.types import AreaKind
from bot.office.staff.access import Visitor
from bot.office.tree import area_undo, merging, places, splitting
from bot.office.tree import areas as office_areas
from bot.office.tree.areas import Effect
from bot.office.tree.splitting import Choice
from bot.web.numbers import RowNumber
from bot.web.office.parts import Manager, Office, SignedIn, TheOffice
from bot.web.places.parts import choices, done, go, manages, reachable

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form()]
HISTORY = 15


@router.get("/areas")
async def tree(request: Request, office: TheOffice, visitor: SignedIn, ok: str = "") -> Response:
    """The tree within reach."""
    return await _tree(request, office, visitor, ok=ok)


async def _tree(
    request: Request, office: Office, visitor: Visitor, *, ok: str = "", refused: str = "", typed: str = ""
) -> Response:
    rows = await reachable(office.context, visitor.staff)
    changes, called = await places.history(office.context, visitor.staff, HISTORY) if manages(visitor) else ([], {})
    return office.page(
        request, "places/areas.html", status=422 if refused else 200, rows=rows, ok=done(ok), refused=refused,
        top=len(visitor.staff.path), typed=typed, manages=manages(visitor), changes=changes, called=called,
        last=next((one.id for one in changes if not one.undone), None),
        parents=choices([row for row in rows if row.kind is not AreaKind.GROUP]),
    )  # fmt: skip


@router.post("/areas")
async def add(request: Request, office: TheOffice, visitor: Manager, name: Text = "", under: Text = "") -> Response:
    """A new area below one within reach: a village in a commune, a group in a village."""
    try:
        effect = await places.add_below(office.context, name, under, visitor.staff)
    except NotAllowed:
        raise
    except Mistake as mistake:
        return await _tree(request, office, visitor, refused=mistake.sentence, typed=name)
    return go(f"/areas/{effect.area.code}", ok="added")


@router.post("/areas/undo")
async def undo(
    request: Request, office: TheOffice, visitor: Manager, change: Annotated[RowNumber, Form()] = 0
) -> Response:
    """Take back the last reorganisation, if it is the one that was looked at."""
    try:
        await area_undo.undo(office.context, only=change, staff=visitor.staff)
    except NotAllowed:
        raise
    except Mistake as mistake:
        return await _tree(request, office, visitor, refused=mistake.sentence)
    return go("/areas", ok="undone")


@router.get("/areas/{code}")
async def one(code: str, request: Request, office: TheOffice, visitor: SignedIn, ok: str = "") -> Response:
    """One area: what hangs on it, and what can be done with it. An old code leads to what the area became."""
    found = await places.look(office.context, code, visitor.staff)
    if found.area.code != code:
        return go(f"/areas/{found.area.code}", was=found.area.instead_of)
    return await _one(request, office, visitor, code, ok=ok)


async def _one(
    request: Request, office: Office, visitor: Visitor, code: str, *, ok: str = "", refused: str = "", doing: str = "",
) -> Response:  # fmt: skip
    found = await places.look(office.context, code, visitor.staff)
    rows = await reachable(office.context, visitor.staff)
    area = found.area
    kin = [row for row in rows if row.kind is area.kind and row.id != area.id]
    above = [row for row in rows if row.kind is LIES_IN[area.kind] and row.id != area.parent_id]
    return office.page(
        request, "places/area.html", status=422 if refused else 200, found=found, ok=done(ok), refused=refused,
        doing=doing, was=request.query_params.get("was", ""), manages=manages(visitor), kin=choices(kin, rows),
        above=choices(above, rows), below=[row for row in rows if row.parent_id == area.id],
    )  # fmt: skip


@router.post("/areas/{code}/rename")
async def rename(code: str, request: Request, office: TheOffice, visitor: Manager, name: Text = "") -> Response:
    """At once: an undo is one press away."""
    return await _do(
        request, office, visitor, code, "rename", True,
        lambda dry_run: office_areas.rename(office.context, code, name, staff=visitor.staff, dry_run=dry_run),
    )  # fmt: skip


@router.post("/areas/{code}/move")
async def move(
    code: str, request: Request, office: TheOffice, visitor: Manager, under: Text = "", sure: Text = ""
) -> Response:
    """Shown first; made with `sure`."""
    return await _do(
        request, office, visitor, code, "move", bool(sure),
        lambda dry_run: office_areas.move(office.context, code, under, staff=visitor.staff, dry_run=dry_run),
        under=under,
    )  # fmt: skip


@router.post("/areas/{code}/merge")
async def merge(
    code: str,
    request: Request,
    office: TheOffice,
    visitor: Manager,
    into: Text = "",
    same_names: Annotated[SameNames, Form()] = SameNames.REFUSE,
    sure: Text = "",
) -> Response:
    """Shown first; made with `sure`."""
    return await _do(
        request, office, visitor, code, "merge", bool(sure),
        lambda dry_run: merging.merge(
            office.context, code, into, same_names=same_names, staff=visitor.staff, dry_run=dry_run
        ),
        into=into, same_names=same_names.value,
    )  # fmt: skip


@router.post("/areas/{code}/split")
async def split(
    code: str,
    request: Request,
    office: TheOffice,
    visitor: Manager,
    household: Annotated[list[str] | None, Form()] = None,
    address: Text = "",
    name: Text = "",
    into: Text = "",
    sure: Text = "",
) -> Response:
    """Shown first; made with `sure`."""
    lanes = tuple(one.strip() for one in address.split(";") if one.strip())
    choice = Choice(tuple(household or ()), lanes)
    return await _do(
        request, office, visitor, code, "split", bool(sure),
        lambda dry_run: splitting.split(
            office.context, code, choice, name=name, into=into or None, staff=visitor.staff, dry_run=dry_run
        ),
        household=household or [], address=address, name=name, into=into,
    )  # fmt: skip


async def _do(
    request: Request,
    office: Office,
    visitor: Visitor,
    code: str,
    doing: str,
    sure: bool,
    change: Callable[[bool], Awaitable[Effect]],
    **form: str | list[str],
) -> Response:
    """Make a change, or show what it would do with the form that makes it; a mistake goes back to the area's page."""
    try:
        effect = await change(not sure)
    except NotAllowed:
        raise
    except Mistake as mistake:
        return await _one(request, office, visitor, code, refused=mistake.sentence, doing=doing)
    if sure:
        return go(f"/areas/{effect.area.code}", ok=doing)
    hidden = [(key, one) for key, value in form.items() for one in (value if isinstance(value, list) else [value])]
    found = await places.look(office.context, code, visitor.staff)
    return office.page(
        request, "places/area_preview.html", found=found, effect=effect, doing=doing, hidden=hidden
    )  # fmt: skip
