"""/thongbao: from the command to the announcement, and back."""

from datetime import UTC, datetime, timedelta

import pytest

from announcements.rendering import phrase
from announcements.types import AnnouncementState, ChannelKind, Kind, Role, Urgency
from bot.config.accounts import TelegramAccount
from bot.conversations.drafts import Composition, Step, begin, title_and_body
from db.announcing import notices
from db.announcing.notices import BroadcastRow
from db.engine import Database
from db.tables import t
from db.writer import Writer
from scheduler import broadcasts
from scheduler.messages import Messages
from tests.bot.conversation_doubles import World
from tests.makers import NOON, Commune, make_chats

HEAD, SECRETARY, LEADER = 202, 203, 201
TEXT = "Mời họp thôn\nĐúng 19h30 tại nhà văn hóa.\nBàn việc <làm đường> & thu quỹ."


@pytest.fixture
def world(database: Database, writer: Writer) -> World:
    return World(database, writer)


@pytest.fixture
async def head(world: World, commune: Commune) -> int:
    """The head of Thu Quế, who has groups to choose from."""
    await world.staff("Trưởng thôn", Role.VILLAGE_HEAD, commune.villages["Thu Quế"], account=HEAD)
    return HEAD


async def announced(world: World) -> list[BroadcastRow]:
    async with world.context.database.read() as connection:
        return await notices.latest(connection)


async def audience(world: World, row: BroadcastRow) -> set[int]:
    async with world.context.database.read() as connection:
        return set(await notices.audience_of(connection, row.announcement_id))


async def compose(world: World, user: int, *, time: str = "Gửi ngay", text: str = TEXT) -> None:
    """As far as the review."""
    await world.text(user, "/thongbao")
    await world.tap(user, "✔ Xong")
    await world.tap(user, "Mời họp")
    await world.text(user, text)
    await world.tap(user, time)


async def test_a_notice_composed_step_by_step_goes_out_ten_seconds_after_it_is_confirmed(
    world: World, commune: Commune, head: int
) -> None:
    await compose(world, head)
    assert await announced(world) == []
    await world.tap(head, "📢 Gửi")
    (row,) = await announced(world)
    assert (row.title, row.body) == ("Mời họp thôn", TEXT.partition("\n")[2])
    assert (row.kind, row.urgency, row.state) == (Kind.MEETING, Urgency.NORMAL, AnnouncementState.SCHEDULED)
    assert row.due_at == NOON + timedelta(seconds=10)
    assert await audience(world, row) == {commune.villages["Thu Quế"].id}
    assert f"{row.announcement} sẽ gửi sau 10 giây, lúc 12:00:10." in world.last(head).text
    assert world.last(head).labels == ["↩ Hoàn tác"]
    assert await broadcasts.publish_due(world.context.database, NOON + timedelta(seconds=9)) == []
    assert await broadcasts.publish_due(world.context.database, NOON + timedelta(seconds=10)) == [row.id]


async def test_the_preview_is_what_the_dispatcher_will_say_but_for_the_code(
    world: World, commune: Commune, head: int
) -> None:
    await make_chats(world.context.database, [commune.villages["Thu Quế"], commune.groups["Thống Nhất 1"]])
    await compose(world, head)
    preview, review = [message.text for message in world.to(head)[-2:]]
    await world.tap(head, "📢 Gửi")
    (row,) = await announced(world)
    context = world.context
    messages = Messages(
        context.database, "telegram", ChannelKind.TELEGRAM, world.chat.limits, context.settings.commune.zone,
        context.link, context.settings.uploads, context.settings.commune.name,
    )  # fmt: skip
    (real,) = (await messages.words(row.id)).parts
    assert preview == real.replace(row.announcement, phrase("compose.code_later"))
    assert "&lt;làm đường&gt; &amp; thu quỹ" in preview
    assert "Gửi tới Thôn Thu Quế: 3 hộ, 1 nhóm chat." in review


async def test_a_long_notice_is_previewed_in_all_its_parts(world: World, commune: Commune, head: int) -> None:
    await compose(world, head, text="Nội quy\n" + "Một câu trong nội quy của thôn.\n" * 200)
    parts = [message.text for message in world.to(head) if "(1/2)" in message.text or "(2/2)" in message.text]
    assert len(parts) == 2


async def test_undo_before_it_goes_out_leaves_nothing_to_send(world: World, commune: Commune, head: int) -> None:
    await compose(world, head)
    await world.tap(head, "📢 Gửi")
    await world.tap(head, "Hoàn tác")
    (row,) = await announced(world)
    assert row.state is AnnouncementState.WITHDRAWN
    assert world.last(head).text == f"Đã hoàn tác. Thông báo {row.announcement} không được gửi đi."
    assert await broadcasts.publish_due(world.context.database, NOON + timedelta(minutes=1)) == []


