"""Staff in private: linking their account, /baocao, /chuanhan; and what happens to the chats themselves."""

import io

import pytest
from PIL import Image

from announcements.channels import RefusedReason
from announcements.reach import Answer, Figures
from announcements.types import ChannelKind, Device, How, Outcome, Role
from bot.channels.telegram.updates import BotStatus, MemberUpdate, MigrationUpdate, TextUpdate
from bot.drawing.bars import reach_png
from bot.office.notices import announcing
from db.announcing.notices import BroadcastRow
from db.answering import answers
from db.answering.answers import Record
from db.counting import doors
from db.engine import Database
from db.places import chats
from db.platforms import accounts
from db.tables import t
from db.writer import Writer
from tests.bot.conversation_doubles import World
from tests.makers import NOON, Commune, make_broadcast, make_chats

LEADER, HEAD, SECRETARY, STRANGER = 201, 202, 203, 901
GROUP = -100123


@pytest.fixture
def world(database: Database, writer: Writer) -> World:
    return World(database, writer)


@pytest.fixture
async def leader(world: World, commune: Commune) -> int:
    """The leader of the group of Bà Lan and Ông Hải."""
    await world.staff("Tổ trưởng", Role.GROUP_LEADER, commune.groups["Thu Quế 1"], account=LEADER)
    return LEADER


@pytest.fixture
async def notice(world: World, commune: Commune) -> BroadcastRow:
    """A notice to the whole commune; Bà Lan has acknowledged it."""
    row = await make_broadcast(world.context.database, [commune.root], title="Họp <thôn>")
    lan = Record(row.id, commune.households["Bà Lan"], Answer(How.BOARD, NOON, channel="board"))
    async with world.context.database.write() as connection:
        await answers.record(connection, [lan])
    return row


async def outcome(world: World, row: BroadcastRow, household: str) -> Outcome:
    async with world.context.database.read() as connection:
        door = await doors.of_household(connection, row.id, household)
    assert door is not None
    return door.outcome


async def records(world: World) -> int:
    """How many answers are stored, undone ones too."""
    async with world.context.database.read() as connection:
        return len((await connection.execute(t.acknowledgement.select())).all())


# Linking


async def test_the_staff_code_links_the_account_and_lists_what_the_role_may_do(world: World, commune: Commune) -> None:
    staff = await world.staff("Bà Trưởng", Role.VILLAGE_HEAD, commune.villages["Thu Quế"])
    await world.text(HEAD, f"/start {staff.code.lower()}")
    linked, greeting = world.to(HEAD)
    assert linked.text == "Đã nhận ra Bà Trưởng. Từ nay ông/bà dùng tài khoản này để làm việc với bot."
    assert greeting.text.startswith("Kính chào Bà Trưởng (Trưởng thôn, Thôn Thu Quế).")
    for command in ("/thongbao", "/baocao", "/chuanhan", "/choduyet", "/huy"):
        assert command in greeting.text


async def test_the_staff_code_alone_is_enough(world: World, commune: Commune) -> None:
    staff = await world.staff("Bà Trưởng", Role.VILLAGE_HEAD, commune.villages["Thu Quế"])
    await world.text(HEAD, f" {staff.code.replace('-', ' ')} ")
    assert world.last(HEAD).text.startswith("Kính chào Bà Trưởng")


async def test_a_desk_officer_is_offered_reports_only(world: World, commune: Commune) -> None:
    await world.staff("Chị Tư pháp", Role.DESK_OFFICER, commune.root, account=HEAD)
    await world.text(HEAD, "/start")
    assert "/baocao" in world.last(HEAD).text
    assert "/thongbao" not in world.last(HEAD).text
    assert "/chuanhan" not in world.last(HEAD).text
    await world.text(HEAD, "/chuanhan")
    assert world.last(HEAD).text.startswith("Việc này chưa giao cho Chị Tư pháp.")


