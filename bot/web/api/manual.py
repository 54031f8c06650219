"""The documentation page, laid out from the description of the API: what `templates/api.html` shows."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup, escape

from bot.web.api.openapi import TAGS
from bot.web.api.problems import STATUS, Trouble

Document = Mapping[str, Any]
_CODE = Markup("<code>{}</code>")


@dataclass(frozen=True, slots=True)
class Value:
    """A parameter or a field: `where` is empty for a field of a body. What an answer holds is never `needed`."""

    name: str
    where: str
    kind: str
    needed: bool
    text: Markup


@dataclass(frozen=True, slots=True)
class Operation:
    id: str
    method: str
    path: str
    summary: str
    summary_vi: str
    text: Markup
    scope: str  # empty when any key may
    parameters: list[Value]
    asked: list[Value]
    asked_example: str
    status: str
    answered: list[Value]
    answer_example: str
    errors: list[str]


@dataclass(frozen=True, slots=True)
class Manual:
    """`groups` of operations by tag; `troubles` are the types of problems with their statuses."""

    text: Markup
    groups: list[tuple[str, str, list[Operation]]]
    troubles: list[tuple[Trouble, int]]


def manual(document: Document) -> Manual:
    """The page's content."""
    operations: dict[str, list[Operation]] = {tag: [] for tag in TAGS}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            laid_out = _operation(document, f"{document['servers'][0]['url']}{path}", method, operation)
            operations[operation["tags"][0]].append(laid_out)
    groups = [(tag, TAGS[tag], found) for tag, found in operations.items()]
    return Manual(_marked(document["info"]["description"]), groups, [(trouble, STATUS[trouble]) for trouble in Trouble])


def _operation(document: Document, path: str, method: str, operation: Document) -> Operation:
    asked = _content(document, operation.get("requestBody", {}))
    status = next(status for status in operation["responses"] if status.startswith("2"))
    answered = _content(document, operation["responses"][status])
    scopes = [scope for one in operation["security"] for names in one.values() for scope in names]
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        summary_vi=operation["x-summary-vi"],
        text=_marked(operation["description"]),
        scope=", ".join(scopes),
        parameters=[_parameter(document, one) for one in operation.get("parameters", [])],
        asked=list(_fields(document, asked)),
        asked_example=_example(asked),
        status=status,
        answered=[replace(field, needed=False) for field in _fields(document, answered)],
        answer_example=_example(answered),
        errors=[status for status in operation["responses"] if not status.startswith("2")],
    )


def _content(document: Document, carrying: Document) -> Document:
    """The schema of a body, its reference followed."""
    content = carrying.get("content", {}).get("application/json", {})
    return _followed(document, content.get("schema", {}))


def _followed(document: Document, schema: Document) -> Document:
    reference = schema.get("$ref")
    found: Document = document["components"]["schemas"][reference.rpartition("/")[2]] if reference else schema
    return found


def _example(schema: Document) -> str:
    examples = schema.get("examples")
    return json.dumps(examples[0], ensure_ascii=False, indent=2) if examples else ""


def _parameter(document: Document, one: Document) -> Value:
    schema = one["schema"]
    return Value(
        one["name"], one["in"], _kind(document, schema), one.get("required", False), _marked(one.get("description", ""))
    )


def _fields(document: Document, schema: Document, within: str = "") -> Iterator[Value]:
    """The fields of a shape, each followed by those of the shapes in it: `items`, `items[].code`."""
    needed = schema.get("required", [])
    for name, field in schema.get("properties", {}).items():
        text = _marked(field.get("description", ""))
        yield Value(f"{within}{name}", "", _kind(document, field), name in needed, text)
        inner, mark = _followed(document, field), "."
        if inner.get("type") == "array":
            inner, mark = _followed(document, inner["items"]), "[]."
        yield from _fields(document, inner, f"{within}{name}{mark}")


def _marked(text: str) -> Markup:
    """What stands between backticks as code."""
    pieces = [escape(piece) for piece in text.split("`")]
    return Markup().join(_CODE.format(piece) if number % 2 else piece for number, piece in enumerate(pieces))


def _kind(document: Document, schema: Document) -> str:
    """What a value looks like, in a few words a program's author reads."""
    described = _followed(document, schema)
    for choice in ("anyOf", "allOf", "oneOf"):
        if choice in described:
            return " | ".join(_kind(document, one) for one in described[choice])
    if "enum" in described:
        return " | ".join(f'"{word}"' for word in described["enum"])
    if "const" in described:
        return f'"{described["const"]}"'
    kind = described.get("type", "any")
    if kind == "array":
        return f"[{_kind(document, described['items'])}]"
    if kind == "object":
        return described.get("title", "object") if "properties" in described else "object"
    return f"{kind} ({described['format']})" if "format" in described else str(kind)
