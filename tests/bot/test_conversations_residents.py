"""Residents link themselves to their household: by card, by phone, by asking their leader."""

import pytest

from announcements.channels import Refused, RefusedReason, SlowDown, Unsure
from announcements.types import ChannelKind, Grade, Outcome, Role
from announcements.wishes import card_in
from bot.channels.telegram.keyboards import NoKeyboard, PhoneRequest
from bot.conversations import messenger
from db.answering import presses
from db.answering.presses import Press, PressVerdict
from db.counting import doors
from db.engine import Database
from db.links import cards, identities
from db.platforms import usage
from db.tables import IdentityState, t
from db.writer import Writer
from tests.bot.conversation_doubles import World
from tests.makers import NOON, Commune, make_broadcast, make_chats, make_identity

LAN, HAI, MAI, LEADER, HEAD = 101, 102, 103, 201, 202


@pytest.fixture
def world(database: Database, writer: Writer) -> World:
    return World(database, writer)


async def cards_of(world: World, commune: Commune) -> dict[str, str]:
    async with world.context.database.write() as connection:
        return {row.head_name: row.code for row in await cards.issue(connection, commune.root.path, NOON)}


async def linked(world: World, user: int) -> list[str]:
    async with world.context.database.read() as connection:
        return [row.head_name for row in await identities.of(connection, ChannelKind.TELEGRAM, str(user))]


async def give_phone(world: World, household_id: int, number: str) -> None:
    async with world.context.database.write() as connection:
        await connection.execute(t.phone.insert().values(household_id=household_id, number=number, position=0))


async def test_what_the_bot_says_to_people_counts_against_its_plan(world: World) -> None:
    await world.text(LAN, "/start")
    await world.text(LAN, "/trogiup")
    said = len(world.to(LAN))
    async with world.context.database.read() as connection:
        assert (await usage.of(connection, "2026-11"))["telegram"].messages == said >= 2


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("7K3M9Q", "7K3M9Q"),
        (" 7k3m9q ", "7K3M9Q"),
        ("7k3-m9q", "7K3M9Q"),
        ("7K3 M9O", "7K3M90"),
        ("LK 7K3M9Q", "7K3M9Q"),
        ("lk7k3m9q", "7K3M9Q"),
        ("LK: 7K3M9Q", "7K3M9Q"),
        ("LK 12", "12"),
        ("đã nhận", None),
        ("ok ok ok", None),
        ("da nhan", None),
        ("7K3M9", None),
        ("0912345678", None),
        ("", None),
    ],
)
def test_a_card_code_is_read_as_people_type_it_and_words_are_not(text: str, code: str | None) -> None:
    assert card_in(text) == code


async def test_the_code_of_a_card_links_the_account_in_any_case(world: World, commune: Commune) -> None:
    codes = await cards_of(world, commune)
    await world.text(LAN, f"/start {codes['Bà Lan'].lower()}")
    assert world.last(LAN).text.startswith("Đã liên kết với hộ Bà Lan, Tổ 1, Thôn Thu Quế.")
    assert isinstance(world.last(LAN).keyboard, NoKeyboard)
    await world.text(HAI, f"LK {codes['Ông Hải']}")
    await world.text(MAI, codes["Chị Mai"])
    assert [await linked(world, user) for user in (LAN, HAI, MAI)] == [["Bà Lan"], ["Ông Hải"], ["Chị Mai"]]


async def test_the_same_card_twice_says_that_it_is_linked_already(world: World, commune: Commune) -> None:
    codes = await cards_of(world, commune)
    await world.text(LAN, codes["Bà Lan"])
    await world.text(LAN, codes["Bà Lan"])
    assert "đã liên kết với hộ Bà Lan" in world.last(LAN).text
    assert await linked(world, LAN) == ["Bà Lan"]


async def test_another_card_takes_the_place_of_the_first(world: World, commune: Commune) -> None:
    codes = await cards_of(world, commune)
    await world.text(LAN, codes["Bà Lan"])
    await world.text(LAN, codes["Ông Hải"])
    assert await linked(world, LAN) == ["Ông Hải"]


