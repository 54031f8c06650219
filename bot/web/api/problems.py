"""What the API answers when it can't do what was asked: problem details as RFC 9457 has them, with Vietnamese words.

The words are in `bot/web/wording.toml` under `api_title`, `api_detail` and `api_field`; every type has its place in the
documentation page, which its URI points at.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from announcements.text import nfc
from bot.web.problems import Problem as PageProblem
from bot.web.problems import Refusal
from bot.web.wording import say, sentences

MEDIA_TYPE = "application/problem+json"
NO_STORE = {"Cache-Control": "no-store"}  # answers hold personal data; nothing on the way may keep them


class Trouble(StrEnum):
    """The types of problems; each value ends the URI in `type`."""

    UNAUTHORISED = "unauthorised"
    SCOPE_MISSING = "scope_missing"
    NOT_ALLOWED = "not_allowed"  # the area doesn't reach that far, though one may know of the thing
    FOREIGN_PAGE = "foreign_page"
    NOT_FOUND = "not_found"
    METHOD_WRONG = "method_wrong"
    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    INVALID = "invalid"  # by its form
    REFUSED = "refused"  # well formed, but it can't be done
    KEY_REUSED = "key_reused"
    TOO_MANY = "too_many"
    BROKEN = "broken"


STATUS = {
    Trouble.UNAUTHORISED: 401,
    Trouble.SCOPE_MISSING: 403,
    Trouble.NOT_ALLOWED: 403,
    Trouble.FOREIGN_PAGE: 403,
    Trouble.NOT_FOUND: 404,
    Trouble.METHOD_WRONG: 405,
    Trouble.TOO_LARGE: 413,
    Trouble.NOT_JSON: 415,
    Trouble.INVALID: 422,
    Trouble.REFUSED: 422,
    Trouble.KEY_REUSED: 422,
    Trouble.TOO_MANY: 429,
    Trouble.BROKEN: 500,
}
# What the framework itself refuses; any other status of its own is a request it could not read.
BY_STATUS = {404: Trouble.NOT_FOUND, 405: Trouble.METHOD_WRONG, 413: Trouble.TOO_LARGE}
# What is refused around the API: by the guards in front of everything, and an address with a line end in it, which
# does not get here.
AROUND = {
    PageProblem.FOREIGN_PAGE: Trouble.FOREIGN_PAGE,
    PageProblem.TOO_BIG: Trouble.TOO_LARGE,
    PageProblem.PAGE_UNKNOWN: Trouble.NOT_FOUND,
}


class FieldError(BaseModel):
    """One field that is wrong."""

    where: str = Field(alias="in", description="`body`, `query`, `path` or `header`.")
    field: str = Field(description="The field's name; parts of nested ones are joined by dots.")
    detail: str = Field(description="What is wrong with it, in Vietnamese.")


class ProblemDetails(BaseModel):
    """An error as RFC 9457 describes it (`application/problem+json`)."""

    type: str = Field(description="A URI relative to the service that names the problem; stable.")
    title: str = Field(description="The problem in a few Vietnamese words; the same for each type.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What is wrong, where, and what to do, in Vietnamese.")
    errors: list[FieldError] | None = Field(None, description="The fields at fault, where fields are at fault.")


class ApiRefusal(Exception):
    """Ends a request with a problem. `values` fill its sentence."""

    def __init__(
        self,
        trouble: Trouble,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        **values: object,
    ) -> None:
        super().__init__(trouble.value)
        self.response = answer(trouble, say(f"api_detail.{trouble}", **values), errors=errors, headers=headers)


def uri(trouble: Trouble) -> str:
    """What `type` holds."""
    return f"/api/docs#problem-{trouble}"


def answer(
    trouble: Trouble,
    detail: str,
    *,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """The answer to a request that could not be served."""
    body: dict[str, Any] = {
        "type": uri(trouble),
        "title": say(f"api_title.{trouble}"),
        "status": STATUS[trouble],
        # Both repeat what was sent, which may hold half letters that no answer can carry.
        "detail": nfc(detail),
    }
    if errors:
        body["errors"] = [{name: nfc(text) for name, text in error.items()} for error in errors]
    return JSONResponse(body, STATUS[trouble], {**NO_STORE, **(headers or {})}, media_type=MEDIA_TYPE)


def after(wait: timedelta) -> dict[str, str]:
    """The header that says when to try again."""
    return {"Retry-After": str(max(1, math.ceil(wait.total_seconds())))}


def outside(refusal: Refusal) -> JSONResponse:
    """What was refused around the API, in its form."""
    trouble = AROUND.get(refusal.problem, Trouble.BROKEN)
    return answer(trouble, say(f"api_detail.{trouble}"), headers=refusal.headers)


def field_error(fault: Mapping[str, Any]) -> dict[str, str]:
    """A fault as the framework found it, in our words."""
    where, *parts = (str(part) for part in fault["loc"])
    unplaced = fault["type"] == "json_invalid"  # its place is a number of bytes
    context = {name: str(value).replace(" or ", ", ").replace("'", "") for name, value in fault.get("ctx", {}).items()}
    worded = fault["type"] if fault["type"] in sentences()["api_field"] else "other"
    return {
        "in": where,
        "field": "" if unplaced else ".".join(parts),
        "detail": say(f"api_field.{worded}", **context),
    }
