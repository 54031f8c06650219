"""The description of the API (OpenAPI 3.1), made from the routes once at the start."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from bot.web.api.problems import ProblemDetails
from bot.web.wording import say

VERSION = "1"
TEXT = """\
Announce, follow how far an announcement reached, and record answers from another program.

A key (`loa key add`) is sent as `Authorization: Bearer loa_…`. It acts in one area and everything below it; what lies
elsewhere is answered like what does not exist. Times are ISO 8601 with the commune's offset. Errors are problem details
(RFC 9457) with a Vietnamese sentence. Lists come in pages. Sentences and names are Vietnamese, keys and words ASCII.
"""
TAGS = {
    "key": "The key that asks.",
    "areas": "The tree of areas.",
    "announcements": "Announcing, withdrawing, sending again.",
    "reach": "How far an announcement reached: counts and chats, nobody's name.",
    "records": "What leaders record of households.",
    "households": "Personal data: names, telephones, addresses.",
}


def describe(api: FastAPI) -> dict[str, Any]:
    """The whole document. Each operation also has its summary in Vietnamese, as `x-summary-vi`."""
    document = get_openapi(
        title="Loa Thôn",
        version=VERSION,
        description=TEXT,
        routes=api.routes,
        servers=[{"url": "/api"}],
        tags=[{"name": name, "description": text} for name, text in TAGS.items()],
    )
    for path in document["paths"].values():
        for operation in path.values():
            _say(operation)
    schema = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    document["components"]["schemas"] |= {**schema.pop("$defs"), "ProblemDetails": schema}
    return document


def query_names(document: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """The query parameters each operation has, by its id."""
    return {
        operation["operationId"]: frozenset(
            one["name"] for one in operation.get("parameters", []) if one["in"] == "query"
        )
        for methods in document["paths"].values()
        for operation in methods.values()
    }  # fmt: skip


def _say(operation: dict[str, Any]) -> None:
    """The first line of what a route says of itself is its summary."""
    summary, _, text = operation["description"].partition("\n\n")
    operation["summary"] = summary
    operation["x-summary-vi"] = say(f"api_summary.{operation['operationId']}")
    operation["description"] = " ".join(text.split())
