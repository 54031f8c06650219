"""`/import`: a roster file from the browser: what it would change, then exactly that."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from starlette.responses import Response

from announcements.mistakes import Mistake, NotAllowed
from bot.office.homes import roster_uploads, rosters
from bot.office.homes.rosters import RosterChanged
from bot.office.staff.access import Visitor
from bot.web.numbers import RowNumber
from bot.web.office.parts import Manager, Office, TheOffice
from bot.web.places.parts import go
from db.places.roster_changes import What

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form()]
PIECE = 256 * 1024
PROBLEMS = 200  # shown one by one


@router.get("/import")
async def form(
    request: Request,
    office: TheOffice,
    visitor: Manager,
    created: RowNumber | None = None,
    updated: RowNumber = 0,
    left: RowNumber = 0,
) -> Response:
    """Where the file is chosen; after an import, what it did."""
    done = {"created": created, "updated": updated, "left": left} if created is not None else None
    return office.page(request, "places/import.html", done=done, refused="")


@router.post("/import")
async def preview(
    request: Request, office: TheOffice, visitor: Manager, file: Annotated[UploadFile | None, File()] = None,
    token: Text = "", name: Text = "", departures: Text = "",
) -> Response:  # fmt: skip
    """What a file would change: a new one, or with `token` one that was sent before."""
    try:
        if file is not None and file.filename:
            name = file.filename
            token = await roster_uploads.keep(office.context, name, _pieces(file))
        return await _preview(request, office, visitor, token, name, departures=bool(departures))
    except NotAllowed:
        raise
    except Mistake as mistake:
        return office.page(request, "places/import.html", status=422, done=None, refused=mistake.sentence)


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(PIECE):
        yield piece


async def _preview(
    request: Request, office: Office, visitor: Visitor, token: str, name: str, *, departures: bool, refused: str = "",
) -> Response:  # fmt: skip
    path = roster_uploads.kept(office.context, token)
    result = await rosters.take_in(
        office.context, path, dry_run=True, departures=departures, staff=visitor.staff
    )  # fmt: skip
    return office.page(
        request, "places/import_preview.html", status=422 if refused else 200, result=result, done=result.done,
        refused_rows=[one for one in result.problems if one.refused][:PROBLEMS],
        kept_rows=[one for one in result.problems if not one.refused][:PROBLEMS], problems=len(result.problems),
        changes=result.changes, What=What, token=token, name=name, departures=departures, refused=refused,
    )  # fmt: skip


@router.post("/import/apply")
async def apply(
    request: Request,
    office: TheOffice,
    visitor: Manager,
    token: Text = "",
    name: Text = "",
    mark: Text = "",
    departures: Text = "",
) -> Response:
    """Import what was looked at, and nothing else: when something has changed since, show what it would be now."""
    try:
        path = roster_uploads.kept(office.context, token)
        result = await rosters.take_in(
            office.context, path, departures=bool(departures), mark=mark, staff=visitor.staff
        )  # fmt: skip
    except RosterChanged as changed:
        return await _preview(
            request, office, visitor, token, name, departures=bool(departures), refused=changed.sentence
        )  # fmt: skip
    except NotAllowed:
        raise
    except Mistake as mistake:
        return office.page(request, "places/import.html", status=422, done=None, refused=mistake.sentence)
    roster_uploads.drop(office.context, token)
    done = result.done
    return go("/import", created=done.created, updated=done.updated, left=done.left)