async def test_who_has_ended_is_refused_and_so_is_a_second_account(world: World, commune: Commune) -> None:
    staff = await world.staff("Tổ trưởng", Role.GROUP_LEADER, commune.groups["Thu Quế 1"])
    await world.text(LEADER, f"/start {staff.code}")
    await world.text(STRANGER, f"/start {staff.code}")
    assert "đã gắn với một tài khoản khác" in world.last(STRANGER).text
    async with world.context.database.write() as connection:
        await connection.execute(t.staff.update().values(ended_at=NOON))
    await world.text(STRANGER, f"/start {staff.code}")
    assert "đã thôi nhiệm vụ" in world.last(STRANGER).text
    await world.text(LEADER, "/baocao")
    assert world.last(LEADER).text.startswith("Việc này dành cho cán bộ")


async def test_wrong_staff_codes_count_as_tries(world: World, commune: Commune) -> None:
    staff = await world.staff("Tổ trưởng", Role.GROUP_LEADER, commune.groups["Thu Quế 1"])
    for number in range(10):
        await world.text(STRANGER, f"/start CB-0000000{number}")
        assert "Không có cán bộ nào mang mã" in world.last(STRANGER).text
    await world.text(STRANGER, f"/start {staff.code}")
    assert world.last(STRANGER).text.startswith("Ông/bà đã thử nhiều lần")


async def test_a_press_link_opens_linking_for_staff_too(world: World, commune: Commune, leader: int) -> None:
    await world.text(leader, "/start lk")
    assert world.last(leader).labels == ["🏠 Chọn hộ trong danh sách"]


# /baocao


async def test_the_report_of_a_group_leader_is_of_their_group_only(
    world: World, commune: Commune, leader: int, notice: BroadcastRow
) -> None:
    await world.text(leader, "/baocao")
    assert world.last(leader).labels == ["23/11 12:00 · Họp <thôn>"]
    await world.tap(leader, "Họp")
    text = world.last(leader).text
    assert "<b>Họp &lt;thôn&gt;</b>" in text
    assert "Đã có tin: 1/2 hộ (50%). Còn 1 hộ chưa có tin." in text
    assert "Tổ 1               2    1    0    0    1" in text
    assert "Thôn" not in text.partition("<pre>")[2].partition("</pre>")[0]
    ((to, png),) = world.chat.pictures
    assert to == leader
    assert Image.open(io.BytesIO(png)).format == "PNG"


async def test_the_secretary_sees_every_group_and_the_sums_agree(
    world: World, commune: Commune, notice: BroadcastRow
) -> None:
    await world.staff("Văn phòng", Role.SECRETARY, commune.root, account=SECRETARY)
    await world.text(SECRETARY, f"/baocao {notice.announcement.lower()}")
    table = world.last(SECRETARY).text.partition("<pre>")[2].partition("</pre>")[0].splitlines()
    assert [line[:15].rstrip() for line in table] == [
        "Địa bàn", "Xã Thử", " Thôn Thu Quế", "  Tổ 1", "  Tổ 2", " Thôn Thống Nh…", "  Tổ 1", "  Tổ 2", "Cộng",
    ]  # fmt: skip
    assert len({len(line) for line in table}) == 1
    rows = [[int(cell) for cell in line[15:].split()] for line in table[1:]]
    assert rows[0] == rows[-1] == [6, 1, 0, 0, 5]
    assert all(row[0] == sum(row[1:]) for row in rows)


async def test_a_notice_of_the_next_village_shows_nothing(world: World, commune: Commune, leader: int) -> None:
    other = await make_broadcast(world.context.database, [commune.villages["Thống Nhất"]], title="Chuyện riêng")
    for command in ("/baocao", "/chuanhan"):
        await world.text(leader, command)
        assert world.last(leader).text == "Chưa có thông báo nào được gửi tới Tổ 1."
        await world.text(leader, f"{command} {other.announcement}")
        assert world.last(leader).text == f"Thông báo {other.announcement} không gửi tới Tổ 1."
    for data in (f"bc:s:{other.code}", f"gc:s:{other.code}"):
        assert (await world.press(leader, data)).alert
    assert all("Chuyện riêng" not in message.text for message in world.chat.said)
    assert world.chat.pictures == []


