"""What the description says of errors: which each route may answer, with an example of each."""

from collections.abc import Iterable
from typing import Any

from announcements.phrases import phrase
from bot.web.api.problems import MEDIA_TYPE, STATUS, Trouble, uri
from bot.web.wording import say

HEADERS = {
    401: {"WWW-Authenticate": "The challenge of RFC 6750."},
    429: {"Retry-After": "Seconds until another request is served."},
}
REASONS = {
    401: "No key, a wrong key, or one that has ended.",
    403: "The key lacks the scope, or its area doesn't reach that far.",
    404: "Nothing in the key's area has that code; a foreign code is answered like an unknown one.",
    405: "This address doesn't take that method.",
    413: "More than 64 KiB were sent.",
    415: "What was sent is not JSON.",
    422: "A field is wrong (`errors`), or what is asked for can't be done now.",
    429: "Too many requests of this key within a minute.",
    500: "A fault on our side; the request may not have been carried out.",
}
ALWAYS = (Trouble.UNAUTHORISED, Trouble.SCOPE_MISSING, Trouble.TOO_MANY, Trouble.BROKEN)
CODED = (Trouble.NOT_FOUND, Trouble.INVALID)
# What can be asked of an announcement that was just made, by the code in its answer.
LINKS = {
    name: {"operationId": name, "parameters": {"code": "$response.body#/announcement"}}
    for name in ("show_announcement", "show_report", "list_deliveries", "list_unreached", "list_late_joiners",
                 "record_told", "record_unreachable", "undo_record", "resend_announcement", "withdraw_announcement")
}  # fmt: skip
CARRYING = (Trouble.TOO_LARGE, Trouble.NOT_JSON, Trouble.INVALID, Trouble.REFUSED)


def errors(*troubles: Trouble) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may meet these, beside those that every route may."""
    by_status: dict[int, list[Trouble]] = {}
    for trouble in dict.fromkeys((*ALWAYS, *troubles)):
        by_status.setdefault(STATUS[trouble], []).append(trouble)
    return {status: _response(status, by_status[status]) for status in sorted(by_status)}


def _response(status: int, troubles: Iterable[Trouble]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "description": REASONS[status],
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/ProblemDetails"},
                "examples": {trouble.value: {"value": _example(trouble)} for trouble in troubles},
            }
        },
    }
    if status in HEADERS:
        described["headers"] = {
            name: {"description": text, "schema": {"type": "string"}} for name, text in HEADERS[status].items()
        }
    return described


SAMPLE: dict[str, object] = {
    "scope": "announce",
    "most": "300",
    "seconds": "12",
    "method": "DELETE",
    "allowed": "GET, POST",
}

# Problems whose sentence is a service's own: one that it says.
FROM_SERVICES = {
    Trouble.NOT_ALLOWED: phrase("mistake.outside_area", name="Thôn Thống Nhất", staff="Cổng thông tin", area="Thu Quế"),
    Trouble.REFUSED: phrase("mistake.due_past"),
}


def _example(trouble: Trouble) -> dict[str, Any]:
    body: dict[str, Any] = {
        "type": uri(trouble),
        "title": say(f"api_title.{trouble}"),
        "status": STATUS[trouble],
        "detail": FROM_SERVICES[trouble] if trouble in FROM_SERVICES else say(f"api_detail.{trouble}", **SAMPLE),
    }
    if trouble is Trouble.INVALID:
        body["errors"] = [{"in": "body", "field": "title", "detail": say("api_field.missing")}]
    return body
