"""The end of composing: the preview as people will see it, sending once, and taking back.

Called by `composing`. Sending at once means in ten seconds, so that a slip can be undone before anything goes out.
"""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from html import escape

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.channels import Button, File
from announcements.drafts import Draft
from announcements.mistakes import Mistake
from announcements.rendering import acknowledge_label, moment_words, phrase, urgency_words
from announcements.types import AnnouncementState, FileKind, Kind
from bot.conversations.data import Topic, pack
from bot.conversations.drafts import NOW, Attached, Composition, Step
from bot.conversations.messenger import BadPress, Talk, in_rows, words
from bot.office.notices import announcing, previewing
from bot.office.notices.audiences import Audience, audience
from bot.office.notices.sending import call_back, goes_out_at
from db import conversations
from db.access.people import StaffRow
from db.announcing import notices
from db.announcing.notices import BroadcastRow, NewFile
from scheduler.messages import Words

REMEMBERED = timedelta(days=1)  # how long a second press of "Gửi" is known for one


class Action(StrEnum):
    """Buttons of a draft carry its token first; those of `AFTERWARDS` a broadcast's code."""

    AREA = "a"  # area, 1 or 0
    PAGE = "p"  # page of the areas
    DONE = "d"
    KIND = "k"  # kind
    TIME = "t"  # `now`, or minutes since 1970
    URGENCY = "g"  # its number
    EDIT = "e"  # step
    SEND = "s"
    CANCEL = "x"
    UNTIL = "h"  # `none`, or minutes since 1970
    FILE_OFF = "f"  # the beginning of its content's hash
    GO_ON = "c"  # to what is missing, or back to the review
    SAMPLE = "v"  # the notice's own button, in the preview
    UNDO = "u"
    WITHDRAW = "w"


AFTERWARDS = frozenset({Action.UNDO, Action.WITHDRAW})


def pack_for(draft: Composition, action: Action, *values: object) -> str:
    return pack(Topic.COMPOSING, action, draft.token, *values)


def button(draft: Composition, text: str, action: Action, *values: object) -> Button:
    return Button(text, pack_for(draft, action, *values))


async def _audience(talk: Talk, draft: Composition) -> Audience:
    async with talk.context.database.read() as connection:
        return await audience(connection, draft.areas)


async def review(talk: Talk, staff: StaffRow, draft: Composition) -> None:
    """Show the notice as it will look, then how far it goes, and ask."""
    reached = await _audience(talk, draft)
    await talk.show(words("compose.preview"))
    await _show_sample(talk, _sample(talk, staff, draft, reached.names), draft, reached.households)
    lines = [escape(sentence, quote=False) for sentence in reached.sentences]
    due_at = draft.due_at
    if due_at is None:
        lines.append(words("compose.when_now"))
    else:
        lines.append(words("compose.when_later", moment=moment_words(talk.context.local(due_at))))
    if draft.valid_until is not None:
        lines.append(words("compose.until", moment=moment_words(talk.context.local(draft.valid_until))))
    if draft.files:
        lines.append(words("compose.files", what=_files_words(draft.files)))
    lines.append(words("compose.urgency", urgency=urgency_words(draft.urgency)))
    await talk.say("\n".join(lines), _review_rows(draft))


def _files_words(files: Sequence[Attached]) -> str:
    photos = sum(one.kind is FileKind.PHOTO for one in files)
    counted = (("compose.photos", photos), ("compose.papers", len(files) - photos))
    return ", ".join(phrase(name, count=count) for name, count in counted if count)


async def _show_sample(talk: Talk, sample: Words, draft: Composition, households: int) -> None:
    """The notice itself: files, parts, and a button that only says what it will be."""
    for file in sample.files:
        await talk.send_file(file)
    *before, last = sample.parts
    for part in before:
        await talk.say(part)
    await talk.say(last, [[button(draft, acknowledge_label(0, households), Action.SAMPLE)]])


def _review_rows(draft: Composition) -> list[list[Button]]:
    edits = [
        ("compose.edit_text", Step.TEXT),
        ("compose.edit_time", Step.TIME),
        ("compose.edit_areas", Step.AREAS),
        ("compose.edit_kind", Step.KIND),
        ("compose.edit_urgency", Step.URGENCY),
        ("compose.edit_files", Step.FILES),
        ("compose.edit_until", Step.VALIDITY),
    ]
    buttons = [button(draft, phrase(name), Action.EDIT, step.value) for name, step in edits]
    buttons.append(button(draft, phrase("compose.cancel"), Action.CANCEL))
    return [[button(draft, phrase("compose.send"), Action.SEND)], *in_rows(buttons, 2)]


