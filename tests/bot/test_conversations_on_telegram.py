"""The conversations over the real adapter and a strict Telegram: markup, keyboards, redrawing as the API has them."""

from collections.abc import AsyncIterator

import pytest

from announcements.types import ChannelKind, Role
from bot.conversations import menu
from bot.office.staff import access
from bot.tidings.ways import ButtonWay, Pace
from bot.tidings.wish_answers import say_decided
from db.engine import Database
from db.links import cards
from db.tables import t
from db.writer import Writer
from scheduler.limiter import Limiter
from tests.bot.conversation_doubles import World
from tests.bot.telegram_line import Line, open_line
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_faults import cut_after, refusal, too_many
from tests.fakes.telegram_world import Standing
from tests.makers import NOON, Commune, make_broadcast, make_chats


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as telegram:
        yield telegram


@pytest.fixture
def world(database: Database, writer: Writer) -> World:
    return World(database, writer)


@pytest.fixture
async def line(telegram: FakeTelegram, world: World) -> AsyncIterator[Line]:
    async with open_line(telegram, world) as line:
        yield line


async def test_a_card_link_and_the_number_of_the_own_telephone(
    telegram: FakeTelegram, line: Line, world: World, commune: Commune
) -> None:
    lan, hai = telegram.user("Lan"), telegram.user("Hải")
    async with world.context.database.write() as connection:
        codes = {row.head_name: row.code for row in await cards.issue(connection, commune.root.path, NOON)}
        await connection.execute(
            t.phone.insert().values(household_id=commune.households["Ông Hải"], number="+84912345678", position=0)
        )
    await line.text(lan, f"/start {codes['Bà Lan']}")
    assert "Đã liên kết với hộ Bà Lan, Tổ 1, Thôn Thu Quế." in line.last(lan).text
    await line.text(hai, "/start lk")
    asked = telegram.calls("sendMessage", hai.id)[0].params["reply_markup"]
    assert asked["keyboard"] == [[{"text": "📱 Gửi số điện thoại", "request_contact": True}]]
    await line.contact(hai, "84912345678")
    assert "Đã liên kết với hộ Ông Hải" in line.last(hai).text


async def test_a_household_chosen_from_the_list_and_approved(
    telegram: FakeTelegram, line: Line, world: World, commune: Commune
) -> None:
    lan, leader = telegram.user("Lan", last_name="& <Con>"), telegram.user("Tổ trưởng")
    staff = await world.staff("Tổ trưởng", Role.GROUP_LEADER, commune.groups["Thu Quế 1"])
    await line.text(leader, f"/start {staff.code}")
    await line.text(lan, "/start")
    for label in ("Chọn hộ trong danh sách", "Thôn Thu Quế", "Tổ 1", "Bà Lan"):
        await line.tap(lan, label)
    question = line.last(leader)
    assert question.text.startswith("Lan & <Con> muốn liên kết với hộ Bà Lan")
    assert [entity["type"] for entity in question.entities] == ["text_link"]
    await line.tap(leader, "Đúng người của hộ")
    assert line.last(leader).text.startswith("Đã xác nhận Lan & <Con>")
    assert line.last(leader).buttons == []
    await say_decided(world.context, [ButtonWay(ChannelKind.TELEGRAM, line.channel, Pace(Limiter(1000.0, 0.0, 0.0)))])
    assert line.last(lan).text.startswith("Ông/bà đã được xác nhận là người của hộ Bà Lan")


async def test_a_notice_from_the_command_to_undo(
    telegram: FakeTelegram, line: Line, world: World, commune: Commune
) -> None:
    head = telegram.user("Trưởng thôn")
    await world.staff("Trưởng thôn", Role.VILLAGE_HEAD, commune.villages["Thu Quế"], account=head.id)
    await line.text(head, "/thongbao")
    await line.tap(head, "Tổ 1")
    await line.tap(head, "Xong")
    await line.tap(head, "Mời họp")
    await line.text(head, "Họp <thôn> & bầu tổ phó\nTối nay.\n" + "Một điều trong quy ước của thôn.\n" * 160)
    await line.tap(head, "Gửi ngay")
    first = next(one for one in telegram.sent(head.id) if "(1/2)" in one.text)
    assert any(entity["type"] == "bold" for entity in first.entities)
    assert "Họp <thôn> & bầu tổ phó" in first.text
    await line.tap(head, "📢 Gửi")
    assert "sẽ gửi sau 10 giây" in line.last(head).text
    await line.tap(head, "Hoàn tác")
    assert line.last(head).text.startswith("Đã hoàn tác.")


async def test_a_report_with_its_picture_and_a_door_closed(
    telegram: FakeTelegram, line: Line, world: World, commune: Commune
) -> None:
    secretary = telegram.user("Văn phòng")
    await world.staff("Văn phòng", Role.SECRETARY, commune.root, account=secretary.id)
    row = await make_broadcast(world.context.database, [commune.root])
    await line.text(secretary, "/baocao")
    await line.tap(secretary, "Họp thôn")
    table, picture = telegram.sent(secretary.id)[-2:]
    assert [entity["type"] for entity in table.entities] == ["bold", "pre"]
    assert picture.file is not None
    assert picture.file.content.startswith(b"\x89PNG")
    await line.text(secretary, f"/chuanhan {row.announcement}")
    assert len(line.last(secretary).buttons) == 30
    press = await line.tap(secretary, "Để phiếu")
    assert press.answer is not None
    assert press.answer.text == "Đã ghi: hộ Bà Lan – Để lại giấy báo."
    assert "✔ 1. Bà Lan: Đã báo trực tiếp" in [button["text"] for button in line.last(secretary).buttons]


