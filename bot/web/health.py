"""Is the process alive, does the database answer: for supervisors and load balancers. And a word to robots."""

import logging

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from sqlalchemy import text

from bot.context import Context

log = logging.getLogger(__name__)
router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def alive() -> JSONResponse:
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
async def ready(request: Request) -> JSONResponse:
    context: Context = request.app.state.context
    try:
        async with context.database.read() as connection:
            await connection.execute(text("SELECT 1"))
    except Exception as error:
        log.warning("the database does not answer (%s)", type(error).__name__, extra={"action": "not_ready"})
        return JSONResponse({"status": "unavailable", "database": "unavailable"}, 503)
    return JSONResponse({"status": "ok", "database": "ok"})


@router.get("/robots.txt")
async def robots() -> PlainTextResponse:
    return PlainTextResponse("User-agent: *\nDisallow: /\n")
