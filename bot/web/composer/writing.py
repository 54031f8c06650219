"""`/compose/{draft}`: writing. One form saves everything, with its files; a script sends the words alone meanwhile."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from announcements.mistakes import Mistake
from announcements.rendering import moment_words
from bot.office.notices import drafting
from bot.office.notices.attachments import DOCUMENT_SIZE, MOST, keep_open
from bot.office.notices.audiences import audience
from bot.office.notices.drafting import Conflict, lacks
from bot.office.staff.access import Visitor
from bot.web.board.notices import served
from bot.web.composer.form import Typed, local, read
from bot.web.composer.presence import ThePresence
from bot.web.composer.sheet import sheet
from bot.web.numbers import RowNumber
from bot.web.office.parts import Announcer, Office, TheOffice
from bot.web.pages import PRIVATE, wants_json
from bot.web.problems import Problem, Refusal
from bot.web.wording import say
from db.announcing.drafts import DraftRow
from db.announcing.notices import NewFile
from db.places import areas

router = APIRouter(include_in_schema=False)

WORDS = 512 * 1024  # bytes: the longest text, every letter as three escaped bytes
UPLOAD = MOST * DOCUMENT_SIZE + WORDS
MOST_FIELDS = 10_000  # a tick for each area
MORE_FILES = 2 * MOST  # let in, so that too many are refused with a sentence
CHANGES: dict[str, Callable[..., Coroutine[Any, Any, DraftRow]]] = {
    "drop": drafting.drop_file,
    "forward": drafting.move_file,
}


@router.api_route("/compose/reach", methods=["GET", "HEAD"])
async def reach(
    office: TheOffice, visitor: Announcer, area: Annotated[list[RowNumber] | None, Query()] = None
) -> Response:
    """How far these areas go, in words; those out of reach count for nothing."""
    async with office.context.database.read() as connection:
        mine = {one.id for one in await areas.tree(connection) if visitor.staff.reaches(one.path)}
        reached = await audience(connection, mine & set(area or ()))
    said = reached.sentences if reached.areas else [say("compose.nowhere")]
    return JSONResponse({"households": reached.households, "chats": reached.chats, "message": " ".join(said)},
                        headers=PRIVATE)  # fmt: skip


@router.api_route("/compose/{draft:int}", methods=["GET", "HEAD"])
async def look(
    draft: int, request: Request, office: TheOffice, visitor: Announcer, presence: ThePresence,
    ok: Annotated[str, Query()] = "", check: Annotated[str, Query()] = "",
) -> Response:  # fmt: skip
    """The draft to write on; with `check`, what it lacks is shown."""
    row = await drafting.look(office.context, visitor.staff, draft)
    if row.announcement_id is not None:
        return RedirectResponse(f"/compose/{draft}/sent", 303, PRIVATE)
    if row.deleted_at is not None:
        return RedirectResponse(f"/compose?deleted={draft}", 303, PRIVATE)
    wrong = await _lacks(office, visitor, row) if check else None
    return await sheet(office, request, visitor, row, presence, wrong=wrong, done=ok)


@router.post("/compose/{draft:int}")
async def save(
    draft: int, request: Request, office: TheOffice, visitor: Announcer, presence: ThePresence
) -> Response:  # fmt: skip
    """Keep words and files, then do what the button said."""
    # Read only now: whoever is not signed in gets nothing stored, not even for a moment.
    row = await drafting.look(office.context, visitor.staff, draft)
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise Refusal(Problem.FORM_WRONG)
    async with request.form(max_files=MORE_FILES, max_fields=MOST_FIELDS) as form:
        typed = await _read(office, visitor, row, form)
        wrong = dict(typed.wrong)
        try:
            await _take_files(office, visitor, draft, form)
        except Mistake as mistake:
            wrong["files"] = mistake.sentence
        do = str(form.get("do", ""))
    try:
        row = await drafting.save(office.context, visitor.staff, draft, typed.version, typed.fields)
    except Conflict as conflict:
        return await _conflict(office, request, visitor, conflict.theirs, typed)
    action, _, path = do.partition(":")
    if action in CHANGES:
        row = await CHANGES[action](office.context, visitor.staff, draft, path)
    if action == "preview":
        wrong |= await _lacks(office, visitor, row)
    if wrong:
        return await sheet(office, request, visitor, row, presence, wrong=wrong, done="files")
    match action:
        case "preview":
            return RedirectResponse(f"/compose/{draft}/preview", 303, PRIVATE)
        case "save":
            return RedirectResponse(f"/compose/{draft}?ok=stored", 303, PRIVATE)
        case _:
            return RedirectResponse(f"/compose/{draft}?ok=files#tep", 303, PRIVATE)


@router.post("/compose/{draft:int}/words")
async def words(draft: int, request: Request, office: TheOffice, visitor: Announcer) -> Response:
    """The words alone: from the script while somebody types, and whoever was told that another wrote, too."""
    row = await drafting.look(office.context, visitor.staff, draft)
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise Refusal(Problem.FORM_WRONG)
    async with request.form(max_fields=MOST_FIELDS) as form:
        typed = await _read(office, visitor, row, form)
    try:
        row = await drafting.save(office.context, visitor.staff, draft, typed.version, typed.fields)
    except Conflict as conflict:
        if not wants_json(request):
            return await _conflict(office, request, visitor, conflict.theirs, typed)
        told = say("compose.conflict", who=_who(visitor, conflict.theirs))
        return JSONResponse({"state": "conflict", "message": told}, 409, PRIVATE)
    if not wants_json(request):
        return RedirectResponse(f"/compose/{draft}?ok=kept", 303, PRIVATE)
    local_time, due_at = office.context.local, row.fields.due_at
    told = say("compose.saved_at", time=f"{local_time(office.context.clock()):%H:%M:%S}")
    due = moment_words(local_time(due_at)) if row.fields.later and due_at else ""
    return JSONResponse({"version": row.version, "message": told, "due": due}, headers=PRIVATE)


@router.post("/compose/{draft:int}/here")
async def here(draft: int, office: TheOffice, visitor: Announcer, presence: ThePresence) -> Response:
    """An open page says that it is open, and hears of the others."""
    await drafting.look(office.context, visitor.staff, draft)
    others = presence.others(draft, visitor.staff, office.context.clock())
    told = say("compose.also_here", names=", ".join(others)) if others else ""
    return JSONResponse({"message": told}, headers=PRIVATE)


@router.api_route("/compose/{draft:int}/files/{path}", methods=["GET", "HEAD"])
async def file(draft: int, path: str, office: TheOffice, visitor: Announcer) -> Response:
    """One of the draft's files."""
    row = await drafting.look(office.context, visitor.staff, draft)
    found = next((one for one in row.files if one.path == path), None)
    return served(office.context.settings.uploads, found)


