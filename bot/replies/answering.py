"""What people say where an account hears: a wish to be linked, an answer to a notice, or words for the leader to read.

`desk` brings what Zalo's accounts hear, Telegram's conversations what is written there. Each is decided, recorded in
the writer's next commit, and answered: in private always, in a group hardly ever.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from announcements.answers import prepare, read_answer
from announcements.channels import Hears
from announcements.hearing import Heard
from announcements.phrases import phrase
from announcements.types import ChannelKind
from announcements.wishes import read_wish
from bot.context import Context
from bot.intake.patience import submit_patiently
from bot.replies.courtesy import Courtesy
from bot.replies.enrolling import Enrolling
from bot.replies.saying import Speaker
from db.answering import replies
from db.answering.replies import Replied, Reply, ReplyVerdict
from db.links import wishes

V = ReplyVerdict

# Most of what people write under notices is short and the same: read once, it is known.
_reading = lru_cache(maxsize=8_192)(read_answer)


async def warm_up() -> None:
    """Have the rules of reading loaded before somebody waits for them: that takes seconds of a small machine."""
    await asyncio.to_thread(prepare)
    await asyncio.to_thread(_reading, phrase("label.grade.received"))  # which loads the lists of words, too


@dataclass(slots=True)
class Answering:
    """One account's."""

    context: Context
    account: str
    kind: ChannelKind
    hears: Hears
    speaker: Speaker
    enrolling: Enrolling = field(init=False)
    _courtesy: Courtesy = field(default_factory=Courtesy)

    def __post_init__(self) -> None:
        self.enrolling = Enrolling(self.context, self.kind, self.speaker)

    async def wish(self, heard: Heard) -> bool:
        """Link or unlink whoever asks for it; False when `heard` is no such wish."""
        wish = read_wish(heard.text, to_us=self._is_to_us(heard), private=heard.private)
        if wish is None:
            return False
        await self.enrolling.fulfil(heard, wish)
        return True

    async def reply(self, heard: Heard, at: datetime, inbox_id: int | None = None) -> None:
        """Record what `heard` says about a notice and answer it. With `inbox_id`, that update is done in the same
        transaction."""
        replied = await self.record(heard, at, inbox_id)
        await self._say_back(heard, replied)

    async def record(self, heard: Heard, at: datetime, inbox_id: int | None = None) -> Replied:
        """The same without an answer."""
        reading = _reading(heard.text)
        intent = Reply(
            self.account, self.kind, heard, reading, at, self._is_to_us(heard), inbox_id
        )  # fmt: skip
        (replied,) = await submit_patiently(self.context.writer, replies.reply, [intent])
        if replied.verdict in COUNTED:
            self.context.answered(replied.broadcast_id)
        return replied

    def _is_to_us(self, heard: Heard) -> bool:
        """Was it said to the account? Where it hears everything, and under a message, only what follows tells."""
        return heard.private or (self.hears is Hears.MENTIONS and heard.quoted is None)

    async def _say_back(self, heard: Heard, replied: Replied) -> None:
        if heard.private:
            if text := private_words(replied, asked=await self._has_asked(heard, replied)):
                await self.speaker.say(heard.address, text)
        elif replied.verdict is V.STRANGER and self._may_hint(heard):
            link = self.context.link(f"/n/{replied.notice}" if replied.notice else "/")
            name = "reply.stranger_in_group" if replied.notice else "reply.stranger_again"
            await self.speaker.say(heard.address, phrase(name, link=link))

    async def _has_asked(self, heard: Heard, replied: Replied) -> bool:
        if replied.verdict not in _LINK_FIRST:
            return False
        async with self.context.database.read() as connection:
            return await wishes.has_asked(connection, self.kind, heard.person)

    def _may_hint(self, heard: Heard) -> bool:
        return self._courtesy.may_hint(heard.person, heard.address, self.context.clock())


COUNTED = frozenset({V.RECORDED, V.AGAIN})  # AGAIN may have raised the grade
_LINK_FIRST = frozenset({V.STRANGER, V.UNREADABLE, V.LOST})


def private_words(replied: Replied, *, asked: bool = False) -> str:
    """What is said to somebody who wrote in private; empty where nothing is. `asked`: they wait to be linked."""
    if replied.verdict in _LINK_FIRST:
        link_first = phrase("reply.waiting" if asked else "reply.stranger")
        counts = replied.verdict is V.STRANGER and replied.notice
        return f"{link_first}\n{phrase('reply.counts')}" if counts else link_first
    if replied.verdict is V.CHATTER:
        return ""
    return phrase(
        f"reply.{replied.verdict}",
        head=replied.head_name,
        code=replied.notice or (replied.choices[0] if replied.choices else ""),
        codes=", ".join(replied.choices),
        count=len(replied.choices),
    )
