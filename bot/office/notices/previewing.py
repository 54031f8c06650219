"""What people will see and hear of something that is not out yet: made by what makes the real messages."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from announcements.channels import File, Limits
from announcements.drafts import Draft
from announcements.rendering import phrase
from announcements.speech import reading_time
from announcements.types import AnnouncementState, ChannelKind
from bot.context import Context
from db.access.people import StaffRow
from db.announcing.board import Notice
from db.announcing.letters import Letter
from db.announcing.notice_parts import Attachment
from db.announcing.notices import BroadcastRow, NewFile
from scheduler.messages import Messages, Words


@dataclass(frozen=True, slots=True)
class Face:
    """One notice in the chats of one channel."""

    channel: ChannelKind
    limits: Limits
    words: Words


@dataclass(frozen=True, slots=True)
class Preview:
    """One notice on every channel it goes out on, and how long it takes to read it out."""

    faces: tuple[Face, ...]
    board: Notice
    length: timedelta


def sample(
    draft: Draft, staff: StaffRow, names: str, files: Sequence[File], now: datetime, supersedes: str = ""
) -> Letter:
    """A letter that is not stored yet; only its code is not known."""
    row = BroadcastRow(
        id=0, code="TB-0000.1", announcement_id=0, announcement=phrase("compose.code_later"), title=draft.title,
        body=draft.body, kind=draft.kind, urgency=draft.urgency, state=AnnouncementState.SCHEDULED,
        due_at=draft.due_at or now, published_at=None, half_at=None, valid_until=draft.valid_until,
        supersedes=supersedes or None, created_by=staff.id, created_at=now,
    )  # fmt: skip
    return Letter(row, (names,), staff.role, staff.area_name, tuple(files))


def said(context: Context, letter: Letter, limits: Limits, channel: ChannelKind | None, account: str = "") -> Words:
    """The letter as a channel with these limits says it."""
    settings = context.settings
    return Messages(
        context.database, account, channel, limits, settings.commune.zone, context.link, settings.uploads,
        settings.commune.name,
    ).words_of(letter)  # fmt: skip


def preview(context: Context, letter: Letter, files: Sequence[NewFile], channels: Collection[ChannelKind]) -> Preview:
    """Everything there is to look at. `files` are the letter's, with their sizes; `channels` those its chats are on."""
    return Preview(
        faces=tuple(_face(context, letter, channel) for channel in channels),
        board=_on_the_board(letter, files),
        length=reading_time(f"{letter.broadcast.title}.\n{letter.broadcast.body}"),
    )


def _face(context: Context, letter: Letter, channel: ChannelKind) -> Face:
    from bot.channels.registry import limits_of  # loads the platforms' libraries: only pages need them

    limits = limits_of(channel)
    return Face(channel, limits, said(context, letter, limits, channel))


def _on_the_board(letter: Letter, files: Sequence[NewFile]) -> Notice:
    row = letter.broadcast
    return Notice(
        broadcast_id=row.id, code=row.code, announcement_id=row.announcement_id, announcement=row.announcement,
        kind=row.kind, urgency=row.urgency, title=row.title, body=row.body, state=AnnouncementState.PUBLISHED,
        due_at=row.due_at, valid_until=row.valid_until, withdrawn_at=None, role=letter.role,
        role_area=letter.role_area, corrects=row.supersedes, corrected_by=None, areas=letter.area_names,
        files=tuple(Attachment(0, file.kind, file.name, file.path, file.size) for file in files),
    )  # fmt: skip
