"""Files under their first upload and ever after: one upload for each file, however many chats wait for it.

Used by `sender`. The platform slows down whoever uploads the same file again and again, and recommends its own file
ids instead; an id holds for this account only.
"""

import asyncio
from pathlib import Path
from typing import BinaryIO

from telegram import Bot, InlineKeyboardMarkup, InputFile
from telegram import Message as Sent
from telegram.error import BadRequest

from announcements.channels import File, Refused, RefusedReason
from announcements.types import FileKind
from bot.channels.pieces import PostedFile
from bot.channels.telegram.errors import FILE_ID_IS_STALE, says

Content = tuple[str, str]  # our copies are named by the hash of what is in them; and what people see it called


class Attachments:
    """The files of one account. Remembers ids for as long as the process lives, by content and name: what was
    previewed while it was composed need not be uploaded for the notice."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._remote_ids: dict[Content, str] = {}
        self._stale: set[str] = set()
        self._uploads: dict[Content, asyncio.Lock] = {}

    async def post(self, address: str, file: File, markup: InlineKeyboardMarkup | None) -> PostedFile:
        """Post `file` by its id, or upload it when it has none yet; while one call uploads, the others wait for its id.

        Raises what the library raises, and `Refused` when the file can't be read from the disk.
        """
        posted = await self._post_known(address, file, markup)
        if posted is not None:
            return posted
        lock = self._uploads.setdefault(_content(file), asyncio.Lock())
        async with lock:
            if self._remote_id(file) is None:
                return await self._upload(address, file, markup)
        return await self.post(address, file, markup)

    def _remote_id(self, file: File) -> str | None:
        for known in (self._remote_ids.get(_content(file)), file.remote_id):
            if known is not None and known not in self._stale:
                return known
        return None

    async def _post_known(self, address: str, file: File, markup: InlineKeyboardMarkup | None) -> PostedFile | None:
        """None when the file has no id, or has one that the platform no longer knows: then nothing was posted."""
        remote_id = self._remote_id(file)
        if remote_id is None:
            return None
        try:
            sent = await self._send(address, file.kind, remote_id, markup)
        except BadRequest as exc:
            if not says(exc, *FILE_ID_IS_STALE):
                raise
            self._stale.add(remote_id)
            return None
        return PostedFile(str(sent.message_id), remote_id)

    async def _upload(self, address: str, file: File, markup: InlineKeyboardMarkup | None) -> PostedFile:
        try:
            stream = await asyncio.to_thread(_open, file.path)
        except OSError as exc:
            raise Refused(RefusedReason.BAD_CONTENT, f"the attachment can't be read: {exc.strerror}") from exc
        with stream:
            content = InputFile(stream, filename=file.name, read_file_handle=False)
            sent = await self._send(address, file.kind, content, markup)
        remote_id = _remote_id_of(sent, file.kind)
        if remote_id is not None:
            self._remote_ids[_content(file)] = remote_id
        return PostedFile(str(sent.message_id), remote_id, fresh=True)

    async def _send(
        self, address: str, kind: FileKind, content: InputFile | str, markup: InlineKeyboardMarkup | None
    ) -> Sent:
        if kind is FileKind.PHOTO:
            return await self._bot.send_photo(address, content, reply_markup=markup)
        # Undetected, a document stays one: a film or a song would come back under another kind of id.
        return await self._bot.send_document(address, content, reply_markup=markup, disable_content_type_detection=True)


def _content(file: File) -> Content:
    return file.path, file.name


def _open(path: str) -> BinaryIO:
    return Path(path).open("rb")


def _remote_id_of(sent: Sent, kind: FileKind) -> str | None:
    if kind is FileKind.PHOTO:
        return sent.photo[-1].file_id if sent.photo else None
    return sent.document.file_id if sent.document else None
