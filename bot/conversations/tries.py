"""Codes that people type: nobody gets to try them by the hundred. Shared by `residents` and `officers`."""

from bot.attempts import CODE_WINDOW, CODES, Attempts
from bot.conversations.messenger import Talk, words


class Tries:
    """Remembers, in bounded memory, who has lately typed codes that were none."""

    def __init__(self) -> None:
        self._wrong = Attempts(CODES, CODE_WINDOW)

    async def allowed(self, talk: Talk) -> bool:
        """May this person try another code? Says how long to wait when not."""
        wait = self._wrong.wait(talk.external_id, talk.now)
        if not wait:
            return True
        await talk.say(words("chat.too_many_tries", minutes=int(wait.total_seconds() // 60) + 1))
        return False

    def wrong(self, talk: Talk) -> None:
        """Count a code that was none."""
        self._wrong.wrong(talk.external_id, talk.now)
