"""What an import changes, household by household, for a person to look at before it is done.

However large the file, only the first of each kind are kept; all of them go into the `mark`, so that what is applied
later can be held against what was looked at.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from announcements.roster import Departures, HouseholdRow
from db.places.roster_known import Old

MOST = 200  # of each kind


class What(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    LEFT = "left"
    HELD_BACK = "held_back"  # not in the file, kept all the same


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing about a household: the name of what it is, and what it was and will be."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """`row` as the spreadsheet counts it, 0 where the file has none; `code` is empty until one is made."""

    what: What
    row: int
    code: str
    head_name: str
    place: str
    details: tuple[Detail, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """JSON of `loa roster import`."""
        details = [{"name": one.name, "before": one.before, "after": one.after} for one in self.details]
        return {"change": self.what.value, "row": self.row or None, "household": self.code or None,
                "head_name": self.head_name, "place": self.place, "details": details}  # fmt: skip


@dataclass(slots=True)
class Changes:
    """Told of every change of one import; keeps at most `most` of each kind."""

    most: int = MOST
    kept: dict[What, list[Change]] = field(default_factory=lambda: {what: [] for what in What})
    counts: dict[What, int] = field(default_factory=lambda: dict.fromkeys(What, 0))
    _hash: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    @property
    def mark(self) -> str:
        """The same for the same changes, another for others."""
        return self._hash.hexdigest()

    def tell(
        self,
        creating: Sequence[HouseholdRow],
        changing: Sequence[tuple[Old, HouseholdRow]],
        places: Mapping[tuple[str, str], int],
        names: Mapping[int, str],
        departed: Departures,
    ) -> None:
        """All of one import. `places` are ids by the file's names, `names` what areas that were there are called."""
        for row in creating:
            self._add(Change(What.CREATED, row.row, row.code or "", row.head, _written(row), _about(row)))
        for old, row in changing:
            here = names.get(places[row.village, row.group], _written(row))
            details = _differences(old, row, names.get(old.area_id, ""), here)
            self._add(Change(What.UPDATED, row.row, old.code, old.head_name, here, details))
        for what, households in ((What.LEFT, departed.leaving), (What.HELD_BACK, departed.held_back)):
            for one in households:
                self._add(Change(what, 0, one.code, one.head, names.get(one.area_id, "")))

    def _add(self, change: Change) -> None:
        self._hash.update(repr(change).encode())
        self.counts[change.what] += 1
        if len(self.kept[change.what]) < self.most:
            self.kept[change.what].append(change)


def _written(row: HouseholdRow) -> str:
    return f"{row.group}, {row.village}"


def _about(row: HouseholdRow) -> tuple[Detail, ...]:
    """What a new household comes with."""
    told = (("representative", row.representative), ("phone", ", ".join(row.phones)), ("address", row.address),
            ("note", row.note), ("device", row.device.value))  # fmt: skip
    return tuple(Detail(name, "", text) for name, text in told)


def _differences(old: Old, row: HouseholdRow, was: str, here: str) -> tuple[Detail, ...]:
    both = (
        ("group", was, here),
        ("head", old.head_name, row.head),
        ("representative", old.representative, row.representative),
        ("phone", ", ".join(old.phones), ", ".join(row.phones)),
        ("address", old.address, row.address),
        ("note", old.note, row.note),
        ("device", str(old.device), str(row.device)),
    )
    changed = tuple(Detail(name, before, after) for name, before, after in both if before != after)
    return (*changed, Detail("back", "", "")) if old.left_at is not None else changed
