"""Reading the times people write: ISO 8601, local time of the commune when no offset is given."""

from datetime import UTC, datetime, tzinfo

from announcements.mistakes import Miswritten
from announcements.phrases import phrase

EXAMPLE = "2026-11-23T19:00"


def read_time(text: str, zone: tzinfo, what: str) -> datetime:
    """The moment `text` means, in UTC. Raises `Miswritten` naming `what` (an option, a field)."""
    try:
        moment = datetime.fromisoformat(text.strip())
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
        moment.astimezone(zone)  # the last hours of the calendar have no local time
    except (ValueError, OverflowError) as error:
        raise Miswritten(phrase("mistake.time_unclear", what=what, text=text, example=EXAMPLE)) from error
    return moment
