"""Drafts: two who write at once, sending once, undo, throwing away; on both databases."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from announcements.mistakes import Mistake, NotAllowed, NotFound
from announcements.types import AnnouncementState, Kind, Role, Urgency
from bot.office.notices import approving, attachments, drafting, sending
from bot.office.notices.drafting import Conflict
from bot.office.notices.sending import Changed, Unfinished, call_back, send_draft
from db.access import people
from db.access.people import StaffRow
from db.announcing import board, drafts, notices
from db.announcing.drafts import DraftRow, Fields
from db.announcing.notices import BroadcastRow, NewFile
from db.engine import Database
from scheduler import upkeep
from scheduler.broadcasts import publish_due
from tests.bot.conftest_board import START, Village, open_board


@pytest.fixture
async def village(database: Database, tmp_path: Path) -> AsyncIterator[Village]:
    async with open_board(database, tmp_path) as village:
        yield village


async def staff(village: Village, role: Role = Role.VILLAGE_HEAD, area: str = "Thu Quế") -> StaffRow:
    staff_id = await village.staff(role, area)
    async with village.context.database.read() as connection:
        return await people.by_id(connection, staff_id)


async def draft_of(village: Village, author: StaffRow, **fields: object) -> DraftRow:
    draft_id = await drafting.begin(village.context, author)
    row = await drafting.look(village.context, author, draft_id)
    wanted = replace(row.fields, **{"title": "Họp thôn", "body": "Mời dự.", **fields})  # type: ignore[arg-type]
    return await drafting.save(village.context, author, draft_id, row.version, wanted)


def file(village: Village, name: str = "loa.pdf") -> NewFile:
    return attachments.keep(name, b"%PDF-1.7 " + name.encode(), village.context.settings.uploads)


async def announced(village: Village) -> list[BroadcastRow]:
    async with village.context.database.read() as connection:
        return await notices.latest(connection)


async def test_a_new_draft_is_for_the_authors_own_area_and_is_kept_as_typed(village: Village) -> None:
    author = await staff(village)
    row = await draft_of(village, author, kind=Kind.MEETING, urgency=Urgency.URGENT, later=True)
    again = await drafting.look(village.context, author, row.id)
    assert again == row
    assert (again.fields.areas, again.fields.kind, again.fields.later) == ((author.area_id,), Kind.MEETING, True)


async def test_the_second_of_two_who_write_is_told_and_loses_nothing(village: Village) -> None:
    author, secretary = await staff(village), await staff(village, Role.SECRETARY, "")
    row = await draft_of(village, author)
    await drafting.save(village.context, secretary, row.id, row.version, replace(row.fields, title="Họp xã"))
    with pytest.raises(Conflict) as told:
        await drafting.save(village.context, author, row.id, row.version, replace(row.fields, body="Mời họp."))
    theirs = told.value.theirs
    assert (theirs.fields.title, theirs.updated_by) == ("Họp xã", secretary.id)
    kept = await drafting.save(village.context, author, row.id, theirs.version, replace(row.fields, body="Mời họp."))
    assert (kept.fields.title, kept.fields.body) == ("Họp thôn", "Mời họp.")


async def test_saving_the_same_words_again_is_no_conflict_and_no_new_version(village: Village) -> None:
    author = await staff(village)
    row = await draft_of(village, author)
    again = await drafting.save(village.context, author, row.id, row.version - 1, row.fields)
    assert again.version == row.version


async def test_of_many_who_save_at_once_over_one_version_one_does(village: Village) -> None:
    author = await staff(village)
    row = await draft_of(village, author)
    saved = await asyncio.gather(
        *(drafting.save(village.context, author, row.id, row.version, replace(row.fields, title=f"Bản {number}"))
          for number in range(5)),
        return_exceptions=True,
    )  # fmt: skip
    assert sorted(isinstance(one, Conflict) for one in saved) == [False, True, True, True, True]
    assert (await drafting.look(village.context, author, row.id)).version == row.version + 1


async def test_whoever_announces_there_or_above_may_open_it_and_nobody_else(village: Village) -> None:
    row = await draft_of(village, await staff(village))
    for role, area in ((Role.SECRETARY, ""), (Role.VILLAGE_HEAD, "Thu Quế")):
        assert (await drafting.look(village.context, await staff(village, role, area), row.id)).id == row.id
    for role, area in ((Role.VILLAGE_HEAD, "Thống Nhất"), (Role.GROUP_LEADER, "Thu Quế 1")):
        stranger = await staff(village, role, area)
        with pytest.raises(NotFound):
            await drafting.look(village.context, stranger, row.id)
        with pytest.raises(NotFound):
            await send_draft(village.context, stranger, row.id, row.mark)
        assert await drafting.unfinished(village.context, stranger) == []
    with pytest.raises(NotAllowed):
        await drafting.look(village.context, await staff(village, Role.DESK_OFFICER, ""), row.id)


async def test_sent_at_once_it_goes_out_ten_seconds_later_and_not_before(village: Village) -> None:
    author = await staff(village)
    row = await draft_of(village, author)
    sent = await send_draft(village.context, author, row.id, row.mark)
    assert (sent.state, sent.due_at) == (AnnouncementState.SCHEDULED, START + timedelta(seconds=10))
    assert await publish_due(village.context.database, START + timedelta(seconds=9.9)) == []
    assert await publish_due(village.context.database, START + timedelta(seconds=10)) == [sent.id]


async def test_a_double_press_sends_once(village: Village) -> None:
    author = await staff(village)
    row = await draft_of(village, author, areas=(author.area_id,))
    codes = {one.code for one in await asyncio.gather(
        *(send_draft(village.context, author, row.id, row.mark) for _ in range(4))
    )}  # fmt: skip
    village.later(minutes=5)
    codes.add((await send_draft(village.context, author, row.id, row.mark)).code)
    assert [one.code for one in await announced(village)] == list(codes)


async def test_undo_after_nine_point_nine_seconds_brings_the_draft_back(village: Village) -> None:
    author = await staff(village)
    row = await drafting.add_files(village.context, author, (await draft_of(village, author)).id, [file(village)])
    sent = await send_draft(village.context, author, row.id, row.mark)
    village.later(seconds=9.9)
    await publish_due(village.context.database, village.now)
    back = await call_back(village.context, sent.code, author)
    assert (back.undone, back.draft_id) == (True, row.id)
    village.later(seconds=10)
    assert await publish_due(village.context.database, village.now) == []
    (draft,) = await drafting.unfinished(village.context, author)
    assert (draft.fields, draft.files, draft.mark) == (row.fields, row.files, row.mark)
    assert (await send_draft(village.context, author, row.id, draft.mark)).announcement != sent.announcement


async def test_undo_after_ten_point_one_seconds_is_too_late(village: Village) -> None:
    author = await staff(village)
    row = await draft_of(village, author)
    sent = await send_draft(village.context, author, row.id, row.mark)
    village.later(seconds=10.1)
    await publish_due(village.context.database, village.now)
    back = await call_back(village.context, sent.code, author)
    assert (back.undone, back.row.state) == (False, AnnouncementState.PUBLISHED)
    assert await drafting.unfinished(village.context, author) == []


async def test_undo_and_going_out_at_the_same_moment_end_in_one_of_the_two(village: Village) -> None:
    author = await staff(village)
    row = await draft_of(village, author)
    sent = await send_draft(village.context, author, row.id, row.mark)
    village.later(seconds=10)
    published, back = await asyncio.gather(
        publish_due(village.context.database, village.now), call_back(village.context, sent.code, author)
    )
    assert back.undone is (published == [])
    async with village.context.database.read() as connection:
        assert (await board.notice(connection, sent.announcement) is None) is back.undone


async def test_undo_twice_is_the_same_as_once(village: Village) -> None:
    author = await staff(village)
    row = await draft_of(village, author)
    sent = await send_draft(village.context, author, row.id, row.mark)
    assert [(await call_back(village.context, sent.code, author)).undone for _ in range(2)] == [True, True]


async def test_what_changed_since_it_was_looked_at_is_not_sent(village: Village) -> None:
    author = await staff(village)
    row = await draft_of(village, author)
    await drafting.add_files(village.context, author, row.id, [file(village)])
    with pytest.raises(Changed):
        await send_draft(village.context, author, row.id, row.mark)
    assert await announced(village) == []


async def test_an_unfinished_draft_says_what_it_lacks_field_by_field(village: Village) -> None:
    author = await staff(village)
    foreign = village.area("Thống Nhất").id
    row = await draft_of(village, author, title="", body="", later=True, areas=(foreign,),
                         valid_until=START - timedelta(hours=1))  # fmt: skip
    with pytest.raises(Unfinished) as refused:
        await send_draft(village.context, author, row.id, row.mark)
    assert set(refused.value.lacks) == {"title", "body", "due", "until", "areas"}
    nowhere = await draft_of(village, author, areas=())
    with pytest.raises(Unfinished, match="can't be sent"):
        await send_draft(village.context, author, nowhere.id, nowhere.mark)
    assert await announced(village) == []


async def test_a_correction_names_what_it_corrects(village: Village) -> None:
    author = await staff(village)
    older = await village.announce()
    row = await draft_of(village, author, supersedes=older.announcement)
    assert (await send_draft(village.context, author, row.id, row.mark)).supersedes == older.announcement


async def test_files_are_kept_once_in_their_order_and_no_more_than_ten(village: Village) -> None:
    author = await staff(village)
    row = await draft_of(village, author)
    first, second = file(village, "a.pdf"), file(village, "b.pdf")
    await drafting.add_files(village.context, author, row.id, [first, second, first])
    moved = await drafting.move_file(village.context, author, row.id, second.path)
    assert moved.files == (second, first)
    assert moved.version == row.version  # somebody who is typing meanwhile is not disturbed
    with pytest.raises(Mistake, match="nhiều nhất là 10"):
        await drafting.add_files(village.context, author, row.id, [file(village, f"{one}.pdf") for one in range(9)])
    for _ in range(2):
        left = await drafting.drop_file(village.context, author, row.id, second.path)
    assert left.files == (first,)


async def test_a_draft_thrown_away_can_be_taken_back_for_a_day(village: Village) -> None:
    author = await staff(village)
    row = await draft_of(village, author)
    assert await drafting.throw_away(village.context, author, row.id)
    assert await drafting.unfinished(village.context, author) == []
    with pytest.raises(Mistake, match="đã được bỏ"):
        await drafting.save(village.context, author, row.id, row.version, Fields(title="Khác"))
    assert await drafting.take_back(village.context, author, row.id)
    assert [one.id for one in await drafting.unfinished(village.context, author)] == [row.id]
    await drafting.throw_away(village.context, author, row.id)
    assert await upkeep.forget_drafts(village.context.database, START + timedelta(hours=23)) == 0
    assert await upkeep.forget_drafts(village.context.database, START + timedelta(hours=25)) == 1


async def test_drafts_nobody_touched_for_sixty_days_are_forgotten(village: Village) -> None:
    author = await staff(village)
    row = await draft_of(village, author)
    assert await upkeep.forget_drafts(village.context.database, START + timedelta(days=60)) == 0
    assert await upkeep.forget_drafts(village.context.database, START + timedelta(days=60, seconds=1)) == 1
    async with village.context.database.read() as connection:
        assert await drafts.load(connection, row.id) is None


async def test_sent_back_by_an_approver_it_is_the_same_draft_with_the_reason(village: Village) -> None:
    village.context.settings.approval.needed_from = [Role.VILLAGE_HEAD]
    author, secretary = await staff(village), await staff(village, Role.SECRETARY, "")
    row = await draft_of(village, author)
    sent = await send_draft(village.context, author, row.id, row.mark)
    assert sent.state is AnnouncementState.PROPOSED
    await approving.send_back(village.context, sent.code, "Thiếu giờ.", secretary)
    (draft,) = await drafting.unfinished(village.context, author)
    assert (draft.id, draft.returned_for, draft.fields) == (row.id, "Thiếu giờ.", row.fields)
    assert await sending.sent_as(village.context, author, row.id) is None
    await send_draft(village.context, author, row.id, draft.mark)
    assert await drafting.unfinished(village.context, author) == []
