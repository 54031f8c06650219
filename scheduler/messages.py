"""Making the message of a delivery: the words are rendered once per broadcast and account, only the count differs."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from html import escape
from pathlib import Path

from announcements.channels import Button, File, Hears, Limits, Message
from announcements.codes import press_data
from announcements.outside import leads_outside
from announcements.rendering import NoticeText, Paper, acknowledge_label, label, phrase, render
from announcements.splitting import shorten
from announcements.types import AnnouncementState, ChannelKind, FileKind, Kind, Urgency
from db.announcing import letters
from db.announcing.letters import Letter
from db.engine import Database
from db.outbox import Claimed

SUMMARY_TITLE = 100  # UTF-16 units of a title in a summary
KEPT = 64  # broadcasts whose words are kept ready


@dataclass(frozen=True, slots=True)
class Words:
    """One broadcast as one account says it."""

    parts: tuple[str, ...]
    data: str  # of the button; empty on channels without buttons
    kind: Kind
    urgency: Urgency
    files: tuple[File, ...]


@dataclass(slots=True)
class Messages:
    """One per account. `link` makes a public address of a path; `uploads` is the folder attachments lie in."""

    database: Database
    account: str
    channel: ChannelKind | None  # None: any chat with these limits
    limits: Limits
    zone: tzinfo
    link: Callable[[str], str]
    uploads: Path
    commune: str = ""
    _kept: OrderedDict[int, Words] = field(default_factory=OrderedDict)
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)
    _remote: dict[int, str] = field(default_factory=dict)

    async def words(self, broadcast_id: int) -> Words:
        """The words of a broadcast, from memory when it was said a moment ago."""
        async with self._reading:  # whoever comes second finds it read
            return self._remembered(broadcast_id) or await self._read(broadcast_id)

    def _remembered(self, broadcast_id: int) -> Words | None:
        found = self._kept.get(broadcast_id)
        if found is not None:
            self._kept.move_to_end(broadcast_id)
        return found

    async def _read(self, broadcast_id: int) -> Words:
        async with self.database.read() as connection:
            letter = await letters.letter(connection, broadcast_id)
            ids = [file.id for file in letter.files]
            self._remote.update(await letters.uploaded(connection, self.account, ids))
        found = self._kept[broadcast_id] = self.words_of(letter)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return found

    def words_of(self, letter: Letter) -> Words:
        """A letter as this account says it: also one that is not stored yet, for a preview."""
        row = letter.broadcast
        files, papers = self._files(letter)
        notice = NoticeText(
            code=row.announcement,
            kind=row.kind,
            urgency=row.urgency,
            title=row.title,
            body=row.body,
            area_name=", ".join(letter.area_names),
            sender_name=sender_name(letter, self.commune),
            due_at=row.due_at.astimezone(self.zone),
            link=self.link(f"/n/{row.announcement}"),
            valid_until=row.valid_until.astimezone(self.zone) if row.valid_until else None,
            supersedes=row.supersedes,
            answer_hint=_hint_words(self.limits, row.announcement),
            papers=papers,
        )
        return Words(
            parts=render(notice, self.limits, self.channel),
            data=press_data(row.code) if self.limits.buttons else "",
            kind=row.kind,
            urgency=row.urgency,
            files=files,
        )

    def _files(self, letter: Letter) -> tuple[tuple[File, ...], tuple[Paper, ...]]:
        """The attachments the channel carries, and those that are only named with their address."""
        carried: list[File] = []
        named: list[Paper] = []
        for file in letter.files:
            link = self.link(f"/n/{letter.broadcast.announcement}/files/{file.id}")
            fetched = self.limits.picture_links and file.kind is FileKind.PHOTO and leads_outside(link)
            # Pictures are made smaller by whoever must; a document can't be.
            fits = file.kind is FileKind.PHOTO or not self.limits.largest_file or file.size <= self.limits.largest_file
            if (self.limits.files and fits) or fetched:
                carried.append(replace(file, path=str(self.uploads / file.path), link=link if fetched else ""))
            else:
                named.append(Paper(file.name, link))
        return tuple(carried), tuple(named)

    def message(self, words: Words, claimed: Claimed) -> Message:
        """What goes to the chat of `claimed`."""
        return Message(
            parts=words.parts,
            button=self.button(words, claimed.received, claimed.households),
            files=tuple(replace(file, remote_id=self._remote.get(file.id)) for file in words.files),
            done=claimed.done,
        )

    def button(
        self, words: Words, done: int, total: int, state: AnnouncementState = AnnouncementState.PUBLISHED
    ) -> Button | None:
        """The button with its count; after a withdrawal it says so and still answers a press."""
        if not words.data:
            return None
        if state is AnnouncementState.WITHDRAWN:
            return Button(phrase("button.withdrawn"), words.data)
        return Button(acknowledge_label(done, total), words.data)

    def moved(self, title: str, code: str) -> str:
        """What stands above a notice's button that is posted anew in a chat that moved."""
        text = phrase("button.moved", title=title, code=code, link=self.link(f"/n/{code}"))
        return escape(text, quote=False) if self.limits.html else text

    def summary(self, title: str, code: str, done: int, total: int, now: datetime) -> str:
        """The count of a chat that has no live one, and how whoever has not answered does."""
        at = now.astimezone(self.zone)
        text = phrase("summary.text", hour=at.hour, minute=at.minute, done=done, total=total,
                      title=shorten(title, SUMMARY_TITLE), link=self.link(f"/n/{code}"),
                      hint=_hint_words(self.limits, code)).strip()  # fmt: skip
        return escape(text, quote=False) if self.limits.html else text

    def learn(self, uploaded: Mapping[int, str]) -> None:
        """Remember the platform's ids of files it now has."""
        self._remote.update(uploaded)


def _hint_words(limits: Limits, code: str) -> str:
    """How to answer the notice `code` in such a chat."""
    return phrase(f"hint.{hint}", code=code) if (hint := _hint(limits)) else ""


def _hint(limits: Limits) -> str:
    """The shortest way to answer in such a chat; empty where there is nothing to be said of it."""
    if limits.buttons:
        return "button"
    if limits.hears is not Hears.NOTHING:
        return limits.hears.value
    return "board" if limits.by_hand else ""


def sender_name(letter: Letter, commune: str) -> str:
    """Who speaks: "Trưởng thôn, Thôn Thu Quế", or the commune when the operator posted it."""
    if letter.role is None:
        return commune
    return f"{label(letter.role)}, {letter.role_area}"
