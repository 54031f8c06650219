"""Every update that is no answer to a notice comes here and goes to the conversation it belongs to.

Made by `bot/ears/telegram.py` for each account; it hands over one person's updates in order, and the same one
again when a crash left it unfinished. Nothing an update holds may stop the next one.
"""

import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from html import escape

from announcements.channels import ChannelError
from announcements.mistakes import Mistake
from announcements.permissions import Permission
from announcements.postings import read_posting
from announcements.rendering import phrase
from announcements.types import ChannelKind
from announcements.wishes import asks_to_sign_in, card_in, staff_code_in
from bot.attempts import Attempts
from bot.channels.telegram.updates import (
    ContactUpdate,
    FileUpdate,
    MemberUpdate,
    MigrationUpdate,
    PressUpdate,
    TextUpdate,
    Update,
)
from bot.context import Context
from bot.conversations import approvals, chats, composing, data, doors, officers, posting, reporting, requests, written
from bot.conversations.data import Data, Topic
from bot.conversations.linking import Choosing
from bot.conversations.messenger import BadPress, Messenger, Talk, words
from bot.conversations.residents import Residents
from bot.conversations.tries import Tries
from bot.replies.answering import Answering, private_words
from bot.replies.saying import Speaker
from db.answering.replies import ReplyVerdict

log = logging.getLogger(__name__)

ID_QUESTIONS = 3  # /nhom in one group
ID_WINDOW = timedelta(minutes=1)

_COMMAND = re.compile(r"/([a-z_0-9]{1,32})(?:@(\w{1,64}))?(?:\s+(.*))?", re.IGNORECASE | re.DOTALL)