async def test_where_approval_is_needed_the_author_is_told_that_it_waits(
    world: World, commune: Commune, head: int
) -> None:
    world.context.settings.approval.needed_from = [Role.VILLAGE_HEAD]
    await compose(world, head)
    await world.tap(head, "📢 Gửi")
    (row,) = await announced(world)
    assert row.state is AnnouncementState.PROPOSED
    assert world.last(head).text.startswith(f"Thông báo {row.announcement} đang chờ duyệt")
    await world.tap(head, "Hoàn tác")
    (row,) = await announced(world)
    assert row.state is AnnouncementState.WITHDRAWN
    assert "không được gửi đi" in world.last(head).text


async def test_undo_after_it_went_out_asks_before_withdrawing(world: World, commune: Commune, head: int) -> None:
    await compose(world, head)
    await world.tap(head, "📢 Gửi")
    world.pass_time(seconds=11)
    await broadcasts.publish_due(world.context.database, world.time)
    await world.tap(head, "Hoàn tác")
    (row,) = await announced(world)
    assert row.state is AnnouncementState.PUBLISHED
    assert "đã gửi đi rồi" in world.last(head).text
    await world.tap(head, "Thu hồi")
    (row,) = await announced(world)
    assert row.state is AnnouncementState.WITHDRAWN
    assert world.last(head).text.startswith(f"Đã thu hồi thông báo {row.announcement}.")


async def test_confirming_again_after_a_crash_announces_nothing_twice(
    world: World, commune: Commune, head: int
) -> None:
    await compose(world, head)
    confirm = next(one.data for one in world.last(head).buttons if "Gửi" in one.label)
    for _ in range(3):
        world.restart()
        await world.press(head, confirm)
    (row,) = await announced(world)
    assert f"{row.announcement} sẽ gửi sau 10 giây, lúc 12:00:10." in world.last(head).text
    assert world.last(head).labels == ["↩ Hoàn tác"]


async def test_a_restart_in_the_middle_loses_nothing(world: World, commune: Commune, head: int) -> None:
    await world.text(head, "/thongbao")
    world.restart()
    await world.tap(head, "Xong")
    world.restart()
    await world.tap(head, "Cảnh báo")
    world.restart()
    await world.text(head, TEXT)
    world.restart()
    await world.tap(head, "Sáng mai 06:30")
    world.restart()
    await world.tap(head, "📢 Gửi")
    (row,) = await announced(world)
    assert row.kind is Kind.WARNING
    assert row.due_at == datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert "6 giờ 30, thứ Ba ngày 24/11/2026" in world.last(head).text


async def test_a_village_head_chooses_among_their_own_groups_only(world: World, commune: Commune, head: int) -> None:
    await world.text(head, "/thongbao")
    assert world.last(head).labels[:3] == ["☑ Toàn bộ Thôn Thu Quế", "☐ Tổ 1", "☐ Tổ 2"]
    await world.tap(head, "Tổ 2")
    assert world.last(head).labels[:3] == ["☐ Toàn bộ Thôn Thu Quế", "☐ Tổ 1", "☑ Tổ 2"]
    token = world.last(head).buttons[0].data.split(":")[2]
    for other in (commune.villages["Thống Nhất"], commune.groups["Thống Nhất 1"], commune.root):
        assert (await world.press(head, f"tb:a:{token}:{other.id}:1")).alert
    await world.tap(head, "Xong")
    await world.tap(head, "Y tế")
    await world.text(head, "Tiêm phòng\nTại trạm y tế.")
    await world.tap(head, "Gửi ngay")
    await world.tap(head, "📢 Gửi")
    (row,) = await announced(world)
    assert await audience(world, row) == {commune.groups["Thu Quế 2"].id}


async def test_a_box_ticked_twice_by_a_repeated_press_stays_ticked(world: World, commune: Commune, head: int) -> None:
    await world.text(head, "/thongbao")
    tick = world.last(head).buttons[1].data
    for _ in range(2):
        await world.press(head, tick)
    assert "☑ Tổ 1" in world.last(head).labels
    await world.tap(head, "☑ Tổ 1")
    answer = await world.tap(head, "Xong")
    assert answer.text == "Chưa chọn nơi nào. Xin chọn ít nhất một nơi."


async def test_the_secretary_sends_to_several_villages_at_once(world: World, commune: Commune) -> None:
    await world.staff("Văn phòng", Role.SECRETARY, commune.root, account=SECRETARY)
    await world.text(SECRETARY, "/thongbao")
    await world.tap(SECRETARY, "Thôn Thu Quế")
    await world.tap(SECRETARY, "Thôn Thống Nhất")
    await world.tap(SECRETARY, "Xong")
    await world.tap(SECRETARY, "Thông báo chung")
    await world.text(SECRETARY, "Lịch trực\nXem tại xã.")
    await world.tap(SECRETARY, "Gửi ngay")
    assert "Gửi tới Thôn Thu Quế; Thôn Thống Nhất: 6 hộ." in world.last(SECRETARY).text
    await world.tap(SECRETARY, "📢 Gửi")
    (row,) = await announced(world)
    assert await audience(world, row) == {area.id for area in commune.villages.values()}


