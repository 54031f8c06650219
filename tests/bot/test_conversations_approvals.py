"""Notices that wait for approval, on Telegram: asked, let out, sent back, and the author told."""

import pytest

from announcements.drafts import Draft
from announcements.types import AnnouncementState, ChannelKind, Role
from bot.office.notices import announcing, approving
from bot.tidings.proposals import ask_approvers
from db.access import people
from db.announcing import notices
from db.announcing.notices import BroadcastRow
from db.engine import Database
from db.writer import Writer
from tests.bot.conversation_doubles import World
from tests.makers import Commune

LEADER, SECRETARY, APPROVER, HEAD = 201, 203, 204, 202


@pytest.fixture
async def world(database: Database, writer: Writer, commune: Commune) -> World:
    """A group leader who needs approval, a secretary of the commune, an approver, the head of the village."""
    world = World(database, writer)
    world.context.settings.approval.needed_from = [Role.GROUP_LEADER]
    await world.staff("Bà Tổ", Role.GROUP_LEADER, commune.groups["Thu Quế 1"], account=LEADER)
    await world.staff("Ông Thư", Role.SECRETARY, commune.root, account=SECRETARY)
    await world.staff("Ông Trưởng", Role.VILLAGE_HEAD, commune.villages["Thu Quế"], account=HEAD)
    return world


async def propose(world: World, *, time: str = "Gửi ngay") -> BroadcastRow:
    await world.text(LEADER, "/thongbao")
    await world.tap(LEADER, "Mời họp")
    await world.text(LEADER, "Họp <tổ>\nTối mai 19h30.")
    await world.tap(LEADER, time)
    await world.tap(LEADER, "📢 Gửi")
    await ask_approvers(world.context)
    await world.tell()
    return await latest(world)


async def latest(world: World) -> BroadcastRow:
    async with world.context.database.read() as connection:
        return (await notices.latest(connection))[0]


async def test_a_proposal_is_shown_to_who_may_let_it_out_and_its_author_hears(world: World) -> None:
    row = await propose(world)
    assert row.state is AnnouncementState.PROPOSED
    assert "đang chờ duyệt" in world.last(LEADER).text
    sample, question = world.to(SECRETARY)
    assert "Họp <tổ>" in sample.text
    assert question.text.startswith(f"⬆ Bà Tổ xin gửi thông báo trên ({row.announcement}) tới Tổ 1, Thôn Thu Quế.")
    assert world.to(HEAD) == []
    world.pass_time(minutes=5)
    await world.tap(SECRETARY, "Cho gửi")
    assert (await latest(world)).state is AnnouncementState.PUBLISHED
    assert world.last(SECRETARY).text == f"Đã cho gửi thông báo {row.announcement}: ngay bây giờ."
    await world.tell()
    assert world.last(LEADER).text == f"Thông báo {row.announcement} “Họp <tổ>” đã được duyệt, gửi ngay bây giờ."


async def test_a_later_notice_let_out_goes_out_at_its_time(world: World) -> None:
    await propose(world, time="Sáng mai 06:30")
    await world.tap(SECRETARY, "Cho gửi")
    assert (await latest(world)).state is AnnouncementState.SCHEDULED
    await world.tell()
    assert "6 giờ 30, thứ Ba ngày 24/11/2026" in world.last(LEADER).text


async def test_a_proposal_sent_back_says_why(world: World) -> None:
    row = await propose(world)
    await world.tap(SECRETARY, "Trả lại")
    await world.tap(SECRETARY, "Quay lại")
    await world.tap(SECRETARY, "Trả lại")
    await world.tap(SECRETARY, "Ngày giờ chưa đúng")
    assert (await latest(world)).state is AnnouncementState.RETURNED
    await world.tell()
    assert world.last(LEADER).text.startswith(
        f"Thông báo {row.announcement} “Họp <tổ>” được trả lại: Ngày giờ chưa đúng."
    )


async def test_what_was_called_back_or_decided_is_decided_once(world: World, commune: Commune) -> None:
    row = await propose(world)
    await world.tap(LEADER, "Hoàn tác")
    answer = await world.tap(SECRETARY, "Cho gửi")
    assert answer.alert
    assert (await latest(world)).state is AnnouncementState.WITHDRAWN
    for forged in (f"dy:y:{row.code}", f"dy:n:{row.code}:words", f"dy:n:{row.code}:nonsense", "dy:y:TB-0000.1", "dy:y"):
        assert (await world.press(SECRETARY, forged)).alert
    assert (await latest(world)).state is AnnouncementState.WITHDRAWN


async def test_nobody_lets_out_their_own_nor_without_the_right(world: World, commune: Commune) -> None:
    row = await propose(world)
    for user in (LEADER, HEAD, 999):
        assert (await world.press(user, f"dy:y:{row.code}")).alert
    await world.staff("Người duyệt bên", Role.APPROVER, commune.villages["Thống Nhất"], account=APPROVER)
    assert (await world.press(APPROVER, f"dy:y:{row.code}")).alert
    assert (await latest(world)).state is AnnouncementState.PROPOSED


async def test_the_nearest_who_take_messages_are_asked(world: World, commune: Commune) -> None:
    await world.staff("Người duyệt", Role.APPROVER, commune.villages["Thu Quế"], account=APPROVER)
    await propose(world)
    assert "xin gửi thông báo trên" in world.last(APPROVER).text
    assert world.to(SECRETARY) == []


async def test_what_waits_is_listed_with_the_households_that_wait(world: World, commune: Commune) -> None:
    await world.text(SECRETARY, "/choduyet")
    assert world.last(SECRETARY).text == "Không có việc nào chờ ông/bà duyệt ở Xã Thử."
    row = await propose(world)
    await world.text(SECRETARY, "/choduyet")
    assert f"({row.announcement}) tới Tổ 1" in world.last(SECRETARY).text
    await world.tap(SECRETARY, "Cho gửi")
    await world.text(SECRETARY, "/choduyet")
    assert world.last(SECRETARY).text.startswith("Không có việc nào")
    await announcing.withdraw(world.context, row.announcement)


async def test_who_waits_too_long_is_brought_before_everybody_who_may_decide(world: World, commune: Commune) -> None:
    await world.staff("Người duyệt", Role.APPROVER, commune.villages["Thu Quế"], account=APPROVER)
    await propose(world)
    world.pass_time(minutes=61)
    for _ in range(2):  # the second look tells nobody anything
        await ask_approvers(world.context)
        await world.tell()
    assert len(world.to(SECRETARY)) == len(world.to(APPROVER)) == 2
    assert world.to(HEAD) == []


async def test_what_was_written_elsewhere_is_asked_about_and_answered_to_its_author_all_the_same(
    world: World, commune: Commune
) -> None:
    async with world.context.database.read() as connection:
        leader = await people.of_account(connection, ChannelKind.TELEGRAM, str(LEADER), world.time)
    row = await announcing.announce(world.context, Draft("Họp", "Mời dự."), to=["thu-que-to-1"], staff=leader)
    await ask_approvers(world.context)
    await world.tell()
    assert f"({row.announcement})" in world.last(SECRETARY).text
    await approving.send_back(world.context, row.announcement, "Ghi rõ giờ")
    await world.tell()
    assert "được trả lại: Ghi rõ giờ." in world.last(LEADER).text
