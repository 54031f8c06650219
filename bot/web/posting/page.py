"""`/posting`: the ready words of what waits, to copy or pass on, and the taps that say what was posted."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse
from starlette.responses import Response

from bot.context import Context
from bot.office.channels import posting
from bot.office.channels.posting_words import DOES, Said, may_take_back, outcome_words, standing_words
from bot.office.reach.recording import Tap
from bot.web.moments import moment_of
from bot.web.numbers import RowNumber
from bot.web.office.parts import Recorder, TheOffice
from bot.web.pages import PRIVATE, STATIC, wants_json
from bot.web.problems import Problem, Refusal
from db.dispatch.postings import Posting

router = APIRouter(include_in_schema=False)

_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")
# What the worker fetches is held against its own policy, not the page's.
WORKER = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; connect-src 'self'",
    "Service-Worker-Allowed": "/posting",
}


@dataclass(frozen=True, slots=True)
class Tools:
    """What the template of one chat needs beside it."""

    context: Context
    places: dict[int, str]
    now: datetime

    def place(self, one: Posting) -> str:
        return self.places.get(one.area_id, one.area)

    def late(self, one: Posting) -> bool:
        return posting.is_late(self.context, one)

    def standing(self, one: Posting) -> str:
        return standing_words(self.context, one)

    def offer(self, one: Posting) -> Said | None:
        """What can be said of it now."""
        if one.waits or one.to_recall:
            return Said.RECALLED if one.to_recall else Said.POSTED
        return Said.NOT_POSTED if may_take_back(one, self.now) else None

    def new_key(self) -> str:
        """A name for a tap made without scripts: pressed twice, it is carried out once."""
        return secrets.token_urlsafe(12)


@router.get("/posting/worker.js")
async def worker() -> Response:
    """What opens the page without a line."""
    return FileResponse(STATIC / "posting_worker.js", media_type="text/javascript", headers=WORKER)


@router.api_route("/posting", methods=["GET", "HEAD"])
async def page(
    request: Request, office: TheOffice, visitor: Recorder, done: Annotated[str, Query()] = "",
    code: Annotated[str, Query()] = "", chat: RowNumber = 0, changed: bool = False,
) -> Response:  # fmt: skip
    """What waits in one's chats, and what was posted lately. `done`, `code` and `chat` are of a tap a moment ago."""
    context = office.context
    found = await posting.round_of(context, visitor.staff)
    tools = Tools(context, found.places, context.clock())
    said = ""
    if done in set(Said):
        chats = (await posting.task_of(context, code, visitor.staff)).chats
        said = next(
            (outcome_words(context, Said(done), one, changed=changed) for one in chats if one.chat_id == chat), ""
        )
    return office.page(request, "posting.html", all=found, tools=tools, now=tools.now, said=said, good=changed)


@router.post("/posting/{code}/{chat}")
async def tap(
    code: str,
    chat: RowNumber,
    request: Request,
    office: TheOffice,
    visitor: Recorder,
    done: Annotated[str, Form()] = "",
    key: Annotated[str, Form()] = "",
    at: Annotated[str, Form()] = "",
) -> Response:
    """Carry a tap out, once. `at`: when it was made, in milliseconds since 1970."""
    if done not in set(Said) or not _KEY.fullmatch(key):
        raise Refusal(Problem.FORM_WRONG)
    context, said = office.context, Said(done)
    result = await DOES[said](context, code, visitor.staff, chats=[chat], tap=Tap(key, moment_of(at)))
    one, changed = result.chats[0], bool(result.changed) or result.repeated
    if wants_json(request):
        tools = Tools(context, await posting.places(context), context.clock())
        html = office.pages.fragment("posting_chat.html", one=one, tools=tools)
        message = outcome_words(context, said, one, changed=changed)
        return JSONResponse(
            {"state": one.state.value, "changed": changed, "message": message, "html": html}, headers=PRIVATE
        )
    query = urlencode({"done": said.value, "code": result.row.code, "chat": chat, "changed": int(changed)})
    return RedirectResponse(f"/posting?{query}#tin-{result.row.code}", 303, PRIVATE)
