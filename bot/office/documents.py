"""JSON documents of the contract, the same from the terminal and from the API. The report's is in `reporting.py`."""

from collections.abc import Sequence
from typing import Any

from bot.context import Context
from bot.office.reach.recording import Result
from db.announcing.notices import BroadcastRow
from db.counting.doors import Door
from db.counting.residents import Resident
from db.places.areas import AreaRow


def announcement(context: Context, row: BroadcastRow) -> dict[str, Any]:
    """A broadcast with its announcement, without the text."""
    return {
        "announcement": row.announcement,
        "broadcast": row.code,
        "title": row.title,
        "kind": row.kind.value,
        "urgency": row.urgency.word,
        "state": row.state.value,
        "due_at": context.local(row.due_at).isoformat(),
        "valid_until": context.local(row.valid_until).isoformat() if row.valid_until else None,
        "supersedes": row.supersedes,
        "url": context.link(f"/n/{row.announcement}"),
    }


def full_announcement(context: Context, row: BroadcastRow) -> dict[str, Any]:
    """The same with the text."""
    return {**announcement(context, row), "body": row.body}


def areas(rows: Sequence[AreaRow]) -> list[dict[str, Any]]:
    """A tree, or a part of one: `parent` is empty where the parent is not among `rows`."""
    codes = {row.id: row.code for row in rows}
    return [
        {
            "code": row.code,
            "name": row.name,
            "kind": row.kind.value,
            "parent": codes.get(row.parent_id or 0),
            "households": row.households,
        }
        for row in rows
    ]


def door(found: Door) -> dict[str, Any]:
    """A row of the door-knock list. Personal data."""
    return {
        "household": found.household,
        "head_name": found.head_name,
        "area": found.area,
        "area_name": found.area_name,
        "address": found.address,
        "phone": found.phone,
        "device": found.device.value,
    }


def household(context: Context, found: Resident) -> dict[str, Any]:
    """A household as a list shows it. Personal data."""
    return {
        "household": found.code,
        "head_name": found.head_name,
        "representative": found.representative,
        "area": found.area,
        "area_name": found.area_name,
        "address": found.address,
        "phones": list(found.phones),
        "device": found.device.value,
        "joined_at": context.local(found.joined_at).isoformat(),
    }


def recorded(result: Result) -> dict[str, Any]:
    """Where a household stands after something was recorded."""
    return {
        "broadcast": result.broadcast.code,
        "household": result.door.household,
        "outcome": result.outcome.value,
        "changed": result.changed,
    }