async def test_presses_from_before_the_link_count_and_the_person_is_told(world: World, commune: Commune) -> None:
    group = commune.groups["Thu Quế 1"]
    address = (await make_chats(world.context.database, [group]))[group.code]
    row = await make_broadcast(world.context.database, [group])
    early = Press("telegram", ChannelKind.TELEGRAM, address, str(LAN), row.code, Grade.RECEIVED, NOON)
    async with world.context.database.write() as connection:
        await connection.execute(t.delivery.update().values(state="sent", attempts=1))
        assert (await presses.press(connection, [early]))[0].verdict is PressVerdict.STRANGER
    codes = await cards_of(world, commune)
    await world.text(LAN, codes["Bà Lan"])
    assert "Đã tính 1 lần" in world.last(LAN).text
    assert world.moved == [row.id]
    async with world.context.database.read() as connection:
        door = await doors.of_household(connection, row.id, "H-001")
    assert door is not None
    assert door.outcome is Outcome.ACKNOWLEDGED


async def test_wrong_and_revoked_codes_get_different_sentences(world: World, commune: Commune) -> None:
    codes = await cards_of(world, commune)
    async with world.context.database.write() as connection:
        await cards.revoke(connection, [commune.households["Bà Lan"]], NOON)
    await world.text(LAN, "/start 999999")
    assert world.last(LAN).text.startswith("Không có thẻ nào mang mã 999999.")
    await world.text(LAN, codes["Bà Lan"])
    assert "đã được thu hồi" in world.last(LAN).text
    assert await linked(world, LAN) == []


async def test_after_ten_wrong_codes_even_a_right_one_waits(world: World, commune: Commune) -> None:
    codes = await cards_of(world, commune)
    for number in range(10):
        await world.text(LAN, f"00000{number}")
    await world.text(LAN, codes["Bà Lan"])
    assert world.last(LAN).text == (
        "Ông/bà đã thử nhiều lần chưa đúng. Xin đợi 11 phút rồi thử lại, hoặc hỏi tổ trưởng."
    )
    assert await linked(world, LAN) == []
    await world.text(HAI, codes["Ông Hải"])
    assert await linked(world, HAI) == ["Ông Hải"]
    world.pass_time(minutes=10, seconds=1)
    await world.text(LAN, codes["Bà Lan"])
    assert await linked(world, LAN) == ["Bà Lan"]


@pytest.mark.parametrize("start", ["/start", "/start lk", "/start anything_else", "/START@loa_thon_bot"])
async def test_start_without_a_code_offers_phone_and_list(world: World, commune: Commune, start: str) -> None:
    await world.text(LAN, start)
    asked, offered = world.to(LAN)
    assert asked.keyboard == PhoneRequest("📱 Gửi số điện thoại")
    assert offered.labels == ["🏠 Chọn hộ trong danh sách"]


async def test_the_own_number_links_when_one_household_has_it(world: World, commune: Commune) -> None:
    await give_phone(world, commune.households["Bà Lan"], "+84912345678")
    await world.contact(LAN, "84912345678")
    assert await linked(world, LAN) == ["Bà Lan"]


@pytest.mark.parametrize(
    ("phone", "sentence"),
    [
        ("+84912345678", "ghi ở nhiều hộ"),
        ("+84987654321", "chưa có trong danh sách"),
        ("12", "chưa có trong danh sách"),
    ],
)
async def test_a_number_of_none_or_several_falls_to_choosing(
    world: World, commune: Commune, phone: str, sentence: str
) -> None:
    for head in ("Bà Lan", "Ông Hải"):
        await give_phone(world, commune.households[head], "+84912345678")
    await world.contact(LAN, phone)
    explained, offered = world.to(LAN)
    assert sentence in explained.text
    assert offered.labels == ["🏠 Chọn hộ trong danh sách"]
    assert await linked(world, LAN) == []