async def test_unknown_and_unsent_notices_get_a_sentence(world: World, commune: Commune, leader: int) -> None:
    await world.text(leader, "/baocao TB-0000")
    assert "Không có thông báo nào mang mã “TB-0000”." in world.last(leader).text
    planned = await make_broadcast(world.context.database, [commune.groups["Thu Quế 1"]], publish=False)
    await world.text(leader, f"/baocao {planned.code}")
    assert "chưa được gửi đi" in world.last(leader).text


def test_a_picture_needs_an_area_and_takes_any_name() -> None:
    with pytest.raises(ValueError, match="at least one area"):
        reach_png("Họp", [])
    rows = [("Tổ 1 🏠 $x^", Figures(4, 4, 4, 1, 1, 1)), ("Tổ không", Figures())]
    picture = Image.open(io.BytesIO(reach_png("📢 Mời họp $ngày mai$ " * 8, rows)))
    assert picture.width == 1080
    assert picture.width + picture.height < 10_000


# /chuanhan


async def test_the_list_names_the_open_doors_with_telephone_and_counts(
    world: World, commune: Commune, leader: int, notice: BroadcastRow
) -> None:
    async with world.context.database.write() as connection:
        await connection.execute(
            t.phone.insert().values(household_id=commune.households["Ông Hải"], number="+84912345678", position=0)
        )
    await world.text(leader, f"/chuanhan {notice.announcement}")
    text = world.last(leader).text
    assert "Còn 1/2 hộ chưa có tin. Trang 1/1" in text
    assert "1. <b>Ông Hải</b> · Tổ 1 · 0912 345 678" in text
    assert "Bà Lan" not in text
    assert world.last(leader).labels == ["1. Ông Hải", "Đã gặp", "Đã gọi", "Để phiếu", "Không gặp…"]
    answer = await world.tap(leader, "1. Ông Hải")
    assert answer.alert
    assert "0912 345 678" in answer.text


async def test_who_has_several_villages_sees_in_which_one_a_household_lives(
    world: World, commune: Commune, notice: BroadcastRow
) -> None:
    await world.staff("Văn phòng", Role.SECRETARY, commune.root, account=SECRETARY)
    await world.text(SECRETARY, f"/chuanhan {notice.code}")
    assert "3. <b>Chị Mai</b> · Tổ 1, Thôn Thống Nhất" in world.last(SECRETARY).text


@pytest.mark.parametrize("label", ["Đã gặp", "Đã gọi", "Để phiếu"])
async def test_a_household_told_in_person_is_recorded_and_can_be_undone(
    world: World, commune: Commune, leader: int, notice: BroadcastRow, label: str
) -> None:
    await world.text(leader, f"/chuanhan {notice.code}")
    answer = await world.tap(leader, label)
    assert answer.text.startswith("Đã ghi: hộ Ông Hải – ")
    assert await outcome(world, notice, "H-002") is Outcome.TOLD
    assert world.last(leader).labels == ["✔ 1. Ông Hải: Đã báo trực tiếp", "Hoàn tác"]
    assert "Còn 0/2 hộ chưa có tin." in world.last(leader).text
    assert world.moved == [notice.id]
    answer = await world.tap(leader, "Hoàn tác")
    assert answer.text == "Đã bỏ ghi nhận của hộ Ông Hải."
    assert await outcome(world, notice, "H-002") is Outcome.OPEN
    assert "Đã gặp" in world.last(leader).labels


