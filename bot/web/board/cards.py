"""Recognising the code on a household's card."""

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.codes import read_code
from announcements.text import nfc
from bot.web.board.limits import Limits
from bot.web.problems import Problem, Refusal
from db.links import cards
from db.links.cards import CardRow

SHOWN = 20  # characters of a wrong code said back


class Cards:
    """Looks codes up, within the limits of the board. A place is a notice, or the household pages."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    async def recognise(self, connection: AsyncConnection, request: Request, place: str, text: str) -> CardRow:
        """The valid card with this code. Raises `Refusal`: wrong, revoked, or too many wrong ones before."""
        self._limits.hear_card(request, place)
        card = await cards.find(connection, text)
        # Again: of many guesses sent at once, those answered after the limit was reached must learn nothing.
        self._limits.hear_card(request, place)
        if card is not None and not card.revoked:
            return card
        self._limits.wrong_card(request, place)
        problem = Problem.CARD_REVOKED if card is not None else Problem.CARD_WRONG
        raise Refusal(problem, card=(read_code(text) or nfc(text))[:SHOWN])