async def test_somebody_elses_number_is_refused(world: World, commune: Commune) -> None:
    await give_phone(world, commune.households["Chị Mai"], "+84912345678")
    await world.contact(LAN, "+84912345678", own=False)
    assert "của người khác" in world.last(LAN).text
    assert await linked(world, LAN) == []


async def choose(world: World, user: int, *labels: str) -> None:
    await world.text(user, "/start")
    for label in ("Chọn hộ trong danh sách", *labels):
        await world.tap(user, label)


async def test_who_chooses_a_household_waits_for_the_nearest_leader(world: World, commune: Commune) -> None:
    await world.staff("Tổ trưởng Một", Role.GROUP_LEADER, commune.groups["Thu Quế 1"], account=LEADER)
    await world.staff("Trưởng thôn", Role.VILLAGE_HEAD, commune.villages["Thu Quế"], account=HEAD)
    await choose(world, LAN, "Thôn Thu Quế", "Tổ 1", "Bà Lan")
    assert "Xin chờ tổ trưởng xác nhận" in world.last(LAN).text
    assert await linked(world, LAN) == []
    assert world.to(HEAD) == []
    question = world.last(LEADER)
    assert question.text.startswith("Lan muốn liên kết với hộ Bà Lan, Tổ 1, Thôn Thu Quế.")
    assert question.labels == ["Đúng người của hộ", "Không phải"]
    await world.tap(LEADER, "Đúng người của hộ")
    await world.tell()
    assert await linked(world, LAN) == ["Bà Lan"]
    assert "Ông/bà đã được xác nhận là người của hộ Bà Lan" in world.last(LAN).text
    assert (question.text, question.buttons) == ("Đã xác nhận Lan là người của hộ Bà Lan, Tổ 1, Thôn Thu Quế.", [])


async def test_a_refused_wish_links_nothing_and_is_answered_once(world: World, commune: Commune) -> None:
    await world.staff("Tổ trưởng Một", Role.GROUP_LEADER, commune.groups["Thu Quế 1"], account=LEADER)
    await choose(world, LAN, "Thôn Thu Quế", "Tổ 1", "Bà Lan")
    no = world.last(LEADER).buttons[1].data
    await world.press(LEADER, no)
    await world.tell()
    assert "chưa được chấp nhận" in world.last(LAN).text
    told = len(world.to(LAN))
    await world.press(LEADER, no)
    await world.tell()
    assert world.last(LEADER).text == "Yêu cầu này đã được trả lời."
    assert len(world.to(LAN)) == told
    assert await linked(world, LAN) == []


async def test_staff_of_another_village_cannot_decide_nor_learn_who_it_is(world: World, commune: Commune) -> None:
    await world.staff("Tổ trưởng Một", Role.GROUP_LEADER, commune.groups["Thu Quế 1"], account=LEADER)
    await world.staff("Trưởng thôn bên", Role.VILLAGE_HEAD, commune.villages["Thống Nhất"], account=HEAD)
    await choose(world, LAN, "Thôn Thu Quế", "Tổ 1", "Bà Lan")
    yes = world.last(LEADER).buttons[0].data
    for stranger in (HEAD, LAN, MAI):
        answer = await world.press(stranger, yes)
        assert answer.alert
        assert "Bà Lan" not in answer.text
    assert await linked(world, LAN) == []


async def test_a_role_that_does_not_record_is_not_asked(world: World, commune: Commune) -> None:
    await world.staff("Tư pháp", Role.DESK_OFFICER, commune.root, account=HEAD)
    await choose(world, LAN, "Thôn Thu Quế", "Tổ 1", "Bà Lan")
    assert "chưa có cán bộ dùng Telegram" in world.last(LAN).text
    assert world.to(HEAD) == []


