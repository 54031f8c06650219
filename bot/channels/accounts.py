"""An account of the configuration, ready to use. Made by `registry`, or by whoever brings a channel of their own."""

from dataclasses import dataclass
from typing import Any

from announcements.channels import Channel
from announcements.types import ChannelKind


@dataclass(frozen=True, slots=True)
class Account:
    """`settings` are those of the configuration; None for what the program brings along itself."""

    name: str
    kind: ChannelKind
    channel: Channel
    settings: Any = None
