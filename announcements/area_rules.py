"""Rules of the tree of areas: what may lie in what, and how an area may be called beside its siblings.

Asked by `bot/office/tree/areas.py` before anything is changed. Each check raises a `Mistake`.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

from announcements.mistakes import Mistake
from announcements.phrases import label, phrase
from announcements.place_names import PlaceIndex, group_name, village_name
from announcements.text import nfc
from announcements.types import AreaKind

NAME_LENGTH = 80
KIND_WORDS = ("Xã", "Phường", "Thị trấn", "Thôn")  # left out where it is said anyway what it is

# What a kind lies in; a commune is a top of the tree. The roster reads and writes households by village and group.
LIES_IN: Mapping[AreaKind, AreaKind | None] = MappingProxyType(
    {AreaKind.COMMUNE: None, AreaKind.VILLAGE: AreaKind.COMMUNE, AreaKind.GROUP: AreaKind.VILLAGE}
)


class SameNames(StrEnum):
    """What a merger does with areas of one name below both."""

    REFUSE = "refuse"
    JOIN = "join"  # they are merged, too
    RENAME = "rename"  # the newcomer is called after where it comes from: "Tổ 1 (Thu Quế)"


def area_name(text: str, kind: AreaKind) -> str:
    """A name as the tree carries it: `3` is `Tổ 3`, `thu quế` is `Thôn Thu Quế`."""
    name = {AreaKind.GROUP: group_name, AreaKind.VILLAGE: village_name}.get(kind, nfc)(text)
    if not name:
        raise Mistake(phrase("place.name_missing"))
    if len(name) > NAME_LENGTH:
        raise Mistake(phrase("place.name_long", length=len(name), most=NAME_LENGTH))
    return name


def check_parent(kind: AreaKind, name: str, parent: AreaKind | None, parent_name: str = "") -> None:
    """May an area of `kind` lie in one of kind `parent` (None: nowhere)?"""
    wanted = LIES_IN[kind]
    if wanted is parent:
        return
    if wanted is None:
        raise Mistake(phrase("place.kind_is_top", name=name, kind=label(kind)))
    if parent is None:
        raise Mistake(phrase("place.kind_needs_parent", kind=label(kind), parent=label(wanted)))
    raise Mistake(
        phrase("place.kind_wrong", name=name, kind=label(kind), parent=label(wanted), other=parent_name,
               other_kind=label(parent))
    )  # fmt: skip


def namesake(name: str, siblings: Iterable[str]) -> str | None:
    """The sibling that people, and the roster, would take for `name`."""
    return PlaceIndex(siblings).find(name)


def named_after(name: str, origin: str, kind: AreaKind) -> str:
    """What a newcomer is called where its own name is taken: `Tổ 1 (Thu Quế)`."""
    plain = origin
    for word in KIND_WORDS:
        plain = plain.removeprefix(f"{word} ")
    return area_name(f"{name} ({plain})", kind)
