"""What people will see and hear of something that is not out yet: made by what makes the real messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from announcements.channels import PLAIN_TEXT, File, Limits
from announcements.drafts import Draft
from announcements.rendering import phrase
from announcements.speech import reading_time
from announcements.types import AnnouncementState, ChannelKind
from bot.channels.telegram.limits import LIMITS as TELEGRAM
from bot.context import Context
from db.access.people import StaffRow
from db.announcing.board import Notice
from db.announcing.letters import Letter
from db.announcing.notice_parts import Attachment
from db.announcing.notices import BroadcastRow, NewFile
from scheduler.messages import Messages, Words


@dataclass(frozen=True, slots=True)
class Preview:
    """One notice on every kind of channel, and how long it takes to read it out."""

    telegram: Words
    plain: Words
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


def preview(context: Context, letter: Letter, files: Sequence[NewFile]) -> Preview:
    """Everything there is to look at. `files` are the letter's, with their sizes."""
    return Preview(
        telegram=said(context, letter, TELEGRAM, ChannelKind.TELEGRAM),
        plain=said(context, letter, PLAIN_TEXT, None),
        board=_on_the_board(letter, files),
        length=reading_time(f"{letter.broadcast.title}.\n{letter.broadcast.body}"),
    )


def _on_the_board(letter: Letter, files: Sequence[NewFile]) -> Notice:
    row = letter.broadcast
    return Notice(
        broadcast_id=row.id, code=row.code, announcement_id=row.announcement_id, announcement=row.announcement,
        kind=row.kind, urgency=row.urgency, title=row.title, body=row.body, state=AnnouncementState.PUBLISHED,
        due_at=row.due_at, valid_until=row.valid_until, withdrawn_at=None, role=letter.role,
        role_area=letter.role_area, corrects=row.supersedes, corrected_by=None, areas=letter.area_names,
        files=tuple(Attachment(0, file.kind, file.name, file.path, file.size) for file in files),
    )  # fmt: skip
