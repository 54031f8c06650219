"""Recognising the code on a household's card, and making it not worth while to guess one."""

from datetime import timedelta
from ipaddress import IPv6Address, ip_address

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.codes import read_code
from announcements.text import nfc
from bot.context import Context
from bot.web.attempts import Attempts
from bot.web.problems import Problem, Refusal
from db import cards
from db.cards import CardRow

WINDOW = timedelta(minutes=10)
PER_ADDRESS = 10
# A whole village behind one notice mistypes more than one person does; a guesser with many addresses still meets it.
PER_PLACE = 200
SHOWN = 20  # characters of a wrong code said back


class Cards:
    """Looks codes up; counts wrong ones per sender's address and per place (a notice, or the household pages)."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._per_address = Attempts(PER_ADDRESS, WINDOW)
        self._per_place = Attempts(PER_PLACE, WINDOW)

    async def recognise(self, connection: AsyncConnection, request: Request, place: str, text: str) -> CardRow:
        """The valid card with this code. Raises `Refusal`: wrong, revoked, or too many wrong ones before."""
        self._check(request, place)
        card = await cards.find(connection, text)
        # Again: of many guesses sent at once, those answered after the limit was reached must learn nothing.
        self._check(request, place)
        if card is not None and not card.revoked:
            return card
        now = self._context.clock()
        self._per_address.wrong(sender(request), now)
        self._per_place.wrong(place, now)
        problem = Problem.CARD_REVOKED if card is not None else Problem.CARD_WRONG
        raise Refusal(problem, card=(read_code(text) or nfc(text))[:SHOWN])

    def _check(self, request: Request, place: str) -> None:
        now = self._context.clock()
        wait = max(self._per_address.wait(sender(request), now), self._per_place.wait(place, now))
        if wait:
            raise Refusal(Problem.TOO_MANY, retry_after=wait)


def sender(request: Request) -> str:
    """The address a request came from; one IPv6 connection owns a whole /64."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped.compressed if address.ipv4_mapped else address.exploded[:19]
    return address.compressed
