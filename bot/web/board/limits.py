"""How often short codes may be tried on the board: not worth while for a guesser, no wall for a village.

One sender is heard ten times. A place (a notice, or the household pages) that draws many wrong codes is not shut: it
still hears every network that has hardly been wrong, and only far beyond that nobody but devices that proved a card
before. docs/settings.md says how a sender's address is known behind a proxy.
"""

from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from fastapi import Request

from bot.attempts import CODE_WINDOW, CODES, Attempts
from bot.context import Context
from bot.web.board.device import Devices
from bot.web.problems import Problem, Refusal

WINDOW = CODE_WINDOW
PER_ADDRESS = CODES
PER_NETWORK = 3  # where a place is crowded
CROWDED = 200  # a whole village behind one notice mistypes more than one person does
PER_PLACE = 1_000  # a guesser with many networks finds one card in 387 million / households, so many at a time
UNKNOWN_NOTICES = 30  # of one address


class Limits:
    """Hears or refuses a try before anything is looked up, and counts those that were wrong."""

    def __init__(self, context: Context, devices: Devices) -> None:
        self._context = context
        self._devices = devices
        self._proxies = [ip_network(text, strict=False) for text in context.settings.web.trusted_proxies]
        self._per_address = Attempts(PER_ADDRESS, WINDOW)
        self._per_network = Attempts(PER_NETWORK, WINDOW)
        self._crowded = Attempts(CROWDED, WINDOW)
        self._per_place = Attempts(PER_PLACE, WINDOW)
        self._notices = Attempts(UNKNOWN_NOTICES, WINDOW)

    def hear_card(self, request: Request, place: str) -> None:
        """Raises `Refusal` for a sender or at a place with too many wrong codes before."""
        now, known = self._context.clock(), self._devices.known(request) is not None
        wait = timedelta() if self._shared(request) else self._per_address.wait(sender(request), now)
        if not known:
            wait = max(wait, self._per_place.wait(place, now))
            if self._crowded.wait(place, now) and not self._shared(request):
                wait = max(wait, self._per_network.wait(_at(place, request), now))
        _refuse(wait)

    def wrong_card(self, request: Request, place: str) -> None:
        now = self._context.clock()
        self._per_address.wrong(sender(request), now)
        self._per_network.wrong(_at(place, request), now)
        self._crowded.wrong(place, now)
        self._per_place.wrong(place, now)

    def hear_notice(self, request: Request) -> None:
        """Raises `Refusal` for a sender that asked for many notices that are none."""
        if not self._shared(request):
            _refuse(self._notices.wait(sender(request), self._context.clock()))

    def unknown_notice(self, request: Request) -> None:
        self._notices.wrong(sender(request), self._context.clock())

    def _shared(self, request: Request) -> bool:
        """Is the sender's address that of a proxy which does not say whom it speaks for? Then it is everybody's."""
        address = _address(request)
        return address is not None and any(address in network for network in self._proxies)


def _refuse(wait: timedelta) -> None:
    if wait:
        raise Refusal(Problem.TOO_MANY, retry_after=wait)


def sender(request: Request) -> str:
    """The address a request came from; one IPv6 connection owns a whole /64."""
    return _network(request, 32, 64)


def _at(place: str, request: Request) -> str:
    """A place and the network that tries it: what one provider gives one customer, at most."""
    return f"{place} {_network(request, 24, 48)}"


def _network(request: Request, bits: int, bits_of_six: int) -> str:
    address = _address(request)
    if address is None:
        return request.client.host if request.client else ""
    return str(ip_network((address, bits if address.version == 4 else bits_of_six), strict=False))


def _address(request: Request) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(request.client.host if request.client else "")
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