async def _read(office: Office, visitor: Visitor, row: DraftRow, form: FormData) -> Typed:
    async with office.context.database.read() as connection:
        tree = await areas.tree(connection)
    return read(form, row.fields, visitor.staff, tree, office.context.settings.commune.zone)


async def _take_files(office: Office, visitor: Visitor, draft: int, form: FormData) -> None:
    """Keep what was uploaded; the good ones even when one can't be used. Raises `Mistake` with all sentences."""
    kept: list[NewFile] = []
    refused: list[str] = []
    for one in form.getlist("files"):
        if isinstance(one, UploadFile) and one.filename:
            try:
                taken = await asyncio.to_thread(keep_open, one.filename, one.file, office.context.settings.uploads)
                kept.append(taken)
            except Mistake as mistake:
                refused.append(mistake.sentence)
    if kept:
        await drafting.add_files(office.context, visitor.staff, draft, kept)
    if refused:
        raise Mistake(" ".join(refused))


async def _lacks(office: Office, visitor: Visitor, row: DraftRow) -> dict[str, str]:
    async with office.context.database.read() as connection:
        reached = await audience(connection, row.fields.areas)
    return lacks(row.fields, reached, visitor.staff, office.context.clock())


def _who(visitor: Visitor, theirs: DraftRow) -> str:
    return say("compose.yourself") if theirs.updated_by == visitor.staff.id else theirs.updated_by_name


async def _conflict(office: Office, request: Request, visitor: Visitor, theirs: DraftRow, typed: Typed) -> Response:
    """Both versions, to choose from."""
    zone, mine = office.context.settings.commune.zone, typed.fields
    async with office.context.database.read() as connection:
        places = [(await audience(connection, one.areas)).where for one in (theirs.fields, mine)]
    return office.page(
        request, "compose_conflict.html", status=409, theirs=theirs, mine=mine, who=_who(visitor, theirs),
        theirs_areas=places[0], mine_areas=places[1], due=local(mine.due_at, zone), until=local(mine.valid_until, zone),
    )  # fmt: skip
