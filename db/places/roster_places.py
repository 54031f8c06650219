"""The areas a roster names: found in the tree whatever their spelling, added where they are new."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.place_names import PlaceIndex
from announcements.roster import HouseholdRow
from announcements.types import AreaKind
from db import locks
from db.places import area_changes, areas
from db.places.areas import AreaRow, Once

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


@dataclass(slots=True)
class Places:
    """`ids` of the leaf for every (village, group) that has one; `merged` villages of the file with what they became.

    `renamed` are names of the past that were followed: (what the file says, what it is called now).
    """

    ids: dict[tuple[str, str], int] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)
    renamed: set[tuple[str, str]] = field(default_factory=set)


class _Past:
    """Areas by what they were called once. Where one name stands for several, it stands for none."""

    def __init__(self, once: Iterable[Once], kind: AreaKind) -> None:
        self._once = [one for one in once if one.kind is kind]
        self._index = PlaceIndex(one.name for one in self._once)

    def find(self, name: str, among: Iterable[int]) -> Once | None:
        """What `name` became, if that is one of the areas `among`."""
        known, here = self._index.find(name), set(among)
        found = {one.area.id: one for one in self._once if one.name == known and one.area.id in here}
        return next(iter(found.values())) if len(found) == 1 else None


async def leaves(connection: AsyncConnection, rows: Sequence[HouseholdRow], commune: str) -> Places:
    """The leaf area of every (village, group) that `rows` name; `commune` names a root still missing.

    Areas that are new are added. Groups that were renamed or merged are followed to what they are now, and renamed
    villages; of a merged village's groups nobody can tell which is which, so those are left out.
    """
    await locks.hold_tree(connection)
    tree = _Tree(await areas.tree(connection), await areas.once_called(connection))
    root = await _root(connection, tree.nodes, commune)
    found = Places()
    for row in rows:
        if (row.village, row.group) in found.ids or row.village in found.merged:
            continue
        village = tree.villages.find(row.village) or tree.renamed_village(row.village, found)
        if village is None and row.village in found.merged:
            continue
        if village is None:
            village = await area_changes.add(
                connection, name=row.village, kind=AreaKind.VILLAGE, parent=root, position=len(tree.villages)
            )
            tree.villages.add(village)
        below = tree.groups_of(village)
        group = below.find(row.group) or tree.renamed_group(row.group, village, found)
        if group is None:
            group = await area_changes.add(
                connection, name=row.group, kind=AreaKind.GROUP, parent=village, position=_position(row.group, below)
            )
            below.add(group)
        found.ids[row.village, row.group] = group.id
    return found


async def _root(connection: AsyncConnection, nodes: Sequence[AreaRow], commune: str) -> AreaRow:
    """The commune called so; else the first, for it may have been renamed or merged since; else a new one."""
    communes = _Children([node for node in nodes if node.kind is AreaKind.COMMUNE])
    known = communes.find(commune) or next((node for node in nodes if node.kind is AreaKind.COMMUNE), None)
    return known or await area_changes.add(connection, name=commune, kind=AreaKind.COMMUNE, parent=None)


class _Tree:
    """The areas in use, and what others were once called."""

    def __init__(self, nodes: Sequence[AreaRow], once: Sequence[Once]) -> None:
        self.nodes = nodes
        self.villages = _Children([node for node in nodes if node.kind is AreaKind.VILLAGE])
        self._groups: dict[int, _Children] = {}
        self._past = {kind: _Past(once, kind) for kind in (AreaKind.VILLAGE, AreaKind.GROUP)}

    def groups_of(self, village: AreaRow) -> _Children:
        if village.id not in self._groups:
            self._groups[village.id] = _Children([node for node in self.nodes if node.parent_id == village.id])
        return self._groups[village.id]

    def renamed_village(self, name: str, found: Places) -> AreaRow | None:
        """A village by a name of the past; one that was merged is noted in `found` and is None."""
        villages = [node.id for node in self.nodes if node.kind is AreaKind.VILLAGE]
        once = self._past[AreaKind.VILLAGE].find(name, villages)
        if once is None:
            return None
        if once.merged:
            found.merged[name] = once.area.name
            return None
        found.renamed.add((name, once.area.name))
        return once.area

    def renamed_group(self, name: str, village: AreaRow, found: Places) -> AreaRow | None:
        groups = [node.id for node in self.nodes if node.parent_id == village.id]
        once = self._past[AreaKind.GROUP].find(name, groups)
        if once is None:
            return None
        found.renamed.add((f"{name}, {village.name}", f"{once.area.name}, {village.name}"))
        return once.area


def _position(name: str, siblings: _Children) -> int:
    digits = "".join(letter for letter in name if letter.isdigit())
    return int(digits) if digits and len(digits) < len(str(LAST)) else LAST + len(siblings)
