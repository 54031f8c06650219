"""Files: uploaded once for an account, then posted to every chat by the name the platform gave them.

Used by `sender`. The platform forgets uploads after seven days and takes 5,000 a month: what it has forgotten is
uploaded anew when it says so, and nothing is uploaded twice for one notice.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from announcements.channels import File, Refused, RefusedReason, Unsure
from announcements.phrases import phrase
from announcements.types import FileKind
from bot.channels.pieces import PostedFile
from bot.channels.zalo_oa.client import Json, OaClient
from bot.channels.zalo_oa.errors import StaleUpload, UsedUp
from bot.channels.zalo_oa.pictures import fitted

IMAGE, FILE = "/v2.0/oa/upload/image", "/v2.0/oa/upload/file"
LARGEST_FILE = 5_000_000  # bytes
PICTURE_NAMES = {"image/jpeg": "image.jpg", "image/png": "image.png"}  # after what it is now, not after our copy

Content = tuple[str, str]  # our copies are named by the hash of what is in them; and what people see it called
Post = Callable[[dict[str, Any]], Awaitable[str]]


class Attachments:
    """The files of one account. Remembers their names for as long as the process lives."""

    def __init__(self, client: OaClient) -> None:
        self._client = client
        self._names: dict[Content, str] = {}
        self._stale: set[str] = set()
        self._uploads: dict[Content, asyncio.Lock] = {}

    async def post(self, file: File, post: Post) -> PostedFile:
        """Have `post` send the file as an attachment."""
        name, fresh = await self._name(file)
        try:
            return PostedFile(await post(attachment(file.kind, name)), name, fresh)
        except StaleUpload:
            self._stale.add(name)
        name, fresh = await self._name(file)
        return PostedFile(await post(attachment(file.kind, name)), name, fresh)

    async def _name(self, file: File) -> tuple[str, bool]:
        """The platform's name for the file, and whether it was uploaded to get it."""
        async with self._uploads.setdefault((file.path, file.name), asyncio.Lock()):
            for known in (self._names.get((file.path, file.name)), file.remote_id):
                if known is not None and known not in self._stale:
                    return known, False
            name = await self._upload(file)
            self._names[file.path, file.name] = name
            return name, True

    async def _upload(self, file: File) -> str:
        try:
            content = await asyncio.to_thread(Path(file.path).read_bytes)
        except OSError as error:
            raise Refused(RefusedReason.BAD_CONTENT, f"the attachment can't be read: {error.strerror}") from error
        try:
            answer = await self._send_up(file, content)
        except UsedUp as error:  # of uploads: what has no file can still be posted, so the account is well
            refused = Refused(RefusedReason.BAD_CONTENT, error.detail)
            refused.sentence = phrase("zalo_oa.no_uploads_left")
            raise refused from error
        name = answer.get("attachment_id" if file.kind is FileKind.PHOTO else "token")
        if not isinstance(name, str) or not name:
            raise Unsure("an upload without a name")
        return name

    async def _send_up(self, file: File, content: bytes) -> Json:
        if file.kind is FileKind.PHOTO:
            content, kind = await asyncio.to_thread(fitted, content)
            return await self._client.upload(IMAGE, PICTURE_NAMES[kind], content, kind)
        if len(content) > LARGEST_FILE:
            raise Refused(RefusedReason.BAD_CONTENT, "the file is too large")
        return await self._client.upload(FILE, file.name, content, "application/pdf")


def attachment(kind: FileKind, name: str) -> dict[str, Any]:
    """A file as a message carries it."""
    if kind is FileKind.PHOTO:
        element = {"media_type": "image", "attachment_id": name}
        return {"type": "template", "payload": {"template_type": "media", "elements": [element]}}
    return {"type": "file", "payload": {"token": name}}
