"""Does the platform still answer? Learnt from the sends of one account; once in doubt, asked without a message.

While nothing comes back the dispatcher sends nothing: each attempt would use up a try, or leave a delivery unconfirmed.
"""

import asyncio
from dataclasses import dataclass, field

from announcements.channels import ANSWERS, Channel, ChannelError

MISSES = 3  # sends in a row without an answer, to more than one chat: it is not the chat
MISSES_OF_ONE = 4  # the same to one and the same chat
PATIENCE = 5.0  # seconds the platform has to say that it is there


@dataclass(slots=True)
class Pulse:
    """`lost`: nothing is to be sent before `returns` has said that the platform answers."""

    channel: Channel
    lost: bool = False
    returned: bool = False
    """It said that it answers, and no send has been answered since."""
    _misses: int = 0
    _chats: set[str] = field(default_factory=set)

    def beat(self) -> None:
        """A send was answered, with whatever."""
        self.lost, self.returned, self._misses = False, False, 0
        self._chats.clear()

    def failed(self, address: str, error: ChannelError) -> bool:
        """A send to `address` ended so; is the pulse lost?"""
        if isinstance(error, ANSWERS):
            self.beat()
            return False
        self._misses += 1
        self._chats.add(address)
        self.lost = self._misses >= (MISSES if len(self._chats) > 1 else MISSES_OF_ONE)
        return self.lost

    async def returns(self) -> str:
        """Ask. Empty when the platform answers: one delivery may try. Otherwise why not."""
        try:
            await asyncio.wait_for(self.channel.health(), PATIENCE)
        except ChannelError as error:
            return error.detail or type(error).__name__
        except TimeoutError:
            return "no answer in time"
        self.lost, self.returned = False, True
        return ""