async def test_a_leader_who_blocked_the_bot_is_passed_over(world: World, commune: Commune) -> None:
    await world.staff("Tổ trưởng Một", Role.GROUP_LEADER, commune.groups["Thu Quế 1"], account=LEADER)
    await world.staff("Trưởng thôn", Role.VILLAGE_HEAD, commune.villages["Thu Quế"], account=HEAD)
    world.chat.blocked_by, world.chat.refusal = {LEADER}, lambda: Refused(RefusedReason.BLOCKED)
    await choose(world, LAN, "Thôn Thu Quế", "Tổ 1", "Bà Lan")
    assert world.last(HEAD).labels == ["Đúng người của hộ", "Không phải"]


async def test_wishes_wait_for_a_leader_who_comes_later(world: World, commune: Commune) -> None:
    await choose(world, LAN, "Thôn Thu Quế", "Tổ 1", "Bà Lan")
    leader = await world.staff("Tổ trưởng Một", Role.GROUP_LEADER, commune.groups["Thu Quế 1"])
    await world.text(LEADER, f"/start {leader.code}")
    await world.text(LEADER, "/choduyet")
    await world.tap(LEADER, "Đúng người của hộ")
    assert await linked(world, LAN) == ["Bà Lan"]
    await world.text(LEADER, "/choduyet")
    assert world.last(LEADER).text == "Không có việc nào chờ ông/bà duyệt ở Tổ 1."


async def test_a_household_outside_the_opened_list_cannot_be_chosen(world: World, commune: Commune) -> None:
    await choose(world, LAN, "Thôn Thu Quế", "Tổ 1")
    answer = await world.press(LAN, f"lk:c:{commune.households['Chị Mai']}")
    assert answer.alert
    assert all("Mai" not in message.text for message in world.to(LAN))
    async with world.context.database.read() as connection:
        assert (await connection.execute(t.identity.select())).all() == []


async def test_names_show_only_after_a_group_is_opened_and_of_few_groups(world: World, commune: Commune) -> None:
    await choose(world, LAN, "Thôn Thu Quế")
    assert world.last(LAN).labels == ["Tổ 1", "Tổ 2", "« Nơi khác"]
    ids = [commune.groups[name].id for name in ("Thu Quế 1", "Thu Quế 2", "Thống Nhất 1", "Thống Nhất 2")]
    for area_id in [*ids, ids[0], ids[1]]:
        await world.press(LAN, f"lk:a:{area_id}:1")
    assert "Ông/bà đã mở danh sách của nhiều tổ." in world.last(LAN).text
    world.pass_time(days=1, seconds=1)
    await world.press(LAN, f"lk:a:{ids[1]}:1")
    assert "Ông Bình" in world.last(LAN).labels


async def test_a_long_list_comes_in_pages_of_eight_and_namesakes_get_their_code(world: World, commune: Commune) -> None:
    group = commune.groups["Thu Quế 1"]
    rows = [{"code": f"N-{n:02}", "area_id": group.id, "head_name": "Bà Trùng" if n < 2 else f"Hộ {n:02}",
             "representative": "", "address": "", "note": "", "device": "unknown", "joined_at": NOON}
            for n in range(15)]  # fmt: skip
    async with world.context.database.write() as connection:
        await connection.execute(t.household.insert(), rows)
    await choose(world, LAN, "Thôn Thu Quế", "Tổ 1")
    first = world.last(LAN).labels
    assert first[-2:] == ["Sau ›", "« Nơi khác"]
    await world.tap(LAN, "Sau ›")
    second = world.last(LAN).labels
    assert "Sau ›" in second
    await world.tap(LAN, "Sau ›")
    third = world.last(LAN).labels
    assert len(first[:-2]) == len(second[:-3]) == 8
    heads = [*first[:-2], *second[:-3], *third[:-2]]
    assert len(set(heads)) == 17
    assert {"Bà Trùng · N-00", "Bà Trùng · N-01", "Bà Lan"} <= set(heads)


async def test_unlinking_is_one_command(world: World, commune: Commune) -> None:
    await make_identity(world.context.database, commune.households["Bà Lan"], str(LAN))
    await world.text(LAN, "/bolienket")
    assert world.last(LAN).text.startswith("Đã bỏ liên kết với hộ Bà Lan.")
    assert await linked(world, LAN) == []
    await world.text(LAN, "/bolienket")
    assert world.last(LAN).text == "Tài khoản này chưa liên kết với hộ nào."


