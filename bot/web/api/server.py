"""The API as an application of its own, mounted under `/api`: its errors are its own, too."""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from announcements.mistakes import Mistake, NotAllowed, NotFound
from bot.context import Context
from bot.web.api import announcements, households, places, reach, records
from bot.web.api.gate import Gate
from bot.web.api.manual import Document, Manual, manual
from bot.web.api.openapi import describe, query_names
from bot.web.api.problems import BY_STATUS, ApiRefusal, Trouble, answer, field_error
from bot.web.pages import Pages
from bot.web.wording import say

ROUTERS = (places.router, announcements.router, reach.router, records.router, households.router)


class Described(NamedTuple):
    """What the routes say of themselves, for programs and for people."""

    document: Document
    query_names: Mapping[str, frozenset[str]]
    manual: Manual


@cache
def described() -> Described:
    """The same for every application of this process: making it takes longer than all the rest of one."""
    document = describe(routed())
    return Described(document, query_names(document), manual(document))


own = APIRouter(include_in_schema=False)


@own.get("/v1/openapi.json")
async def openapi() -> JSONResponse:
    return JSONResponse(described().document)


@own.get("/docs")
async def docs(request: Request) -> Response:
    pages: Pages = request.app.state.pages
    return pages.page("api.html", manual=described().manual)


@own.get("/")
async def start() -> Response:
    return RedirectResponse("/api/docs")


def create_api(context: Context, pages: Pages) -> FastAPI:
    """`/v1/…`, its description at `/v1/openapi.json`, and the page made of that at `/docs`."""
    routes = [route for router in (*ROUTERS, own) for route in router.routes]
    api = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, routes=routes)
    api.state.context, api.state.pages = context, pages
    api.state.query_names = described().query_names
    api.add_exception_handler(ApiRefusal, _refused)
    api.add_exception_handler(Mistake, _mistaken)
    api.add_exception_handler(RequestValidationError, _invalid)
    api.add_exception_handler(HTTPException, _by_status)
    api.add_exception_handler(Exception, _broken)
    api.add_middleware(Gate, context=context)
    return api


def routed() -> FastAPI:
    """The routes alone: all that their description needs."""
    api = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, generate_unique_id_function=_name)
    for router in ROUTERS:
        api.include_router(router)
    return api


def _name(route: APIRoute) -> str:
    return route.name


async def _refused(request: Request, error: Exception) -> Response:
    return error.response if isinstance(error, ApiRefusal) else await _broken(request, error)


async def _mistaken(request: Request, error: Exception) -> Response:
    trouble = Trouble.REFUSED
    if isinstance(error, NotFound):
        trouble = Trouble.NOT_FOUND
    elif isinstance(error, NotAllowed):
        trouble = Trouble.NOT_ALLOWED
    return answer(trouble, str(error))


async def _invalid(request: Request, error: Exception) -> Response:
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    return answer(Trouble.INVALID, say("api_detail.invalid"), errors=[field_error(fault) for fault in faults])


async def _by_status(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    trouble = BY_STATUS.get(status, Trouble.INVALID if status < 500 else Trouble.BROKEN)
    headers = dict(getattr(error, "headers", None) or {})
    if trouble is Trouble.METHOD_WRONG:
        headers["Allow"] = _allowed(request)
    words = {"method": request.method, "allowed": headers.get("Allow", "")}
    return answer(trouble, say(f"api_detail.{trouble}", **words), headers=headers)


def _allowed(request: Request) -> str:
    """The methods of every route at this address; the framework names those of the first only."""
    methods: set[str] = set()
    for route in request.app.routes:
        if isinstance(route, APIRoute) and route.matches(request.scope)[0] is not Match.NONE:
            methods |= route.methods or set()
    return ", ".join(sorted(methods))


async def _broken(request: Request, error: Exception) -> Response:
    # The application around this one hears of it, too, and writes it into the log.
    return answer(Trouble.BROKEN, say("api_detail.broken"))
