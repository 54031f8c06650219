"""How often a group is told how to link: 41 answers to 41 households would drown the notice, and cost the quota.

In memory: after a restart one more may be said.
"""

from datetime import datetime, timedelta

from bot.attempts import Attempts

A_DAY = timedelta(days=1)
AN_HOUR = timedelta(hours=1)
HINTS_A_PERSON = 1  # a day
HINTS_A_CHAT = 3  # an hour


class Courtesy:
    """One for each account."""

    def __init__(self) -> None:
        self._people = Attempts(HINTS_A_PERSON, A_DAY)
        self._chats = Attempts(HINTS_A_CHAT, AN_HOUR)

    def may_hint(self, person: str, address: str, now: datetime) -> bool:
        """Is it time to tell this person in that group how to link? True counts as told."""
        if self._people.wait(person, now) or self._chats.wait(address, now):
            return False
        self._people.wrong(person, now)
        self._chats.wrong(address, now)
        return True
