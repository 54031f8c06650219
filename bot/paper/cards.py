"""Sheets of household cards: eight to an A4 page, with QR, short code and how to use them."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.paper.files import PaperFile
from bot.paper.typesetting import pdf

MOST_CARDS = 2_000  # in one file: 250 pages; they take 4 seconds of a processor and 480 MB


@dataclass(frozen=True, slots=True)
class PrintedCard:
    """`place` as people call it, `code` as it is read aloud, `address` where the QR leads."""

    head_name: str
    place: str
    code: str
    address: str


def card_sheets(stem: str, commune: str, title: str, cards: Sequence[PrintedCard]) -> PaperFile:
    """`stem.pdf`, the cards in the order given. ValueError for more than `MOST_CARDS`."""
    if len(cards) > MOST_CARDS:
        raise ValueError(f"{len(cards)} cards in one file")
    data = {
        "commune": commune,
        "title": title,
        "cards": [{"head_name": one.head_name, "place": one.place, "code": one.code} for one in cards],
    }
    return PaperFile(f"{stem}.pdf", pdf("cards.typ", data, [one.address for one in cards], tagged=False))
