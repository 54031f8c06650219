"""Making pages: the templates, the words they use, static files under names that change with their content.

One `Pages` per application, made by `bot/web/server.py`.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime, tzinfo
from functools import partial
from pathlib import Path
from types import CodeType

from fastapi import Request
from fastapi.responses import HTMLResponse, JSONResponse
from jinja2 import BytecodeCache, Environment, PackageLoader, StrictUndefined
from jinja2.bccache import Bucket
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from announcements.phones import show_phone
from announcements.reach import Figures, Standing
from announcements.rendering import label, moment_words, phrase, span_words
from announcements.types import Grade, Outcome
from bot.web.bars import bar, sign
from bot.web.paragraphs import paragraphs
from bot.web.problems import Refusal
from bot.web.wording import say

STATIC = Path(__file__).with_name("static")
# Pages show where a household stands; nothing between us and the person may keep them.
PRIVATE = {"Cache-Control": "no-store"}
FOREVER = "public, max-age=31536000, immutable"


class Compiled(BytecodeCache):
    """Templates are compiled once in a process, however many applications it makes."""

    def __init__(self) -> None:
        self._codes: dict[str, tuple[str, CodeType | None]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        checksum, code = self._codes.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key] = (bucket.checksum, bucket.code)


COMPILED = Compiled()


class Pages:
    """Renders `templates/`. `zone` is the commune's: every moment on a page is local."""

    def __init__(self, commune: str, zone: tzinfo, public_url: str) -> None:
        self._environment = Environment(
            loader=PackageLoader("bot.web", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            bytecode_cache=COMPILED,
        )
        self._environment.globals.update(
            commune=commune, public_url=public_url, static=static_address, say=say, phrase=phrase, label=label,
            phone=show_phone, bar=bar, sign=sign,
            standing_words=partial(standing_words, zone=zone), Outcome=Outcome, Grade=Grade,
        )  # fmt: skip
        self._environment.filters.update(
            moment=lambda moment: moment_words(moment.astimezone(zone)),
            short_moment=partial(short_moment, zone=zone),
            paragraphs=paragraphs,
            size=size_words,
            phone=show_phone,
            number=number_words,
            percent=percent_words,
            span=span_words,
        )

    def page(
        self, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **values: object
    ) -> HTMLResponse:
        """The page `template` filled with `values`."""
        text = self._environment.get_template(template).render(**values)
        return HTMLResponse(text, status_code=status, headers={**PRIVATE, **(headers or {})})

    def fragment(self, template: str, **values: object) -> str:
        """A piece of a page, for a script that puts it in place."""
        return self._environment.get_template(template).render(**values)

    def refusal(self, request: Request, refusal: Refusal) -> Response:
        """The answer to a request that could not be served, as the client reads: a page or JSON."""
        if wants_json(request):
            return refusal_json(refusal)
        return self.page("problem.html", status=refusal.status, headers=refusal.headers, refusal=refusal)


def wants_json(request: Request) -> bool:
    """Does the client ask for JSON? Browsers following a link or a form never do."""
    return "application/json" in request.headers.get("accept", "")


def refusal_json(refusal: Refusal) -> JSONResponse:
    """`{"state", "message"}`: the problem's word and its sentence."""
    body = {"state": refusal.problem.value, "message": refusal.sentence}
    return JSONResponse(body, refusal.status, {**PRIVATE, **refusal.headers})


def short_moment(moment: datetime, *, zone: tzinfo) -> str:
    """`19:32 ngày 23/11/2026`."""
    local = moment.astimezone(zone)
    return say("when.short", time=f"{local:%H:%M}", day=f"{local:%d/%m/%Y}")


def standing_words(head: str, standing: Standing, *, zone: tzinfo) -> str:
    """`Hộ Nguyễn Thị Lan đã xác nhận lúc 19:32 ngày 23/11/2026: sẽ dự họp`."""
    when = short_moment(standing.answered_at, zone=zone) if standing.answered_at else ""
    extra = say(f"extra.{standing.grade}") if standing.grade else ""
    return say(f"standing.{standing.outcome}", head=head, when=when, extra=extra)


def size_words(size: int) -> str:
    """`1,2 MB`, `340 KB`; a comma before decimals, as in Vietnam."""
    if size >= 1_000_000:
        return f"{size / 1_000_000:.1f} MB".replace(".", ",")
    return f"{max(1, round(size / 1000))} KB"


def number_words(number: int) -> str:
    """`1.490`: thousands apart, as in Vietnam."""
    return f"{number:,}".replace(",", ".")


def percent_words(figures: Figures, count: int) -> str:
    """`68%` of the audience, rounded down: never 100% while somebody is missing."""
    return f"{int(100 * figures.share(count))}%"


def _fingerprint(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]


FINGERPRINTS = {path.name: _fingerprint(path.name) for path in sorted(STATIC.iterdir())}


def static_address(name: str) -> str:
    """The address of a static file, new whenever its content is. KeyError for a file that isn't there."""
    return f"/static/{name}?v={FINGERPRINTS[name]}"


class StaticPages(StaticFiles):
    """`static/`, kept by browsers for ever when asked for under a fingerprint."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if scope["query_string"].startswith(b"v=") and response.status_code == 200:
            response.headers["Cache-Control"] = FOREVER
        return response