async def test_a_group_leader_is_not_asked_where(world: World, commune: Commune) -> None:
    await world.staff("Tổ trưởng", Role.GROUP_LEADER, commune.groups["Thu Quế 1"], account=LEADER)
    await world.text(LEADER, "/thongbao")
    assert world.last(LEADER).text == "Thông báo về việc gì?"


async def test_a_desk_officer_may_not_announce_nor_withdraw(world: World, commune: Commune, head: int) -> None:
    await world.staff("Chị Tư pháp", Role.DESK_OFFICER, commune.root, account=LEADER)
    await world.text(LEADER, "/thongbao")
    assert "Việc này chưa giao cho Chị Tư pháp." in world.last(LEADER).text
    await compose(world, head)
    await world.tap(head, "📢 Gửi")
    (row,) = await announced(world)
    assert (await world.press(LEADER, f"tb:u:{row.code}")).alert
    assert (await announced(world))[0].state is AnnouncementState.SCHEDULED


async def test_the_neighbouring_head_cannot_take_a_notice_back(world: World, commune: Commune, head: int) -> None:
    await compose(world, head)
    await world.tap(head, "📢 Gửi")
    (row,) = await announced(world)
    await world.staff("Trưởng thôn bên", Role.VILLAGE_HEAD, commune.villages["Thống Nhất"], account=LEADER)
    for action in ("u", "w"):
        answer = await world.press(LEADER, f"tb:{action}:{row.code}")
        assert "không thuộc địa bàn của Trưởng thôn bên" in answer.text
    assert (await announced(world))[0].state is AnnouncementState.SCHEDULED


async def test_a_typed_time_and_what_is_wrong_with_one(world: World, commune: Commune, head: int) -> None:
    await compose(world, head)
    await world.tap(head, "Đổi giờ")
    await world.text(head, "bao giờ cũng được")
    assert "Chưa hiểu thời điểm “bao giờ cũng được”." in world.last(head).text
    await world.text(head, "sáng nay 6h")
    assert "đã qua" in world.last(head).text
    await world.text(head, "25/11 19:00")
    await world.tap(head, "📢 Gửi")
    (row,) = await announced(world)
    assert row.due_at == datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


async def test_a_text_that_is_too_long_is_refused_with_a_sentence(world: World, commune: Commune, head: int) -> None:
    await world.text(head, "/thongbao")
    await world.tap(head, "Xong")
    await world.tap(head, "Mời họp")
    await world.text(head, "Tiêu đề\n" + "chữ " * 6000)
    assert "nhiều nhất là 20000" in world.last(head).text
    await world.text(head, TEXT)
    assert world.last(head).text.startswith("Gửi lúc nào?")


async def test_everything_can_be_changed_at_the_review(world: World, commune: Commune, head: int) -> None:
    await compose(world, head)
    await world.tap(head, "Đổi mức khẩn")
    await world.tap(head, "Khẩn cấp")
    await world.tap(head, "Sửa nội dung")
    await world.text(head, "Nước lên\nXin chuyển đồ đạc lên cao.")
    await world.tap(head, "Đổi loại")
    await world.tap(head, "Cảnh báo")
    await world.tap(head, "Đổi nơi nhận")
    await world.tap(head, "Tổ 1")
    await world.tap(head, "Xong")
    assert "🚨 KHẨN CẤP · ⚠️ CẢNH BÁO" in world.to(head)[-2].text
    await world.tap(head, "📢 Gửi")
    (row,) = await announced(world)
    assert (row.title, row.kind, row.urgency) == ("Nước lên", Kind.WARNING, Urgency.EMERGENCY)
    assert await audience(world, row) == {commune.groups["Thu Quế 1"].id}


async def test_a_change_can_be_left_again_and_a_new_draft_has_nothing_to_go_back_to(
    world: World, commune: Commune, head: int
) -> None:
    await compose(world, head)
    assert not [one for one in world.to(head)[0].labels if "Quay lại" in one]
    for change in ("Sửa nội dung", "Đổi giờ", "Đổi loại", "Đổi nơi nhận", "Đổi mức khẩn", "Đặt hạn hiệu lực"):
        await world.tap(head, change)
        await world.tap(head, "« Quay lại")
        assert world.last(head).labels[0] == "📢 Gửi"
    await world.tap(head, "📢 Gửi")
    (row,) = await announced(world)
    assert (row.title, row.kind) == ("Mời họp thôn", Kind.MEETING)


