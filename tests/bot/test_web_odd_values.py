"""Whatever somebody writes into an address, a query or a form: a sentence or a page answers, and never a fault of ours.

Every route there is × each of its values × odd ones, on both engines: what one of them stores the other may refuse.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi.routing import APIRoute

from announcements.types import Role
from bot.web.numbers import row_number
from db.engine import Database
from tests.bot.test_web_rights import OFFICE, Page, Stage, open_stage

HUGE = "9" * 30  # longer than a database counts
ENDLESS = "9" * 5_000  # longer than a program reads
BY_HAND = {"POST /compose/{draft:int}": {"area", "version"}, "POST /compose/{draft:int}/words": {"area", "version"}}
ENDLESS_OR_LAST = {"POST /logout", "GET /notices/{code}/events"}
FOR_EVERYBODY = {"code": "notice", "card": "notice", "file_id": "chat", "token": "notice", "channel": "telegram",
                 "account": "telegram"}  # fmt: skip


def api_routes(router: Any) -> Iterator[APIRoute]:
    for route in router.routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from api_routes(inner)
        elif isinstance(route, APIRoute) and not route.path.startswith("/api"):
            yield route


def values_of(method: str, route: APIRoute) -> tuple[set[str], set[str]]:
    """The names in its query and in its form, those included that it reads out of that by hand."""
    query: set[str] = set()
    form: set[str] = set()
    waiting = [route.dependant]
    while waiting:
        one = waiting.pop()
        query |= {param.alias for param in one.query_params}
        form |= {param.alias for param in one.body_params}
        waiting += one.dependencies
    return query, form | BY_HAND.get(f"{method} {route.path}", set())


class Asking:
    """Somebody who may do everything, asking one route after the other; `broken` are requests that were our fault."""

    def __init__(self, stage: Stage, browser: httpx.AsyncClient) -> None:
        self.stage, self.browser = stage, browser
        self.broken: list[str] = []

    async def ask(self, method: str, path: str, what: str, **sent: Any) -> None:
        answer = await self.browser.request(method, path, **sent)
        if answer.status_code >= 500:
            self.broken.append(f"{method} {path[:60]}: {what}")

    async def every_value(self, method: str, route: APIRoute, odd: str) -> None:
        """Each place of its address, each value of its query and its form, one at a time."""
        page = OFFICE.get(f"{method} {route.path}", Page(own=FOR_EVERYBODY))
        query, form = values_of(method, route)
        for place in page.own:
            await self.ask(method, self._path(route.path, {**page.own, place: odd}), place, data=page.form)
        path = self._path(route.path, page.own)
        for name in query:
            await self.ask(method, path, f"?{name}", params={name: odd})
        for name in form if method == "POST" else ():
            await self.ask(method, path, name, data={**page.form, name: odd})

    def _path(self, path: str, places: Mapping[str, str]) -> str:
        for place, name in places.items():
            path = path.replace(f"{{{place}}}", quote(self.stage.names.get(name, name), safe=""))
        return path


async def all_answered(database: Database, folder: Path, odd: str) -> list[str]:
    async with open_stage(database, folder) as stage, await stage.village.sign_in(Role.ADMIN) as browser:
        asking = Asking(stage, browser)
        for route in api_routes(stage.village.app):
            for method in route.methods & {"GET", "POST"}:
                if f"{method} {route.path}" not in ENDLESS_OR_LAST:
                    await asking.every_value(method, route, odd)
    return asking.broken


@pytest.mark.parametrize("odd", [HUGE, ENDLESS, "-7"], ids=["huge", "endless", "negative"])
async def test_no_number_breaks_a_page(sqlite_database: Database, tmp_path: Path, odd: str) -> None:
    assert await all_answered(sqlite_database, tmp_path, odd) == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_sign_that_postgresql_cannot_hold_breaks_no_page(database: Database, tmp_path: Path) -> None:
    assert await all_answered(database, tmp_path, "\0") == []


def test_a_number_read_by_hand_is_one_that_a_database_can_hold() -> None:
    assert row_number("7") == 7
    assert [row_number(odd) for odd in ("٣", "-7", "+7", "1_0", " 7", "", None, HUGE, ENDLESS)] == [None] * 9
