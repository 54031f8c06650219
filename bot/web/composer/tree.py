"""The tree of areas as checkboxes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from db.places.areas import AreaRow


@dataclass(frozen=True, slots=True)
class Branch:
    """An area with those below it. `chosen` by itself; `opened`: something below it is."""

    area: AreaRow
    chosen: bool
    below: tuple["Branch", ...]

    @property
    def opened(self) -> bool:
        return any(one.chosen or one.opened for one in self.below)

    @property
    def folded(self) -> bool:
        """Are the areas below it many and small, so that they are folded away until somebody wants them?"""
        return bool(self.below) and not any(one.below for one in self.below)


def branches(tree: Sequence[AreaRow], chosen: Collection[int]) -> tuple[Branch, ...]:
    """`tree`, parents before children, as branches; areas whose parent is not in it are at the top."""
    known = {area.id for area in tree}

    def under(parent: int | None) -> tuple[Branch, ...]:
        here = [area for area in tree if (area.parent_id if area.parent_id in known else None) == parent]
        return tuple(Branch(area, area.id in chosen, under(area.id)) for area in here)

    return under(None)
