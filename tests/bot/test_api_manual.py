"""The description of the API and the page made of it: complete, true to the answers, without scripts."""

import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from pydantic import BaseModel

from bot.web.api.described import ALWAYS
from bot.web.api.openapi import TAGS, describe
from bot.web.api.problems import STATUS, ProblemDetails
from bot.web.api.server import ROUTERS, routed
from bot.web.wording import sentences
from db.engine import Database
from tests.bot.conftest_api import Service, open_api

DOCUMENT = describe(routed())
OPERATIONS: dict[str, dict[str, Any]] = {
    operation["operationId"]: operation for methods in DOCUMENT["paths"].values() for operation in methods.values()
}
ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]


@pytest.fixture
async def service(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Service]:
    async with open_api(sqlite_database, tmp_path) as service:
        yield service


class Page(HTMLParser):
    """Every tag with its attributes, and the ids."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


async def test_the_description_is_open_to_everybody(service: Service) -> None:
    answer = await service.ask(None, "GET", "/openapi.json")
    assert answer.status_code == 200
    assert answer.json() == DOCUMENT
    assert DOCUMENT["openapi"].startswith("3.1")


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_described_whole(name: str) -> None:
    operation = OPERATIONS[name]
    assert len(operation["summary"]) < 40
    assert operation["description"].endswith(".")
    assert operation["x-summary-vi"] == sentences()["api_summary"][name]
    assert operation["tags"][0] in TAGS
    assert operation["security"]
    for status in {STATUS[trouble] for trouble in ALWAYS}:
        assert operation["responses"][str(status)]["content"]["application/problem+json"]["examples"]
    if "requestBody" in operation:
        assert {"413", "415", "422"} <= set(operation["responses"])
    for parameter in operation.get("parameters", []):
        assert parameter["description"].endswith("."), parameter["name"]


def test_every_summary_and_tag_has_its_words_and_no_other_has() -> None:
    assert set(sentences()["api_summary"]) == set(OPERATIONS)
    assert set(sentences()["api_tag"]) == set(TAGS)


def models(route: APIRoute) -> list[type[BaseModel]]:
    body = route.body_field.field_info.annotation if route.body_field else None
    return [model for model in (route.response_model, body) if isinstance(model, type) and issubclass(model, BaseModel)]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_example_is_one(route: APIRoute) -> None:
    for model in models(route):
        examples = model.model_config["json_schema_extra"]["examples"]  # type: ignore[call-overload,index]
        for example in examples:
            model.model_validate_json(model.model_validate(example).model_dump_json())


def test_every_example_of_a_problem_is_one() -> None:
    for operation in OPERATIONS.values():
        for status, response in operation["responses"].items():
            for example in response["content"].get("application/problem+json", {}).get("examples", {}).values():
                assert str(ProblemDetails.model_validate(example["value"]).status) == status


async def test_the_page_names_every_operation_field_and_word(service: Service) -> None:
    async with service.village.device() as device:
        answer = await device.get("/api/docs")
    assert answer.status_code == 200
    ids = [attributes["id"] for _, attributes in Page(answer.text).tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert set(OPERATIONS) <= set(ids)
    for text in (
        *sentences()["api_summary"].values(),
        "Idempotency-Key",
        "late-joiners",
        "told_in_person",
        "items[].code",
        "total.open",
    ):
        assert text in answer.text
    assert "None" not in answer.text


async def test_the_page_loads_nothing_from_elsewhere_and_runs_nothing(service: Service) -> None:
    async with service.village.device() as device:
        answer = await device.get("/api/docs")
        tags = Page(answer.text).tags
        for tag, attributes in tags:
            assert tag not in {"script", "style", "iframe"}
            assert not [name for name in attributes if name == "style" or name.startswith("on")]
        loaded = [str(attributes.get("href") or attributes.get("src")) for tag, attributes in tags
                  if tag in {"link", "img"}]  # fmt: skip
        for address in loaded:
            assert (await device.get(address)).status_code == 200
            assert address.startswith("/static/")
        targets = {str(attributes["href"]) for tag, attributes in tags if tag == "a"}
        ids = {f"#{attributes['id']}" for _, attributes in tags if "id" in attributes}
        assert {target for target in targets if target.startswith("#")} <= ids
        (start,) = [(await device.get("/api/")).headers["location"]]
    assert start == "/api/docs"
    assert len(answer.content) < 100_000


def test_the_stylesheet_loads_nothing() -> None:
    css = Path("bot/web/static/api.css").read_text("utf-8")
    assert not re.search(r"url\(|@import", css)
