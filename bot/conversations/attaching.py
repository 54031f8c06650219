"""Pictures and PDFs for a notice that is being composed: fetched, checked, listed, taken off again.

Called by `composing`. Kinds and sizes are the rules of `bot/office/notices/attachments.py`. The platform keeps what it
was sent under its own id, which the notice uses: nobody uploads it a second time; our own copy is for the board.
"""

import asyncio
from dataclasses import replace

from announcements.channels import Button, ChannelError
from announcements.mistakes import Mistake
from announcements.rendering import phrase
from announcements.splitting import shorten
from bot.channels.telegram.updates import FileUpdate
from bot.conversations.data import Data
from bot.conversations.drafts import Attached, Composition, Step
from bot.conversations.messenger import Talk, in_rows, patiently, words
from bot.conversations.sending import Action, button
from bot.office.notices import attachments

LARGEST = 20  # MB a bot can fetch, telegram-api §3
NAME_LENGTH = 40


async def add(talk: Talk, draft: Composition, update: FileUpdate) -> Composition:
    """The draft with one more file; the same draft for a file it has. Raises `Mistake` for one that can't go along."""
    name = update.name or phrase("attach.photo", number=len(draft.files) + 1)
    if update.kind is None:
        raise Mistake(phrase("attach.not_carried"))
    if update.size > LARGEST * attachments.MEGABYTE:
        raise Mistake(phrase("attach.too_big", name=name, most=LARGEST))
    attachments.require_few(len(draft.files) + 1)
    try:
        content = await patiently(lambda: talk.channel.fetch(update.remote_id))
    except ChannelError:
        raise Mistake(phrase("attach.not_fetched", name=name)) from None
    kept = await asyncio.to_thread(attachments.keep, name, content, talk.context.settings.uploads)
    if any(one.path == kept.path for one in draft.files):
        return draft
    # A picture sent as a document has the id of a document: as a picture it goes out by its bytes.
    remote_id = update.remote_id if kept.kind is update.kind else ""
    return replace(draft, files=(*draft.files, Attached(kept.kind, kept.name, kept.path, kept.size, remote_id)))


def without(draft: Composition, data: Data) -> Composition:
    """The draft without the file a button names; pressed twice it does no more harm than once."""
    return replace(draft, files=tuple(one for one in draft.files if one.mark != data.value(1)))


async def show(talk: Talk, draft: Composition, message_id: str, *, caption_unused: bool = False) -> str:
    """List the files, in place of `message_id` where there is one; returns the id of the message that does."""
    lines = [words("attach.ask" if draft.step is Step.FILES else "attach.listed")]
    lines += [_line(number, one) for number, one in enumerate(draft.files, 1)]
    if caption_unused:
        lines.append(words("attach.caption_unused"))
    rows = in_rows([_off(draft, number, one) for number, one in enumerate(draft.files, 1)], 2)
    rows.append([button(draft, phrase("attach.go_on"), Action.GO_ON)])
    return await talk.show_at(message_id, "\n".join(lines), rows)


def _line(number: int, one: Attached) -> str:
    size = attachments.megabytes(one.size)
    return words("attach.line", number=number, name=shorten(one.name, NAME_LENGTH), megabytes=size)


def _off(draft: Composition, number: int, one: Attached) -> Button:
    return button(draft, phrase("attach.off", number=number), Action.FILE_OFF, one.mark)