def _sample(talk: Talk, staff: StaffRow, draft: Composition, names: str) -> Words:
    """The message, made by what makes the real one; only the code is not known yet."""
    wording = Draft(draft.title, draft.body, draft.kind or Kind.NOTICE, draft.urgency, draft.due_at, draft.valid_until)
    files = [File(0, one.kind, one.name, one.path, one.remote_id or None) for one in draft.files]
    letter = previewing.sample(wording, staff, names, files, talk.now)
    return previewing.said(talk.context, letter, talk.channel.limits, talk.kind, talk.account)


async def sent_already(talk: Talk, token: str) -> bool:
    """Was the draft with this token sent by an earlier press? Then its answer is given once more."""
    async with talk.context.database.read() as connection:
        kept = await conversations.load(connection, talk.kind, talk.external_id, since=talk.now - REMEMBERED)
        if kept is None or kept.topic != Topic.COMPOSING or kept.state.get("token") != token or "step" in kept.state:
            return False
        row = await notices.find(connection, kept.state["sent"])
    await _confirm(talk, row, at_once=kept.state["at_once"])
    return True


async def send(talk: Talk, staff: StaffRow, draft: Composition) -> None:
    """Announce the draft and use it up, in one transaction. Raises `Mistake`."""
    reached = await _audience(talk, draft)
    if not reached.households:
        raise Mistake(phrase("compose.nobody"))
    if draft.step is not Step.REVIEW or draft.kind is None:
        raise BadPress
    at_once = draft.due == NOW
    due_at = goes_out_at(draft.due_at, talk.now)

    async def use_up(connection: AsyncConnection, row: BroadcastRow) -> None:
        since = talk.now - REMEMBERED
        kept = await conversations.load(connection, talk.kind, talk.external_id, since=since, lock=True)
        if kept is None or kept.state != draft.as_state():
            raise BadPress
        state = {"token": draft.token, "sent": row.code, "at_once": at_once}
        await conversations.keep(connection, talk.kind, talk.external_id, topic=Topic.COMPOSING, state=state,
                                 now=talk.now)  # fmt: skip

    wording = Draft(draft.title, draft.body, draft.kind, draft.urgency, due_at, draft.valid_until)
    codes = [area.code for area in reached.areas]
    files = [_new_file(talk, one) for one in draft.files]
    row = await announcing.announce(talk.context, wording, to=codes, staff=staff, files=files, within=use_up)
    await _confirm(talk, row, at_once=at_once)


def _new_file(talk: Talk, one: Attached) -> NewFile:
    uploads = ((talk.account, one.remote_id),) if one.remote_id else ()
    return NewFile(one.kind, one.name, one.path, one.size, uploads)


async def _confirm(talk: Talk, row: BroadcastRow, *, at_once: bool) -> None:
    local = talk.context.local(row.due_at)
    if row.state is AnnouncementState.PROPOSED:
        text = words("compose.proposed", code=row.announcement)
    elif at_once:
        text = words("compose.sent_now", code=row.announcement, time=f"{local:%H:%M:%S}")
    else:
        text = words("compose.sent_later", code=row.announcement, moment=moment_words(local))
    text += "\n" + words("compose.see_report", code=row.announcement)
    await talk.show(text, [[Button(phrase("compose.undo"), pack(Topic.COMPOSING, Action.UNDO, row.code))]])


async def press(talk: Talk, staff: StaffRow, action: Action, code: str) -> None:
    """Undo before it went out, withdraw after: the second is asked about once more. Raises `Mistake`."""
    if action is Action.UNDO:
        back = await call_back(talk.context, code, staff)
        if back.undone:
            await talk.show(words("compose.undone", code=back.row.announcement))
            return
        if back.row.state is AnnouncementState.PUBLISHED:
            take_back = Button(phrase("compose.withdraw"), pack(Topic.COMPOSING, Action.WITHDRAW, back.row.code))
            await talk.show(words("compose.already_out", code=back.row.announcement), [[take_back]])
            return
    after, held = await announcing.withdraw(talk.context, code, staff)
    if after.published_at is None:
        await talk.show(words("compose.undone", code=after.announcement))
    else:
        lines = [words("compose.withdrawn", code=after.announcement)]
        if held:
            lines.append(words("compose.held_back", held=held))
        await talk.show("\n".join(lines))