async def test_anything_else_gets_one_short_helpful_answer(world: World, commune: Commune) -> None:
    for text in ("chào bot", "/giupdo"):
        await world.text(LAN, text)
        assert "Gửi mã in trên thẻ hộ" in world.last(LAN).text
    assert len(world.to(LAN)) == 2
    await make_identity(world.context.database, commune.households["Bà Lan"], str(LAN))
    await world.text(LAN, "đã nhận")
    assert "không có thông báo nào chờ hộ Bà Lan" in world.last(LAN).text
    await world.text(LAN, "/khongco")
    assert "Chưa có lệnh /khongco." in world.last(LAN).text


async def test_staff_commands_are_refused_to_residents(world: World, commune: Commune) -> None:
    for command in ("/thongbao", "/baocao", "/chuanhan", "/choduyet"):
        await world.text(LAN, command)
        assert world.last(LAN).text.startswith("Việc này dành cho cán bộ")


async def test_names_are_escaped_in_messages(world: World, commune: Commune) -> None:
    async with world.context.database.write() as connection:
        await connection.execute(t.household.update().values(head_name="<b>Bà & Lan"))
    codes = await cards_of(world, commune)
    await world.text(LAN, next(iter(codes.values())))
    assert "hộ &lt;b&gt;Bà &amp; Lan," in world.last(LAN).text


@pytest.mark.parametrize(
    "data",
    ["", "x", "lk", "lk:v:1:2:3:4:5:6:7", "zz:v", "lk:q", "lk:a", "lk:a:-1:1", "lk:a:01:1", "lk:a:x:1", "lk:c:1",
     "lk:c:99999999999999999999", "rq:y", "rq:y:1", "tb:s:00000000", "tb:zz", "bc:s", "gc:l:TB-1:1", "lk:c:１",
     "ack:TB-0000.1x", "a" * 65],
)  # fmt: skip
async def test_forged_data_does_nothing_and_is_answered(world: World, commune: Commune, data: str) -> None:
    await world.text(LAN, "chào")
    answer = await world.press(LAN, data)
    assert answer.alert
    assert len(world.to(LAN)) == 1
    async with world.context.database.read() as connection:
        assert (await connection.execute(t.identity.select())).all() == []


async def test_a_button_pressed_in_a_group_is_forged(world: World, commune: Commune) -> None:
    answer = await world.press(LAN, "lk:v", chat_id=-100, message_id=1)
    assert answer.alert
    assert world.chat.said == []


async def test_a_pause_asked_for_by_the_platform_is_waited_out(
    world: World, commune: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messenger, "LONGEST_PAUSE", 0.0)
    world.chat.failures = [SlowDown(3), SlowDown(3)]
    await world.text(LAN, "/giupdo")
    assert len(world.to(LAN)) == 1


@pytest.mark.parametrize("failure", [Unsure(), Refused(RefusedReason.BLOCKED)])
async def test_an_answer_that_cannot_be_given_is_let_go(
    world: World, commune: Commune, failure: Unsure | Refused
) -> None:
    codes = await cards_of(world, commune)
    world.chat.failures = [failure]
    await world.text(LAN, codes["Bà Lan"])
    assert world.chat.said == []
    assert await linked(world, LAN) == ["Bà Lan"]


async def test_a_wish_repeated_after_a_crash_is_one_wish(world: World, commune: Commune) -> None:
    await world.staff("Tổ trưởng Một", Role.GROUP_LEADER, commune.groups["Thu Quế 1"], account=LEADER)
    await choose(world, LAN, "Thôn Thu Quế", "Tổ 1")
    data = next(one.data for one in world.last(LAN).buttons if one.label == "Bà Lan")
    for _ in range(2):
        world.restart()
        await world.press(LAN, data)
    async with world.context.database.read() as connection:
        states = (await connection.execute(t.identity.select())).all()
    assert [row.state for row in states] == [IdentityState.WAITING]
