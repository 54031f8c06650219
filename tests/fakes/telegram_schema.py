"""A checker of Bot API shapes against a machine-readable schema: parameters, results and updates.

The schema names types as `Integer`, `String`, `Boolean`, `True`, `Float`, `Array of X`, `A or B` or a type's name; a
type without fields is a union of the types listed in its description, or an object that holds nothing. Every type is
compiled once into a function, so that a check costs microseconds. Used by the fake Telegram on everything that passes
through it; `telegram_schema_source.py` gets the document.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

# A check returns None, or where and what is wrong.
Check = Callable[[Any], str | None]

MEMBER = re.compile(r"^ - (\w+)", re.MULTILINE)
CONSTANT = re.compile(r"\balways ['“\"]([\w/-]+)['”\"]")
NAME = re.compile(r"^[A-Z]\w+$")


# Exact types: in Python True is an integer, in JSON it isn't.
SCALARS: dict[str, tuple[type, ...]] = {
    "Integer": (int,),
    "String": (str,),
    "Boolean": (bool,),
    "True": (bool,),
    "Float": (float, int),
}
# A form carries everything as text.
FORM_SCALARS: dict[str, re.Pattern[str]] = {
    "Integer": re.compile(r"-?\d+"),
    "Boolean": re.compile(r"true|false|True|False|0|1"),
    "Float": re.compile(r"-?\d+(\.\d+)?"),
}


class Schema:
    """One version of the Bot API."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.version: str = document["api"]["version"]
        entries = [entry for group in document["items"] for entry in group["children"]]
        self.entries: dict[str, Mapping[str, Any]] = {entry["name"]: entry for entry in entries}
        self._checks: dict[str, Check] = {}
        self._methods: dict[str, dict[str, tuple[Check, bool]]] = {}

    def problem(self, type_name: str, value: Any) -> str | None:
        """What is wrong with `value` as a `type_name` (`Message`, `Array of Update`), or None."""
        return self._check(type_name)(value)

    def problem_with_call(self, method: str, params: Mapping[str, Any], files: Mapping[str, Any]) -> str | None:
        """What is wrong with a call's parameters, given as text or as JSON values, and its uploaded parts."""
        fields = self._fields(method)
        if fields is None:
            return f"the Bot API {self.version} has no method {method}"
        for name, value in params.items():
            if name not in fields:
                if name in files:
                    continue
                return f"{method} has no parameter {name}"
            found = fields[name][0](value)
            if found is not None:
                return f"{method}.{name}{found}"
        for name, (_, required) in fields.items():
            if required and name not in params and name not in files:
                return f"{method} needs the parameter {name}"
        return None

    def _fields(self, method: str) -> dict[str, tuple[Check, bool]] | None:
        if method not in self._methods:
            entry = self.entries.get(method)
            if entry is None or entry["category"] != "methods":
                return None
            self._methods[method] = {
                field["name"]: (self._form_check(field["type"]), field["required"]) for field in entry["annotations"]
            }
        return self._methods[method]

    def _form_check(self, type_name: str) -> Check:
        strict = self._check(type_name)
        pattern = FORM_SCALARS.get(type_name)
        if pattern is None:
            return strict

        def check(value: Any) -> str | None:
            if isinstance(value, str) and pattern.fullmatch(value):
                return None
            return strict(value)

        return check

    def _check(self, type_name: str) -> Check:
        known = self._checks.get(type_name)
        if known is None:
            # Types refer to themselves (a message replies to a message), so the name is taken before it is built.
            self._checks[type_name] = lambda value: self._checks[type_name](value)
            known = self._checks[type_name] = self._build(type_name)
        return known

    def _build(self, type_name: str) -> Check:
        if type_name in SCALARS:
            return _scalar(type_name)
        if type_name.startswith("Array of "):
            return _array(self._check(_one_of_several(type_name.removeprefix("Array of "))))
        if " or " in type_name:
            return _union(type_name, [self._check(part) for part in type_name.split(" or ")])
        entry = self.entries.get(type_name)
        if entry is None or entry["category"] != "types":
            raise KeyError(f"the Bot API {self.version} has no type {type_name}")
        if type_name == "InputFile":
            return _scalar("String")  # in a parameter: the name of an uploaded part
        members = [] if entry["annotations"] else self._members(entry["description"])
        if members:
            return _union(type_name, [self._check(member) for member in members])
        return self._object(type_name, entry["annotations"])

    def _members(self, description: str) -> list[str]:
        listed = [name for name in MEMBER.findall(description) if name in self.entries]
        if listed and "a String for plain text" in description:
            listed += ["String", "Array of RichText"]
        return listed

    def _object(self, type_name: str, annotations: list[Mapping[str, Any]]) -> Check:
        fields = {field["name"]: self._field(field) for field in annotations}
        required = {field["name"] for field in annotations if field["required"]}

        def check(value: Any) -> str | None:
            if not isinstance(value, dict):
                return f": {type_name} expected, got {value!r:.60}"
            for name, part in value.items():
                field = fields.get(name)
                if field is None:
                    return f".{name}: {type_name} has no such field"
                found = field(part)
                if found is not None:
                    return f".{name}{found}"
            if required <= value.keys():
                return None
            return f": {type_name} lacks {', '.join(sorted(required - value.keys()))}"

        return check

    def _field(self, field: Mapping[str, Any]) -> Check:
        constant = CONSTANT.search(field["description"]) if field["type"] == "String" else None
        if constant is None:
            return self._check(field["type"])
        wanted = constant[1]
        return lambda value: None if value == wanted else f": always {wanted!r}, got {value!r:.60}"


def _scalar(type_name: str) -> Check:
    types = SCALARS[type_name]

    def check(value: Any) -> str | None:
        if type(value) in types and not (value is False and type_name == "True"):
            return None
        return f": {type_name} expected, got {value!r:.60}"

    return check


def _array(item: Check) -> Check:
    def check(value: Any) -> str | None:
        if not isinstance(value, list):
            return f": an array expected, got {value!r:.60}"
        for index, part in enumerate(value):
            found = item(part)
            if found is not None:
                return f"[{index}]{found}"
        return None

    return check


def _union(type_name: str, members: list[Check]) -> Check:
    def check(value: Any) -> str | None:
        problems = []
        for member in members:
            found = member(value)
            if found is None:
                return None
            problems.append(found)
        return f": no {type_name}: " + "; ".join(problems)

    return check


def _one_of_several(names: str) -> str:
    """`A, B and C` is written only inside arrays and means `A or B or C`."""
    parts = re.split(r", | and ", names)
    return " or ".join(parts) if len(parts) > 1 and all(NAME.match(part) for part in parts) else names