class Conversations:
    """One account's conversations."""

    def __init__(self, context: Context, account: str, kind: ChannelKind, channel: Messenger) -> None:
        self._context = context
        self._account = account
        self._kind = kind
        self._channel = channel
        self._tries = Tries()
        self._residents = Residents(self._tries)
        self._choosing = Choosing()
        speaker = Speaker(context, account, written.Voice(channel))
        self._written = Answering(context, account, kind, channel.limits.hears, speaker)
        self._asked_ids = Attempts(ID_QUESTIONS, ID_WINDOW)

    async def handle(self, update: Update) -> None:
        """Answer one update. Only faults of ours or of the database are raised."""
        match update:
            case TextUpdate(private=True, anonymous=False):
                async with self._answering(update.user_id, update.user_name) as talk:
                    await self._hear(talk, update.text, update)
            case TextUpdate():
                await self._hear_in_group(update)
            case FileUpdate():
                async with self._answering(update.user_id, update.user_name) as talk:
                    await self._take_file(talk, update)
            case ContactUpdate() if update.chat_id == update.user_id:
                async with self._answering(update.user_id, update.user_name) as talk:
                    await self._residents.by_phone(talk, update)
            case PressUpdate():
                async with self._answering(update.user_id, update.user_name, update) as talk:
                    await self._press(talk, update)
            case MemberUpdate():
                await chats.note_member(self._context, self._account, update)
            case MigrationUpdate():
                await chats.note_move(self._context, self._account, update)

    @asynccontextmanager
    async def _answering(self, user_id: int, name: str, pressed: PressUpdate | None = None) -> AsyncIterator[Talk]:
        """Inside it a mistake becomes a sentence, and a press is always answered."""
        talk = Talk(self._context, self._account, self._kind, self._channel, user_id, name, pressed)
        try:
            try:
                yield talk
            except BadPress:
                await talk.refuse(phrase("chat.old_button"))
            except Mistake as mistake:
                await talk.refuse(mistake.sentence)
            finally:
                await talk.answer()
        except ChannelError as error:  # blocked by the person, or the platform is away: nothing more can be said
            log.info("an answer could not be given: %s", type(error).__name__, extra={"action": "answer_lost"})

    async def _hear(self, talk: Talk, text: str, update: TextUpdate | None = None) -> None:
        command = _COMMAND.fullmatch(text)
        if command:
            await self._obey(talk, command[1].lower(), (command[3] or "").strip())
            return
        draft = await composing.unfinished(talk)
        card, staff_code = card_in(text), staff_code_in(text)
        if draft is not None:
            await composing.typed(talk, draft, text)
        elif staff_code is not None:
            await officers.link(talk, staff_code, self._tries)
        elif card is not None:
            await self._residents.by_card(talk, card)
        elif await self._said_by_staff(talk, text):
            return
        elif update is None or not await self._answers(talk, update):
            await self._help(talk)

    async def _said_by_staff(self, talk: Talk, text: str) -> bool:
        """Words for what there are buttons and commands for as well; False for everything else."""
        said, sign_in = read_posting(text), asks_to_sign_in(text)
        staff = await talk.staff() if said is not None or sign_in else None
        if staff is not None and sign_in:
            await officers.open_pages(talk)
        elif staff is not None and said is not None and staff.may(Permission.RECORD):
            await posting.spoken(talk, staff, said)
        else:
            return False
        return True

    async def _answers(self, talk: Talk, update: TextUpdate) -> bool:
        """Words of a resident: an answer to a notice, or something for their leader; False for neither."""
        if await talk.staff() is not None:
            return False
        replied = await self._written.record(written.heard(update), talk.now)
        if replied.verdict is ReplyVerdict.LOST:
            return False
        await talk.say(escape(private_words(replied), quote=False))
        return True

    async def _take_file(self, talk: Talk, update: FileUpdate) -> None:
        """Pictures and documents are for notices. Elsewhere the words beside them may still mean something."""
        draft = await composing.unfinished(talk)
        if draft is not None:
            await composing.attached(talk, draft, update)
        elif update.caption:
            await self._hear(talk, update.caption)
        elif await talk.staff() is not None:
            await talk.say(words("attach.compose_first"))
        else:
            await talk.say(words("attach.not_read"))
            await self._help(talk)

    async def _obey(self, talk: Talk, command: str, rest: str) -> None:
        match command:
            case "start":
                await self._start(talk, rest)
            case "thongbao":
                await composing.start(talk)
            case "baocao":
                await reporting.start(talk, rest)
            case "chuanhan":
                await doors.start(talk, rest)
            case "dangtay":
                await posting.start(talk)
            case "choduyet":
                await approvals.show_waiting(talk)
            case "web":
                await officers.open_pages(talk)
            case "huy":
                await self._cancel(talk)
            case "giupdo" | "help":
                await self._help(talk)
            case "bolienket":
                await self._residents.unlink(talk)
            case "nhom":
                await talk.say(words("chat.group_only"))
            case _:
                await talk.say(words("chat.unknown_command", command=f"/{command}"))

    async def _start(self, talk: Talk, payload: str) -> None:
        """A card's code, a staff code, or whatever else a link carried: that opens linking."""
        card, staff_code = card_in(payload), staff_code_in(payload)
        if staff_code is not None:
            await officers.link(talk, staff_code, self._tries)
        elif card is not None:
            await self._residents.by_card(talk, card)
        elif not payload and (staff := await talk.staff()) is not None:
            await officers.greet(talk, staff)
        else:
            await self._residents.welcome(talk)

    async def _help(self, talk: Talk) -> None:
        staff = await talk.staff()
        if staff is not None:
            await officers.greet(talk, staff)
        else:
            await self._residents.help(talk)

    async def _cancel(self, talk: Talk) -> None:
        if await composing.unfinished(talk) is None:
            await talk.say(words("chat.nothing_to_cancel"))
            return
        await composing.cancel(talk)
        await talk.say(words("chat.cancelled"))

    async def _press(self, talk: Talk, update: PressUpdate) -> None:
        """Buttons of conversations stand in private chats only: elsewhere they are forged."""
        if update.chat_id != update.user_id:
            raise BadPress
        pressed = data.read(update.data)
        await self._sort(talk, pressed)

    async def _sort(self, talk: Talk, pressed: Data) -> None:
        match pressed.topic:
            case Topic.LINKING:
                await self._choosing.press(talk, pressed)
            case Topic.REQUESTS:
                await requests.press(talk, pressed)
            case Topic.COMPOSING:
                await composing.press(talk, pressed)
            case Topic.REPORT:
                await reporting.press(talk, pressed)
            case Topic.DOORS:
                await doors.press(talk, pressed)
            case Topic.APPROVAL:
                await approvals.press(talk, pressed)
            case Topic.POSTING:
                await posting.press(talk, pressed)

    async def _hear_in_group(self, update: TextUpdate) -> None:
        """A group hears one command: it tells the group's id, which is no secret, whoever asks. And it hears what is
        written under a notice: of a message that is none, nothing comes."""
        command = _COMMAND.fullmatch(update.text)
        if command is None and not update.private and not update.anonymous and update.reply_to_message_id is not None:
            heard = written.heard(update)
            if not await self._written.wish(heard):
                await self._written.reply(heard, self._context.clock())
        if command is None or command[1].lower() != "nhom" or update.private:
            return
        key, now = str(update.chat_id), self._context.clock()
        if self._asked_ids.wait(key, now) or not await chats.is_for_us(self._context, self._account, command[2] or ""):
            return
        self._asked_ids.wrong(key, now)
        async with self._answering(update.chat_id, "") as talk:
            await talk.say(words("chat.group_id", address=update.chat_id, account=self._account))
