"""The kinds of values that settings hold, each refused with a sentence of our own.

Used by `bot/config/settings.py` and `bot/config/accounts.py`.
"""

import re
from datetime import timedelta
from ipaddress import ip_network
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from announcements.phrases import phrase
from db.engine import understands


class Section(BaseModel):
    """A part of the configuration. Unknown keys are refused: a misspelt key must not be silently ignored."""

    model_config = ConfigDict(extra="forbid")


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except Exception as error:
        raise ValueError(phrase("setting.zone_unknown", name=name)) from error
    return name


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ValueError(phrase("setting.address_wrong", url=url))
    return url.rstrip("/")


def _database(url: str) -> str:
    if not understands(url):  # not quoted: it may hold a password
        raise ValueError(phrase("setting.database_wrong"))
    return url


def _network(text: str) -> str:
    try:
        ip_network(text, strict=False)
    except ValueError as error:
        raise ValueError(phrase("setting.network_wrong", text=text)) from error
    return text


_SPAN = re.compile(r"(\d{1,4})\s*([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def _span(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = _SPAN.fullmatch(value.strip())
    if found is None:
        raise ValueError(phrase("setting.span_wrong", text=value))
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


Span = Annotated[timedelta, BeforeValidator(_span)]  # written "10m", "2h", "1d"
Zone = Annotated[str, AfterValidator(_zone)]
Url = Annotated[str, AfterValidator(_address)]
DatabaseUrl = Annotated[str, AfterValidator(_database)]
Network = Annotated[str, AfterValidator(_network)]
