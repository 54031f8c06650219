"""Files: uploaded once for an account, then posted to every chat by the name the platform gave them.

Used by `sender`. The platform forgets uploads after seven days and takes 5,000 a month: what it has forgotten is
uploaded anew when it says so, and nothing is uploaded twice for one notice.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from announcements.channels import File, Refused, RefusedReason, Unsure
from announcements.types import FileKind
from bot.channels.zalo_oa.client import OaClient
from bot.channels.zalo_oa.errors import StaleUpload
from bot.channels.zalo_oa.pictures import fitted

IMAGE, FILE = "/v2.0/oa/upload/image", "/v2.0/oa/upload/file"
LARGEST_FILE = 5_000_000  # bytes

Content = tuple[str, str]  # our copies are named by the hash of what is in them; and what people see it called
Post = Callable[[dict[str, Any]], Awaitable[str]]


class Attachments:
    """The files of one account. Remembers their names for as long as the process lives."""

    def __init__(self, client: OaClient) -> None:
        self._client = client
        self._names: dict[Content, str] = {}
        self._stale: set[str] = set()
        self._uploads: dict[Content, asyncio.Lock] = {}

    async def post(self, file: File, post: Post) -> tuple[str, str]:
        """Have `post` send the file as an attachment; the message's id, and the platform's name for the file."""
        name = await self._name(file)
        try:
            return await post(attachment(file.kind, name)), name
        except StaleUpload:
            self._stale.add(name)
        name = await self._name(file)
        return await post(attachment(file.kind, name)), name

    async def _name(self, file: File) -> str:
        async with self._uploads.setdefault((file.path, file.name), asyncio.Lock()):
            for known in (self._names.get((file.path, file.name)), file.remote_id):
                if known is not None and known not in self._stale:
                    return known
            name = await self._upload(file)
            self._names[file.path, file.name] = name
            return name

    async def _upload(self, file: File) -> str:
        try:
            content = await asyncio.to_thread(Path(file.path).read_bytes)
        except OSError as error:
            raise Refused(RefusedReason.BAD_CONTENT, f"the attachment can't be read: {error.strerror}") from error
        if file.kind is FileKind.PHOTO:
            content, kind = await asyncio.to_thread(fitted, content)
            answer = await self._client.upload(IMAGE, "image" + Path(file.path).suffix, content, kind)
        elif len(content) > LARGEST_FILE:
            raise Refused(RefusedReason.BAD_CONTENT, "the file is too large")
        else:
            answer = await self._client.upload(FILE, file.name, content, "application/pdf")
        name = answer.get("attachment_id" if file.kind is FileKind.PHOTO else "token")
        if not isinstance(name, str) or not name:
            raise Unsure("an upload without a name")
        return name


def attachment(kind: FileKind, name: str) -> dict[str, Any]:
    """A file as a message carries it."""
    if kind is FileKind.PHOTO:
        element = {"media_type": "image", "attachment_id": name}
        return {"type": "template", "payload": {"template_type": "media", "elements": [element]}}
    return {"type": "file", "payload": {"token": name}}
