"""Announcements that somebody must approve: waiting, let out, sent back; on both databases."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from announcements.drafts import Draft
from announcements.mistakes import Mistake, NotAllowed
from announcements.types import AnnouncementState, Role
from bot.office.notices import announcing, approving, attachments
from bot.office.notices.approving import approve, send_back, waiting_for
from bot.office.notices.sending import call_back
from db.access import people
from db.access.people import StaffRow
from db.announcing import board, drafts, notices
from db.announcing.notices import BroadcastRow
from db.engine import Database
from db.tables import t
from scheduler import upkeep
from scheduler.broadcasts import publish_due
from tests.bot.conftest_board import START, Village, open_board

WAITS = AnnouncementState.PROPOSED


@pytest.fixture
async def village(database: Database, tmp_path: Path) -> AsyncIterator[Village]:
    async with open_board(database, tmp_path) as village:
        village.context.settings.approval.needed_from = [Role.VILLAGE_HEAD, Role.APPROVER, Role.ADMIN]
        yield village


async def staff(village: Village, role: Role, area: str = "") -> StaffRow:
    staff_id = await village.staff(role, area)
    async with village.context.database.read() as connection:
        return await people.by_id(connection, staff_id)


async def propose(village: Village, author: StaffRow, **more: Any) -> BroadcastRow:
    draft = Draft("Họp thôn", "Mời dự.", **more)
    return await announcing.announce(village.context, draft, to=[author.area_code], staff=author)


async def public(village: Village, row: BroadcastRow) -> bool:
    async with village.context.database.read() as connection:
        return await board.notice(connection, row.announcement) is not None


async def state(village: Village, row: BroadcastRow) -> AnnouncementState:
    async with village.context.database.read() as connection:
        return (await notices.by_id(connection, row.id)).state


async def test_a_role_that_needs_approval_proposes_and_nobody_sees_it_yet(village: Village) -> None:
    row = await propose(village, await staff(village, Role.VILLAGE_HEAD, "Thu Quế"))
    village.later(days=1)
    assert await publish_due(village.context.database, village.now) == []
    assert row.state is WAITS and not await public(village, row)


async def test_other_roles_and_the_operator_wait_for_nobody(village: Village) -> None:
    assert (await propose(village, await staff(village, Role.SECRETARY))).state is AnnouncementState.PUBLISHED
    by_operator = await announcing.announce(village.context, Draft("Họp", "Mời dự."), to=["Thu Quế"])
    assert by_operator.state is AnnouncementState.PUBLISHED


async def test_approved_after_its_time_it_goes_out_at_once_and_says_when(village: Village) -> None:
    row = await propose(village, await staff(village, Role.VILLAGE_HEAD, "Thu Quế"))
    village.later(hours=2)
    approved = await approve(village.context, row.code, await staff(village, Role.SECRETARY))
    assert (approved.state, approved.due_at) == (AnnouncementState.PUBLISHED, village.now)
    assert await public(village, row)


async def test_approved_before_its_time_it_waits_for_it(village: Village) -> None:
    due = START + timedelta(hours=3)
    row = await propose(village, await staff(village, Role.VILLAGE_HEAD, "Thu Quế"), due_at=due)
    approved = await approve(village.context, row.announcement)
    assert (approved.state, approved.due_at) == (AnnouncementState.SCHEDULED, due)
    assert await publish_due(village.context.database, due) == [row.id]


async def test_only_those_who_may_approve_that_whole_audience_decide(village: Village) -> None:
    row = await propose(village, await staff(village, Role.VILLAGE_HEAD, "Thu Quế"))
    for role, area in ((Role.VILLAGE_HEAD, ""), (Role.DESK_OFFICER, ""), (Role.APPROVER, "Thống Nhất"),
                       (Role.SECRETARY, "Thu Quế 1")):  # fmt: skip
        other = await staff(village, role, area)
        with pytest.raises(NotAllowed):
            await approve(village.context, row.code, other)
        with pytest.raises(NotAllowed):
            await send_back(village.context, row.code, "Sai", other)
        assert await waiting_for(village.context, other) == []
    assert await state(village, row) is WAITS


async def test_nobody_approves_their_own_but_an_administrator(village: Village) -> None:
    approver, admin = await staff(village, Role.APPROVER), await staff(village, Role.ADMIN)
    own = await propose(village, approver)
    with pytest.raises(NotAllowed, match="người khác duyệt"):
        await approve(village.context, own.code, approver)
    assert await waiting_for(village.context, approver) == []
    of_admin = await propose(village, admin)
    assert (await approve(village.context, of_admin.code, admin)).state is AnnouncementState.PUBLISHED


async def test_whoever_may_approve_is_shown_what_waits_with_its_author_and_audience(village: Village) -> None:
    await propose(village, await staff(village, Role.VILLAGE_HEAD, "Thống Nhất"))
    row = await propose(village, await staff(village, Role.VILLAGE_HEAD, "Thu Quế"))
    (only,) = await waiting_for(village.context, await staff(village, Role.APPROVER, "Thu Quế"))
    assert (only.row.id, only.areas, only.role_area) == (row.id, ("Thôn Thu Quế",), "Thôn Thu Quế")
    assert len(await waiting_for(village.context, await staff(village, Role.SECRETARY))) == 2


async def test_a_second_decision_is_told_what_the_first_was(village: Village) -> None:
    row = await propose(village, await staff(village, Role.VILLAGE_HEAD, "Thu Quế"))
    await approve(village.context, row.code)
    with pytest.raises(Mistake, match="không còn chờ duyệt: đã phát"):
        await send_back(village.context, row.code, "Sai giờ")
    with pytest.raises(Mistake, match="không còn chờ duyệt"):
        await approve(village.context, row.code)


async def test_two_who_decide_at_once_decide_once(village: Village) -> None:
    row = await propose(village, await staff(village, Role.VILLAGE_HEAD, "Thu Quế"))
    both = await asyncio.gather(
        *(approve(village.context, row.code) for _ in range(3)),
        send_back(village.context, row.code, "Sai giờ"),
        return_exceptions=True,
    )
    done = [one for one in both if not isinstance(one, Mistake)]
    assert len(done) == 1 and isinstance(done[0], BroadcastRow)


async def test_what_was_withdrawn_while_it_waited_is_not_approved(village: Village) -> None:
    author = await staff(village, Role.VILLAGE_HEAD, "Thu Quế")
    row = await propose(village, author)
    await announcing.withdraw(village.context, row.code, author)
    with pytest.raises(Mistake, match="đã thu hồi"):
        await approve(village.context, row.code)
    assert not await public(village, row)


async def test_the_author_calls_it_back_while_it_waits(village: Village) -> None:
    author = await staff(village, Role.VILLAGE_HEAD, "Thu Quế")
    row = await propose(village, author)
    assert (await call_back(village.context, row.code, author)).undone
    with pytest.raises(Mistake, match="đã thu hồi"):
        await approve(village.context, row.code)


async def test_what_expired_while_it_waited_never_goes_out(village: Village) -> None:
    until = START + timedelta(hours=1)
    row = await propose(village, await staff(village, Role.VILLAGE_HEAD, "Thu Quế"), valid_until=until)
    village.now = until
    with pytest.raises(Mistake, match="hết hiệu lực trong lúc chờ duyệt"):
        await approve(village.context, row.code)
    assert await upkeep.expire(village.context.database, until) == 1
    assert await state(village, row) is AnnouncementState.MISSED


async def test_sent_back_it_is_a_draft_again_with_the_reason_and_its_files(village: Village) -> None:
    author = await staff(village, Role.VILLAGE_HEAD, "Thu Quế")
    file = attachments.keep("loa.pdf", b"%PDF-1.7 synthetic", village.context.settings.uploads)
    row = await announcing.announce(village.context, Draft("Họp thôn", "Mời dự."), to=["Thu Quế"], staff=author,
                                    files=[file])  # fmt: skip
    returned = await send_back(village.context, row.code, " Thiếu giờ họp. ", await staff(village, Role.SECRETARY))
    assert returned.state is AnnouncementState.RETURNED and not await public(village, row)
    async with village.context.database.read() as connection:
        (draft,) = await drafts.listing(connection, author.path)
    assert (draft.author_id, draft.returned_for) == (author.id, "Thiếu giờ họp.")
    assert (draft.fields.title, draft.fields.areas) == ("Họp thôn", (author.area_id,))
    assert draft.files == (file,)


async def test_sending_back_needs_a_reason(village: Village) -> None:
    row = await propose(village, await staff(village, Role.VILLAGE_HEAD, "Thu Quế"))
    for reason in ("", " \n ", "x" * (approving.REASON_LENGTH + 1)):
        with pytest.raises(Mistake):
            await send_back(village.context, row.code, reason)
    assert await state(village, row) is WAITS


async def test_every_decision_is_in_the_audit_log(village: Village) -> None:
    head, secretary = await staff(village, Role.VILLAGE_HEAD, "Thu Quế"), await staff(village, Role.SECRETARY)
    await approve(village.context, (await propose(village, head)).code, secretary)
    await send_back(village.context, (await propose(village, head)).code, "Sai", secretary)
    await call_back(village.context, (await propose(village, head)).code, head)
    async with village.context.database.read() as connection:
        log = [tuple(row) for row in await connection.execute(
            t.audit.select().with_only_columns(t.audit.c.actor, t.audit.c.action).order_by(t.audit.c.id)
        )]  # fmt: skip
    assert [one for one in log if one[1] != "announce"] == [
        (secretary.code, "approve"), (secretary.code, "send back"), (head.code, "undo"),
    ]  # fmt: skip
