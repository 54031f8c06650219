"""How long a text may wait to be posted by hand: `[posting]`, a section of the configuration."""

from datetime import timedelta

from pydantic import Field

from announcements.types import Urgency
from bot.config.values import Section


class Posting(Section):
    """Minutes after which a leader is reminded of a text they have not posted, by urgency; once more after as long
    again. 0: never."""

    normal: int = Field(30, ge=0)
    urgent: int = Field(10, ge=0)
    emergency: int = Field(5, ge=0)

    def patience(self, urgency: Urgency) -> timedelta | None:
        """How long a text of this urgency may wait; None where nobody is reminded."""
        minutes = (self.normal, self.urgent, self.emergency)[urgency]
        return timedelta(minutes=minutes) if minutes else None
