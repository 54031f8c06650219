"""How far something would go: the households and chats of the areas that were chosen."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.phrases import phrase
from announcements.types import AreaKind, ChannelKind
from db.places import areas, chats
from db.places.areas import AreaRow


@dataclass(frozen=True, slots=True)
class Audience:
    """Where something goes: areas, what people call them, the households living there, its chats, how many of those are
    out of order, and which channels they are on. A place is named with what it lies in where its own name is not
    enough: "Tổ 3, Thôn Thu Quế"."""

    areas: tuple[AreaRow, ...]
    places: tuple[str, ...]
    households: int
    chats: int
    lost: int
    channels: tuple[ChannelKind, ...]

    @property
    def names(self) -> str:
        """As messages name them."""
        return ", ".join(area.name for area in self.areas)

    @property
    def where(self) -> str:
        """As people are told before they send."""
        return "; ".join(self.places)

    @property
    def sentences(self) -> list[str]:
        """What a person is told before they send: how far it goes, and what doesn't work."""
        where = "compose.reach" if self.chats else "compose.reach_board"
        said = [phrase(where, areas=self.where, households=self.households, chats=self.chats)]
        if self.lost:
            said.append(phrase("compose.lost_chats", count=self.lost))
        return said


async def audience(connection: AsyncConnection, chosen: Collection[int]) -> Audience:
    """Of the areas with these ids, or what they were merged into since; one that lies inside another counts once."""
    chosen = {area.id for area in await areas.in_use(connection, sorted(chosen))}
    tree = await areas.tree(connection)
    known = await chats.everything(connection)
    tops = outermost(tree, chosen)
    inside = {area.id for area in tree if area.path.startswith(tuple(one.path for one in tops))}
    serving = [chat for chat in known if chat.active and not chat.reserve and chat.area_id in inside]
    lost = sum(bool(chat.lost_reason) for chat in serving)
    used = {chat.channel for chat in serving}
    channels = tuple(kind for kind in ChannelKind if kind in used)
    called = {area.id: area.name for area in tree}
    places = tuple(
        f"{area.name}, {called[area.parent_id]}"
        if area.kind is AreaKind.GROUP and area.parent_id in called
        else area.name
        for area in tops
    )
    return Audience(tops, places, sum(area.households for area in tops), len(serving), lost, channels)


def outermost(tree: Collection[AreaRow], chosen: Collection[int]) -> tuple[AreaRow, ...]:
    """The chosen areas of `tree`, in its order, without those that lie inside another chosen one."""
    kept = set(areas.outermost(area.path for area in tree if area.id in chosen))
    return tuple(area for area in tree if area.path in kept)