async def test_who_could_not_be_met_gets_a_reason(
    world: World, commune: Commune, leader: int, notice: BroadcastRow
) -> None:
    await world.text(leader, f"/chuanhan {notice.code}")
    await world.tap(leader, "Không gặp…")
    assert world.last(leader).text == "Vì sao không báo được cho hộ Ông Hải?"
    assert len(world.last(leader).labels) == 7
    await world.tap(leader, "Quay lại")
    assert await outcome(world, notice, "H-002") is Outcome.OPEN
    await world.tap(leader, "Không gặp…")
    await world.tap(leader, "Đi viện")
    assert await outcome(world, notice, "H-002") is Outcome.NOT_REACHED
    assert world.last(leader).labels == ["✔ 1. Ông Hải: Đi viện", "Hoàn tác"]


async def test_a_press_repeated_after_a_crash_records_and_undoes_once(
    world: World, commune: Commune, leader: int, notice: BroadcastRow
) -> None:
    await world.text(leader, f"/chuanhan {notice.code}")
    unreachable = world.last(leader).buttons[4].data.replace("gc:w:", "gc:r:") + ":away"
    met = world.last(leader).buttons[1].data
    before = await records(world)
    for data in (unreachable, unreachable, met, met):
        world.restart()
        world.pass_time(seconds=1)
        await world.press(leader, data)
    assert await records(world) == before + 2
    undo = world.last(leader).buttons[1].data
    for _ in range(2):
        await world.press(leader, undo)
    assert await outcome(world, notice, "H-002") is Outcome.NOT_REACHED


async def test_a_household_that_answered_meanwhile_is_left_alone(
    world: World, commune: Commune, leader: int, notice: BroadcastRow
) -> None:
    await world.text(leader, f"/chuanhan {notice.code}")
    met = world.last(leader).buttons[1].data
    hai = Record(notice.id, commune.households["Ông Hải"], Answer(How.BOARD, NOON, channel="board"))
    async with world.context.database.write() as connection:
        await answers.record(connection, [hai])
    answer = await world.press(leader, met)
    assert answer.text == "Hộ này đã có tin, không cần ghi thêm."
    assert await outcome(world, notice, "H-002") is Outcome.ACKNOWLEDGED
    assert world.last(leader).text.startswith("Không còn hộ nào phải gõ cửa")


async def test_the_household_of_another_group_cannot_be_recorded(
    world: World, commune: Commune, leader: int, notice: BroadcastRow
) -> None:
    await world.text(leader, f"/chuanhan {notice.code}")
    met = world.last(leader).buttons[1].data
    mai = met.replace(f":{commune.households['Ông Hải']}", f":{commune.households['Chị Mai']}")
    assert mai != met
    answer = await world.press(leader, mai)
    assert "Mai" not in answer.text
    assert await outcome(world, notice, "H-004") is Outcome.OPEN
    assert (await world.press(STRANGER, met)).alert
    assert await outcome(world, notice, "H-002") is Outcome.OPEN


async def test_pages_of_six_do_not_shift_while_a_leader_works(world: World, commune: Commune, leader: int) -> None:
    group = commune.groups["Thu Quế 1"]
    rows = [{"code": f"N-{n:02}", "area_id": group.id, "head_name": f"Hộ {n:02}", "representative": "",
             "address": f"Ngõ {n:02}", "note": "", "device": Device.BASIC, "joined_at": NOON}
            for n in range(12)]  # fmt: skip
    async with world.context.database.write() as connection:
        await connection.execute(t.household.insert(), rows)
    row = await make_broadcast(world.context.database, [group])
    await world.text(leader, "/chuanhan")
    await world.tap(leader, "Họp thôn")
    first = [label for label in world.last(leader).labels if label[0].isdigit()]
    assert len(first) == 6
    for _ in range(6):
        await world.tap(leader, "Đã gặp")
    assert len([label for label in world.last(leader).labels if label.startswith("✔")]) == 6
    await world.tap(leader, "Sau ›")
    second = [label for label in world.last(leader).labels if label[0].isdigit()]
    assert len(second) == 6
    assert not {label.partition(" ")[2] for label in first} & {label.partition(" ")[2] for label in second}
    assert "Trang 2/3" in world.last(leader).text
    world.pass_time(minutes=2)
    await world.text(leader, f"/chuanhan {row.code}")
    assert "Còn 8/14 hộ chưa có tin. Trang 1/2" in world.last(leader).text