async def test_a_list_whose_message_is_gone_is_said_anew(
    telegram: FakeTelegram, line: Line, world: World, commune: Commune
) -> None:
    leader = telegram.user("Tổ trưởng")
    await world.staff("Tổ trưởng", Role.GROUP_LEADER, commune.groups["Thu Quế 1"], account=leader.id)
    row = await make_broadcast(world.context.database, [commune.root])
    await line.text(leader, f"/chuanhan {row.announcement}")
    gone = line.last(leader)
    gone.deleted = True
    await line.tap(leader, "Đã gặp")
    assert line.last(leader) is not gone
    assert "Còn 1/2 hộ chưa có tin" in line.last(leader).text


async def test_a_group_learns_its_id(telegram: FakeTelegram, line: Line, world: World, commune: Commune) -> None:
    mai = telegram.user("Mai")
    group = telegram.group("Tổ 1 Thống Nhất", [mai])
    await line.text(mai, "/nhom", group.id)
    assert f"Mã của nhóm này là {group.id}." in telegram.sent(group.id)[-1].text


async def test_a_flood_pause_is_waited_out_and_a_lost_answer_is_not_repeated(
    telegram: FakeTelegram, line: Line, world: World, commune: Commune
) -> None:
    lan = telegram.user("Lan")
    telegram.private(lan)
    telegram.fault(too_many(1), method="sendMessage")
    await line.text(lan, "/giupdo")
    assert len(telegram.sent(lan.id)) == 1
    telegram.fault(cut_after(), method="sendMessage")
    await line.text(lan, "/giupdo")
    assert len(telegram.sent(lan.id)) == 2


async def test_the_bots_leaving_a_group_and_coming_back_is_noted(
    telegram: FakeTelegram, line: Line, world: World, commune: Commune
) -> None:
    group = commune.groups["Thu Quế 1"]
    await make_chats(world.context.database, [group])
    mai = telegram.user("Mai")
    chat = telegram.group("Tổ 1", [mai])
    async with world.context.database.write() as connection:
        await connection.execute(t.chat.update().values(address=str(chat.id)))
    reasons = []
    for standing in (Standing.KICKED, Standing.MEMBER):
        await line.deliver(telegram.set_standing(chat.id, standing, mai))
        async with world.context.database.read() as connection:
            reasons.append((await connection.execute(t.chat.select())).one().lost_reason)
    assert reasons == ["blocked", ""]


async def test_web_gives_staff_a_button_that_signs_them_in_once(
    telegram: FakeTelegram, line: Line, world: World, commune: Commune
) -> None:
    head, lan = telegram.user("Trưởng thôn"), telegram.user("Lan")
    staff = await world.staff("Trưởng thôn", Role.VILLAGE_HEAD, commune.villages["Thu Quế"], account=head.id)
    await line.text(head, "/web")
    (button,) = line.last(head).buttons
    assert line.last(head).text.startswith(
        "Bấm nút dưới đây để mở trang quản lý. Nút chỉ dùng được một lần, trong 10 phút"
    )
    token = button["url"].removeprefix("http://127.0.0.1:8000/login/")
    _, who = await access.sign_in(world.context, token, "thử")
    assert who.code == staff.code
    with pytest.raises(access.LinkDead):
        await access.sign_in(world.context, token, "thử")
    await line.text(lan, "/web")
    assert line.last(lan).text.startswith("Việc này dành cho cán bộ")


async def test_where_the_platform_takes_no_such_button_the_link_is_written_out(
    telegram: FakeTelegram, line: Line, world: World, commune: Commune
) -> None:
    head = telegram.user("Trưởng thôn")
    await world.staff("Trưởng thôn", Role.VILLAGE_HEAD, commune.villages["Thu Quế"], account=head.id)
    telegram.private(head)
    telegram.fault(
        refusal(400, "Bad Request: inline keyboard button URL is invalid: Wrong HTTP URL"), method="sendMessage"
    )
    await line.text(head, "/web")
    assert "http://127.0.0.1:8000/login/" in line.last(head).text


async def test_the_menu_holds_what_a_persons_role_may_do(
    telegram: FakeTelegram, line: Line, world: World, commune: Commune
) -> None:
    officer = telegram.user("Tư pháp")
    staff = await world.staff("Tư pháp", Role.DESK_OFFICER, commune.root)
    await menu.offer(line.channel, menu.of_residents())
    await line.text(officer, f"/start {staff.code}")
    menus = {whose: [one["command"] for one in commands] for whose, commands in telegram.state.menus.items()}
    assert menus == {"all_private_chats": ["start", "giupdo", "bolienket"], str(officer.id): ["baocao", "web", "huy"]}
    assert "/baocao – xem bao nhiêu hộ đã có tin" in line.last(officer).text


async def test_a_menu_that_cannot_be_set_is_no_trouble(
    telegram: FakeTelegram, line: Line, world: World, commune: Commune
) -> None:
    officer = telegram.user("Tư pháp")
    staff = await world.staff("Tư pháp", Role.DESK_OFFICER, commune.root)
    telegram.fault(refusal(400, "Bad Request: chat not found"), method="setMyCommands")
    await line.text(officer, f"/start {staff.code}")
    assert line.last(officer).text.startswith("Kính chào Tư pháp")
