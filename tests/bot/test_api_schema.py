"""Schemathesis asks the API whatever its own description allows and forbids, alone and one request after the other.

Every answer must be one that the description names, in its shape; nothing may be a fault of ours; nothing that the
description forbids may be taken. On both engines; bounded, and the same each time.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import positive_data_acceptance
from schemathesis.generation import GenerationMode
from schemathesis.generation.stateful import run_state_machine_as_test

from bot.web.api.openapi import describe
from bot.web.api.server import routed
from tests import postgres
from tests.bot.api_in_thread import Line, in_thread

SCHEMA = schemathesis.openapi.from_dict(describe(routed()))
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]
# A well-formed request may be refused for what it means: an area nobody has, a time that has gone.
LEFT_OUT = [positive_data_acceptance]
EASY = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def line(
    request: pytest.FixtureRequest, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Line]:
    folder = tmp_path_factory.mktemp("api")
    if request.param == "sqlite":
        shutil.copy(sqlite_template, folder / "loa.db")
        with in_thread(f"sqlite+aiosqlite:///{folder / 'loa.db'}", folder) as line:
            yield line
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    name = server.new_database(request.getfixturevalue("postgres_template"))
    with in_thread(server.address(name).replace("postgresql", "postgresql+psycopg"), folder) as line:
        yield line
    server.drop(name)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.definition.raw["operationId"])
def test_an_operation_keeps_what_its_description_promises(line: Line, operation: Any) -> None:
    code = line.run(line.service.notice).announcement
    known = {"path_parameters": {"code": code}} if "{code}" in operation.path else {}
    cases = [operation.as_strategy(mode, **more) for mode in GenerationMode for more in ({}, known)]
    asked = 0

    @settings(EASY, max_examples=8)
    @given(st.one_of(cases))
    def ask(case: schemathesis.Case) -> None:
        nonlocal asked
        asked += 1
        case.call_and_validate(line.address, headers=line.headers(), excluded_checks=LEFT_OUT)

    ask()
    assert asked >= 5


def test_one_request_after_the_other_keeps_it_too(line: Line) -> None:
    """Announced, shown, reported, recorded, withdrawn, in any order the links of the description allow."""
    met: set[tuple[str, int]] = set()
    fresh = schemathesis.openapi.from_dict(describe(routed()))  # it learns, and must learn the same each time

    class Conversation(fresh.as_state_machine()):  # type: ignore[misc]
        def get_call_kwargs(self, case: schemathesis.Case) -> dict[str, Any]:
            return {"headers": line.headers(), "base_url": line.address}

        def before_call(self, case: schemathesis.Case) -> None:
            if case.operation.definition.raw["operationId"] == "create_announcement" and isinstance(case.body, dict):
                case.body = {"title": "Họp", "body": "Mời dự.", "areas": ["thu-que"]}

        def validate_response(self, response: Any, case: schemathesis.Case, **more: Any) -> None:
            met.add((case.operation.definition.raw["operationId"], response.status_code))
            case.validate_response(response, excluded_checks=LEFT_OUT, transport_kwargs=self.get_call_kwargs(case))

    run_state_machine_as_test(Conversation, settings=settings(EASY, max_examples=4, stateful_step_count=6))
    assert ("create_announcement", 201) in met
    assert {("show_announcement", 200), ("show_report", 200), ("withdraw_announcement", 200)} & met
