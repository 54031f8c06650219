"""The areas a roster names: found in the tree whatever their spelling, added where they are new."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.place_names import PlaceIndex
from announcements.roster import HouseholdRow
from announcements.types import AreaKind
from db import areas
from db.areas import AreaRow

LAST = 1_000_000  # the position of a group without a number: after the numbered ones


class _Children:
    """The areas below one parent by name."""

    def __init__(self, rows: Sequence[AreaRow]) -> None:
        self._by_name = {row.name: row for row in rows}
        self._index = PlaceIndex(self._by_name)

    def find(self, name: str) -> AreaRow | None:
        known = self._index.find(name)
        return self._by_name.get(known) if known else None

    def add(self, area: AreaRow) -> None:
        self._by_name[area.name] = area
        self._index.add(area.name)

    def __len__(self) -> int:
        return len(self._by_name)


async def leaves(connection: AsyncConnection, rows: Sequence[HouseholdRow], commune: str) -> dict[tuple[str, str], int]:
    """The id of the leaf area for every (village, group) that `rows` name; `commune` names a root still missing."""
    nodes = await areas.tree(connection)
    root = next((node for node in nodes if node.kind is AreaKind.COMMUNE), None)
    if root is None:
        root = await areas.add(connection, name=commune, kind=AreaKind.COMMUNE, parent=None)
    villages = _Children([node for node in nodes if node.kind is AreaKind.VILLAGE])
    groups: dict[int, _Children] = {}
    places: dict[tuple[str, str], int] = {}
    for row in rows:
        if (row.village, row.group) in places:
            continue
        village = villages.find(row.village)
        if village is None:
            village = await areas.add(
                connection, name=row.village, kind=AreaKind.VILLAGE, parent=root, position=len(villages)
            )  # fmt: skip
            villages.add(village)
        if village.id not in groups:
            groups[village.id] = _Children([node for node in nodes if node.parent_id == village.id])
        below = groups[village.id]
        group = below.find(row.group)
        if group is None:
            group = await areas.add(
                connection, name=row.group, kind=AreaKind.GROUP, parent=village, position=_position(row.group, below)
            )
            below.add(group)
        places[row.village, row.group] = group.id
    return places


def _position(name: str, siblings: _Children) -> int:
    digits = "".join(letter for letter in name if letter.isdigit())
    return int(digits) if digits and len(digits) < len(str(LAST)) else LAST + len(siblings)
