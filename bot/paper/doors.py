"""The door-knock sheet: A4, a list for each group, a box to tick and a QR code for every household."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from bot.paper.files import PaperFile
from bot.paper.typesetting import pdf


@dataclass(frozen=True, slots=True)
class PrintedDoor:
    """A household to visit. `representative` is empty when it is the head; scanning leads to `page`."""

    household: str
    head_name: str
    representative: str
    phones: Sequence[str]
    address: str
    page: str


@dataclass(frozen=True, slots=True)
class Walk:
    """The open households of one area, as one walks."""

    place: str
    doors: Sequence[PrintedDoor]


@dataclass(frozen=True, slots=True)
class DoorSheet:
    """What is printed for `where`. `ways` and `reasons` are the boxes of every household."""

    code: str
    title: str
    due: str
    short: str
    where: str
    commune: str
    printed: str
    ways: Sequence[str]
    reasons: Sequence[str]
    walks: Sequence[Walk]


def door_file(sheet: DoorSheet) -> PaperFile:
    """`go-cua-TB-7K3M.pdf`: 60 households of one group take five pages."""
    data = asdict(sheet)
    for walk in data["walks"]:
        for door in walk["doors"]:
            del door["page"]
    codes = [door.page for walk in sheet.walks for door in walk.doors]
    return PaperFile(f"go-cua-{sheet.code}.pdf", pdf("doors.typ", data, codes, tagged=False))