async def test_cancelling_leaves_nothing_behind(world: World, commune: Commune, head: int) -> None:
    await world.text(head, "/huy")
    assert world.last(head).text == "Không có việc gì đang làm dở."
    await compose(world, head)
    confirm = next(one.data for one in world.last(head).buttons if "Gửi" in one.label)
    await world.text(head, "/huy")
    assert world.last(head).text == "Đã bỏ việc đang làm dở. Chưa có gì được gửi đi."
    await world.press(head, confirm)
    assert "Bản soạn này không còn nữa." in world.last(head).text
    assert await announced(world) == []


async def test_a_button_of_an_earlier_draft_changes_nothing(world: World, commune: Commune, head: int) -> None:
    await compose(world, head)
    confirm = next(one.data for one in world.last(head).buttons if "Gửi" in one.label)
    await world.text(head, "/thongbao")
    await world.press(head, confirm, message_id=1)
    assert world.to(head)[0].text.startswith("Bản soạn này không còn nữa.")
    assert await announced(world) == []


async def test_a_draft_without_text_cannot_be_sent_by_a_forged_press(world: World, commune: Commune, head: int) -> None:
    await world.text(head, "/thongbao")
    token = world.last(head).buttons[0].data.split(":")[2]
    for data in (f"tb:s:{token}", f"tb:e:{token}:review", f"tb:g:{token}:9", f"tb:t:{token}:1"):
        assert (await world.press(head, data)).alert
    assert await announced(world) == []


async def test_a_draft_left_lying_does_not_swallow_a_message_the_next_day(
    world: World, commune: Commune, head: int
) -> None:
    await world.text(head, "/thongbao")
    await world.tap(head, "Xong")
    await world.tap(head, "Mời họp")
    world.pass_time(hours=13)
    await world.text(head, "chào")
    assert world.last(head).text.startswith("Kính chào Trưởng thôn")


async def test_who_has_ended_meanwhile_cannot_send_the_draft(world: World, commune: Commune, head: int) -> None:
    await compose(world, head)
    async with world.context.database.write() as connection:
        await connection.execute(t.staff.update().values(ended_at=NOON))
    answer = await world.tap(head, "📢 Gửi")
    assert answer.alert
    assert await announced(world) == []


async def test_an_area_without_households_is_not_sent_to(world: World, commune: Commune, head: int) -> None:
    await compose(world, head)
    async with world.context.database.write() as connection:
        await connection.execute(t.household.update().values(left_at=NOON))
    answer = await world.tap(head, "📢 Gửi")
    assert "không có hộ nào" in answer.text
    assert await announced(world) == []


@pytest.mark.parametrize(
    ("text", "title", "body"),
    [
        ("Mời họp\nTối nay 19h.", "Mời họp", "Tối nay 19h."),
        ("Mời họp\n\n• Một\n• Hai", "Mời họp", "• Một\n• Hai"),
        ("Mời họp thôn. Đúng 19h30 tại nhà văn hóa.", "Mời họp thôn", "Đúng 19h30 tại nhà văn hóa."),
        ("Cắt điện sáng mai!", "Cắt điện sáng mai!", "Cắt điện sáng mai!"),
        ("Ai nhặt được chìa khóa? Xin báo trưởng thôn", "Ai nhặt được chìa khóa?", "Xin báo trưởng thôn"),
    ],
)
def test_the_first_line_or_sentence_is_the_title(text: str, title: str, body: str) -> None:
    assert title_and_body(text) == (title, body)


def test_a_first_line_that_is_no_title_is_kept_whole_in_the_body() -> None:
    long = "Kính gửi toàn thể bà con " * 12
    for text in (long.strip(), f"{long.strip()}\nTrân trọng."):
        title, body = title_and_body(text)
        assert len(title) <= 100
        assert title.endswith("…")
        assert body == text


def test_a_composition_survives_being_kept() -> None:
    draft = begin(7, has_areas_below=True).onwards(kind=Kind.HEALTH, title="A", body="B", due="now",
                                                   urgency=Urgency.URGENT)  # fmt: skip
    assert Composition.from_state(draft.as_state()) == draft
    assert draft.step is Step.AREAS
    assert draft.onwards(areas_chosen=True).step is Step.REVIEW


async def test_what_the_plan_has_no_room_for_is_said_with_the_number(world: World, commune: Commune, head: int) -> None:
    await make_chats(world.context.database, [commune.groups["Thu Quế 1"], commune.groups["Thu Quế 2"]])
    await compose(world, head)
    said = len(world.to(head))  # counts as well
    plan = TelegramAccount(name="telegram", channel="telegram", token="1:x", most_messages_per_month=said + 1)
    world.context.settings.accounts = [plan]
    assert "cần 2 tin, tháng này còn 1" in (await world.tap(head, "📢 Gửi")).text
    assert await announced(world) == []
