"""`/n/{code}`: a notice and its files, for anyone who holds the link. Reading changes nothing."""

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse
from starlette.responses import Response

from announcements.types import FileKind
from bot.web.board.parts import Board, TheBoard
from bot.web.board.seen import Seen, answers_left, see
from bot.web.numbers import RowNumber
from bot.web.problems import Problem, Refusal
from db.announcing.notice_parts import Attachment
from db.announcing.notices import NewFile

StoredFile = Attachment | NewFile

router = APIRouter(include_in_schema=False)

# Only what can't carry a script is shown in place; anything else is a download.
SHOWN = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}
DOWNLOADED = {".pdf": "application/pdf"}
KEPT = {"Cache-Control": "private, max-age=600"}  # a withdrawn notice's files should not outlive it for long


@router.api_route("/n/{code}", methods=["GET", "HEAD"])
async def read(code: str, request: Request, board: TheBoard, ok: str = "") -> Response:
    """The notice's page. `ok` follows an answer; the page then says what is really stored."""
    seen = await _find(request, board, code, board.devices.known(request))
    return notice_page(board, seen, just_answered=bool(ok))


async def _find(request: Request, board: Board, code: str, device: str | None) -> Seen:
    """The notice as this device sees it. Raises `Refusal`, also to whoever tries one code after the other."""
    board.limits.hear_notice(request)
    try:
        async with board.context.database.read() as connection:
            return await see(connection, code, device)
    except Refusal as refusal:
        if refusal.problem is Problem.NOTICE_UNKNOWN:
            board.limits.unknown_notice(request)
        raise


def notice_page(
    board: Board, seen: Seen, *, just_answered: bool = False, refusal: Refusal | None = None, typed: str = ""
) -> Response:
    """The page of a notice; with `refusal`, as the answer to a form that could not be accepted."""
    return board.pages.page(
        "notice.html",
        status=refusal.status if refusal else 200,
        headers=refusal.headers if refusal else None,
        notice=seen.notice,
        seen=seen,
        expired=seen.notice.expired(board.context.clock()),
        answers=answers_left(seen.notice.kind),
        shown_in_place=shown_in_place,
        file_at=lambda file: f"/n/{seen.notice.code}/files/{file.id}",
        just_answered=just_answered,
        refusal=refusal,
        typed=typed,
    )


@router.api_route("/n/{code}/files/{file_id}", methods=["GET", "HEAD"])
async def file(code: str, file_id: RowNumber, request: Request, board: TheBoard) -> Response:
    """An attachment, as long as its notice stands."""
    notice = (await _find(request, board, code, None)).notice
    found = next((one for one in notice.files if one.id == file_id), None)
    return served(board.context.settings.uploads, None if notice.withdrawn else found)


def served(uploads: Path, file: StoredFile | None) -> Response:
    """The bytes of a file; pictures to be shown, anything else to be saved. Raises `Refusal` where there is none."""
    path = stored(uploads, file) if file else None
    if file is None or path is None:
        raise Refusal(Problem.PAGE_UNKNOWN)
    in_place = shown_in_place(file)
    types = SHOWN if in_place else DOWNLOADED
    return FileResponse(
        path,
        media_type=types.get(path.suffix.lower(), "application/octet-stream"),
        filename=file.name,
        content_disposition_type="inline" if in_place else "attachment",
        headers=KEPT,
    )


def shown_in_place(attachment: StoredFile) -> bool:
    """Is it a picture that a page may show?"""
    return attachment.kind is FileKind.PHOTO and Path(attachment.path).suffix.lower() in SHOWN


def stored(uploads: Path, attachment: StoredFile) -> Path | None:
    """Where its bytes are; None when they are gone, or the stored path leads out of the uploads."""
    folder = uploads.resolve()
    path = (folder / attachment.path).resolve()
    return path if path.is_relative_to(folder) and path.is_file() else None