async def test_a_withdrawn_notice_has_no_doors(
    world: World, commune: Commune, leader: int, notice: BroadcastRow
) -> None:
    await world.text(leader, f"/chuanhan {notice.code}")
    met = world.last(leader).buttons[1].data
    await announcing.withdraw(world.context, notice.code)
    answer = await world.press(leader, met)
    assert answer.text == f"Thông báo {notice.announcement} đã thu hồi, không cần gõ cửa nữa."
    assert await outcome(world, notice, "H-002") is Outcome.OPEN


# The chats themselves


def in_group(text: str, *, anonymous: bool = True, chat_id: int = GROUP) -> TextUpdate:
    return TextUpdate(0 if anonymous else 101, "Tổ 1", chat_id, False, 1, text, None, anonymous)


async def test_a_group_hears_only_the_question_for_its_id(world: World, commune: Commune) -> None:
    for text in ("chào", "/start", "/baocao", "/thongbao", "7K3M9Q"):
        await world.bot.handle(in_group(text))
    assert world.chat.said == []
    await world.bot.handle(in_group("/nhom"))
    assert f"Mã của nhóm này là {GROUP}." in world.last(GROUP).text
    assert f"--account telegram --address {GROUP}" in world.last(GROUP).text


async def test_a_command_for_another_bot_is_not_answered(world: World, commune: Commune) -> None:
    async with world.context.database.write() as connection:
        await accounts.register(connection, "telegram", ChannelKind.TELEGRAM)
    await world.context.writer.submit(accounts.note_health, accounts.Health("telegram", NOON, "", "@loa_thon_bot"))
    await world.bot.handle(in_group("/nhom@other_bot"))
    assert world.chat.said == []
    await world.bot.handle(in_group("/nhom@Loa_Thon_Bot", anonymous=False))
    assert len(world.to(GROUP)) == 1


async def test_a_group_that_asks_again_and_again_is_not_answered_each_time(world: World, commune: Commune) -> None:
    for _ in range(10):
        await world.bot.handle(in_group("/nhom"))
    assert len(world.to(GROUP)) == 3


@pytest.mark.parametrize(
    ("status", "can_post", "reason"),
    [
        (BotStatus.KICKED, False, RefusedReason.BLOCKED),
        (BotStatus.LEFT, False, RefusedReason.BLOCKED),
        (BotStatus.RESTRICTED, False, RefusedReason.NO_RIGHTS),
        (BotStatus.MEMBER, True, ""),
    ],
)
async def test_the_bots_place_in_a_chat_is_its_health(
    world: World, commune: Commune, status: BotStatus, can_post: bool, reason: str
) -> None:
    group = commune.groups["Thu Quế 1"]
    address = (await make_chats(world.context.database, [group]))[group.code]
    async with world.context.database.write() as connection:
        await connection.execute(t.chat.update().values(lost_reason="chat_gone"))
    for _ in range(2):
        await world.bot.handle(MemberUpdate(int(address), "Tổ 1", status, can_post, 1))
    async with world.context.database.read() as connection:
        (chat,) = await chats.everything(connection)
    assert chat.lost_reason == reason
    await world.bot.handle(MemberUpdate(-5, "Nhóm lạ", status, can_post, 1))
    assert world.chat.said == []


async def test_a_group_that_moves_is_followed(world: World, commune: Commune) -> None:
    group = commune.groups["Thu Quế 1"]
    address = (await make_chats(world.context.database, [group]))[group.code]
    for _ in range(2):
        await world.bot.handle(MigrationUpdate(int(address), -100777))
    async with world.context.database.read() as connection:
        (chat,) = await chats.everything(connection)
    assert chat.address == "-100777"
