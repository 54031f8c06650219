"""People post by hand: they are told what and where, say what they did, and nobody else's chats are theirs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from announcements.drafts import Draft
from announcements.mistakes import NotAllowed, NotFound
from announcements.types import DeliveryState, Role, Urgency
from bot.office.channels import chats, posting
from bot.office.notices import announcing
from bot.office.reach.recording import Tap
from bot.tidings.nudging import nudge
from db import outbox
from db.access.people import StaffRow
from db.announcing import notices
from db.announcing.fanout import ASSISTED
from db.announcing.notices import BroadcastRow
from db.counting import recount
from db.dispatch import deliveries
from db.engine import Database
from db.writer import Writer
from tests.bot.conversation_doubles import World
from tests.makers import Commune, settle, take

LEADER, OTHER, HEAD, SECRETARY = 201, 202, 203, 204
S = DeliveryState


@dataclass(slots=True)
class Street:
    """Thu Quế has a chat without a bot in each group and one of the village; Ông Tổ leads group 1."""

    world: World
    staff: dict[str, StaffRow] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)  # chats by title

    async def announce(self, title: str = "Họp thôn", to: Sequence[str] = ("thu-que",), **more: Any) -> BroadcastRow:
        """A notice, handed over to those who are to post it."""
        row = await announcing.announce(self.world.context, Draft(title, "Mời dự.", **more), to=to)
        database = self.world.context.database
        await settle(database, await take(database, account=ASSISTED, now=self.world.time), S.HANDED,
                     now=self.world.time)  # fmt: skip
        return row

    async def tell(self, **later: float) -> None:
        """Time passes, and whoever's turn it is is told."""
        self.world.pass_time(**(later or {"seconds": 3}))
        await nudge(self.world.context)
        await self.world.tell()

    async def states(self, row: BroadcastRow) -> dict[str, S]:
        async with self.world.context.database.read() as connection:
            assert await recount.differences(connection, row.id) == {}
            rows = await deliveries.listing(connection, row.id, list(S))
        return {one.title: one.state for one in rows if one.account == ASSISTED}

    def told(self, user: int) -> list[str]:
        return [message.text for message in self.world.to(user)]


@pytest.fixture
async def street(database: Database, writer: Writer, commune: Commune) -> Street:
    street = Street(World(database, writer))
    world, groups = street.world, commune.groups
    people = (("Ông Tổ", Role.GROUP_LEADER, groups["Thu Quế 1"], LEADER),
              ("Bà Khác", Role.GROUP_LEADER, groups["Thống Nhất 1"], OTHER),
              ("Ông Trưởng", Role.VILLAGE_HEAD, commune.villages["Thu Quế"], HEAD),
              ("Cô Thư", Role.SECRETARY, commune.root, SECRETARY))  # fmt: skip
    for name, role, area, account in people:
        street.staff[name] = await world.staff(name, role, area, account=account)
    for area, title in (("thu-que", "Zalo thôn"), ("thu-que-to-1", "Zalo tổ 1"), ("thu-que-to-2", "Zalo tổ 2")):
        chat = await chats.add(world.context, area=area, account=ASSISTED, address="", title=title)
        street.codes[title] = chat.id
    return street


async def test_each_leader_gets_the_ready_text_by_itself_and_a_button_for_each_chat(street: Street) -> None:
    row = await street.announce("Họp <thôn>")
    await street.tell()
    text, asked = street.world.to(LEADER)
    assert "Họp <thôn>" in text.text
    assert f"/n/{row.announcement}" in text.text
    assert text.keyboard in (None, ())
    assert "Xin chép tin trên, đăng vào: Zalo tổ 1 (Tổ 1, Thôn Thu Quế)." in asked.text
    assert asked.labels == ["✅ Đã đăng: Zalo tổ 1"]
    assert street.world.to(HEAD)[-1].labels == ["✅ Đã đăng: Zalo thôn", "✅ Đã đăng: Zalo tổ 2"]
    assert street.told(OTHER) == street.told(SECRETARY) == []


async def test_a_press_records_who_and_when_and_shows_where_it_stands(street: Street) -> None:
    row = await street.announce()
    await street.tell()
    street.world.pass_time(minutes=2)
    answered = await street.world.tap(LEADER, "Đã đăng: Zalo tổ 1")
    assert answered.text == "Đã ghi: đã đăng vào Zalo tổ 1."
    assert (await street.states(row))["Zalo tổ 1"] is S.SENT
    shown = street.world.last(LEADER)
    assert "✅ Zalo tổ 1: đã đăng lúc 12:02, Ông Tổ" in shown.text
    assert shown.labels == ["↩️ Chưa đăng: Zalo tổ 1"]
    assert street.world.moved[-1] == row.id
    assert (await street.world.tap(LEADER, "Chưa đăng")).text == "Đã bỏ: Zalo tổ 1 lại chờ đăng."
    assert (await street.states(row))["Zalo tổ 1"] is S.HANDED
    assert street.world.last(LEADER).labels == ["✅ Đã đăng: Zalo tổ 1"]


async def test_a_slip_can_not_be_taken_back_later(street: Street) -> None:
    row = await street.announce()
    await street.tell()
    await street.world.tap(LEADER, "Đã đăng")
    street.world.pass_time(minutes=11)
    assert "Quá 10 phút" in (await street.world.tap(LEADER, "Chưa đăng")).text
    assert (await street.states(row))["Zalo tổ 1"] is S.SENT


async def test_whoever_presses_second_hears_who_was_first(street: Street) -> None:
    row = await street.announce()
    await street.tell()
    old = street.world.last(LEADER).buttons[0].data
    await street.world.press(LEADER, old)
    answered = await street.world.press(HEAD, old)
    assert answered.text == "Ông Tổ đã ghi lúc 12:00: đã đăng vào Zalo tổ 1."
    assert (await street.states(row))["Zalo tổ 1"] is S.SENT


async def test_leaders_are_reminded_twice_and_then_left_alone(street: Street) -> None:
    row = await street.announce()
    await street.tell()
    await street.tell(minutes=29)
    assert len(street.told(LEADER)) == 2
    await street.tell(minutes=1)
    assert street.told(LEADER)[-1].startswith("⏰ Đã 30 phút chưa thấy báo đã đăng")
    assert street.world.last(LEADER).labels == ["✅ Đã đăng: Zalo tổ 1"]
    await street.tell(minutes=30)
    await street.tell(hours=5)
    assert len(street.told(LEADER)) == 4
    assert (await street.states(row))["Zalo tổ 1"] is S.HANDED


async def test_the_urgent_is_reminded_of_sooner_and_what_is_posted_not_at_all(street: Street) -> None:
    await street.announce("Lũ về", urgency=Urgency.EMERGENCY)
    await street.tell()
    await street.world.tap(LEADER, "Đã đăng")
    await street.tell(minutes=5)
    assert len(street.told(LEADER)) == 2
    assert street.told(HEAD)[-1].startswith("⏰ Đã 5 phút")


async def test_nobody_is_reminded_where_the_settings_say_so(street: Street) -> None:
    street.world.context.settings.posting.normal = 0
    await street.announce()
    await street.tell()
    await street.tell(hours=9)
    assert len(street.told(LEADER)) == 2


async def test_nobody_is_told_of_what_is_over(street: Street) -> None:
    row = await street.announce(valid_until=street.world.time + timedelta(minutes=20))
    await street.tell()
    street.world.pass_time(minutes=20)
    async with street.world.context.database.write() as connection:
        await outbox.expire(connection, street.world.time)
    await street.tell(minutes=30)
    assert len(street.told(LEADER)) == 2
    assert (await street.states(row))["Zalo tổ 1"] is S.EXPIRED


async def test_after_a_withdrawal_who_posted_is_asked_to_post_it_and_who_did_not_to_stop(street: Street) -> None:
    row = await street.announce()
    await street.tell()
    await street.world.tap(LEADER, "Đã đăng")
    await announcing.withdraw(street.world.context, row.code, None)
    await street.tell()
    words, asked = street.told(LEADER)[-2:]
    assert words.startswith("❌ ĐÃ THU HỒI")
    assert row.announcement in words
    assert "Xin đăng tin trên vào: Zalo tổ 1" in asked
    assert street.told(HEAD)[-1].startswith("🛑 Không cần đăng nữa")
    answered = await street.world.tap(LEADER, "Đã đăng tin thu hồi")
    assert answered.text == "Đã ghi: đã đăng tin thu hồi vào Zalo tổ 1."
    await street.tell(hours=2)
    assert street.told(LEADER)[-1].startswith("“Họp thôn”")  # no reminder after it
    assert await street.states(row) == {"Zalo thôn": S.CANCELLED, "Zalo tổ 1": S.SENT, "Zalo tổ 2": S.CANCELLED}


async def test_who_had_posted_before_they_heard_of_the_withdrawal_is_asked_to_post_that(street: Street) -> None:
    row = await street.announce()
    await street.tell()
    await announcing.withdraw(street.world.context, row.code, None)
    answered = await street.world.tap(LEADER, "Đã đăng")
    assert "xin đăng tiếp tin thu hồi" in answered.text
    assert street.world.last(LEADER).labels == ["✅ Đã đăng tin thu hồi: Zalo tổ 1"]
    assert (await street.states(row))["Zalo tổ 1"] is S.SENT


async def test_what_was_handed_over_while_it_was_withdrawn_is_asked_of_nobody(street: Street) -> None:
    database = street.world.context.database
    row = await announcing.announce(street.world.context, Draft("Họp thôn", "Mời dự."), to=["thu-que"])
    claimed = await take(database, account=ASSISTED, now=street.world.time)
    await announcing.withdraw(street.world.context, row.code)
    await settle(database, claimed, S.HANDED, now=street.world.time)
    await street.tell()
    async with database.write() as connection:
        await outbox.expire(connection, street.world.time)
    await street.tell()
    assert set((await street.states(row)).values()) == {S.CANCELLED}
    assert street.told(LEADER) == street.told(HEAD) == []


async def test_the_list_has_what_waits_in_one_s_own_chats(street: Street) -> None:
    await street.announce("Họp thôn")
    await street.world.text(LEADER, "/dangtay")
    assert len(street.world.to(LEADER)) == 2
    assert street.world.last(LEADER).labels == ["✅ Đã đăng: Zalo tổ 1"]
    await street.world.text(OTHER, "/dangtay")
    assert street.told(OTHER) == ["Tổ 1 không có nhóm nào phải đăng thủ công."]
    await street.world.tap(LEADER, "Đã đăng")
    await street.world.text(LEADER, "/dangtay")
    assert street.told(LEADER)[-1] == "Không có tin nào chờ đăng ở Tổ 1."


async def test_a_leader_may_say_it_in_words_and_take_it_back(street: Street) -> None:
    row = await street.announce()
    await street.tell()
    assert f"nhắn lại “đã đăng {row.announcement}”" in street.told(LEADER)[-1]
    await street.world.text(LEADER, "Dạ em đã đăng rồi ạ")
    assert street.told(LEADER)[-1] == "Đã ghi: đã đăng vào Zalo tổ 1."
    assert await street.states(row) == {"Zalo thôn": S.HANDED, "Zalo tổ 1": S.SENT, "Zalo tổ 2": S.HANDED}
    await street.world.text(LEADER, f"đã đăng {row.announcement}")
    assert street.told(LEADER)[-1] == "Ông Tổ đã ghi lúc 12:00: đã đăng vào Zalo tổ 1."
    await street.world.text(LEADER, "chưa đăng")
    assert street.told(LEADER)[-1] == "Đã bỏ: Zalo tổ 1 lại chờ đăng."
    await street.world.text(LEADER, "đăng tay")
    assert f"/n/{row.announcement}" in street.told(LEADER)[-2]


async def test_in_words_of_several_notices_the_code_decides(street: Street) -> None:
    first, second = await street.announce(), await street.announce("Thu gom rác")
    await street.world.text(LEADER, "đã đăng")
    assert street.told(LEADER)[-1].startswith(f"Có 2 thông báo: {first.announcement}, {second.announcement}.")
    await street.world.text(LEADER, f"đã đăng {second.announcement}")
    assert (await street.states(first))["Zalo tổ 1"] is S.HANDED
    assert (await street.states(second))["Zalo tổ 1"] is S.SENT


async def test_who_has_not_posted_yet_is_shown_what_waits_and_not_told_that_nothing_does(street: Street) -> None:
    row = await street.announce()
    await street.tell()
    await street.world.text(LEADER, "chưa đăng được ạ")
    assert "Không có tin nào chờ đăng" not in street.told(LEADER)[-1]
    assert f"đã đăng {row.announcement}" in street.told(LEADER)[-1]


async def test_who_has_not_posted_yet_takes_back_nobody_else_s_word(street: Street) -> None:
    row = await street.announce()
    await street.world.text(LEADER, "đã đăng")
    await street.world.text(HEAD, "chưa đăng")
    assert "Đã bỏ" not in street.told(HEAD)[-1]
    assert f"đã đăng {row.announcement}" in street.told(HEAD)[-1]
    assert (await street.states(row))["Zalo tổ 1"] is S.SENT


async def test_in_words_it_is_asked_which_of_several_was_not_posted(street: Street) -> None:
    for title in ("Họp thôn", "Thu gom rác"):
        row = await street.announce(title)
        await street.world.text(LEADER, f"đã đăng {row.announcement}")
    await street.world.text(LEADER, "chưa đăng")
    assert "ví dụ: chưa đăng TB-" in street.told(LEADER)[-1]


async def test_in_words_nobody_speaks_for_those_who_are_nearer(street: Street) -> None:
    row = await street.announce()
    await street.world.text(SECRETARY, f"đã đăng {row.announcement}")
    assert "Muốn ghi thay, xin mở" in street.told(SECRETARY)[-1]
    await street.world.text(HEAD, "đã đăng")
    assert await street.states(row) == {"Zalo thôn": S.SENT, "Zalo tổ 1": S.HANDED, "Zalo tổ 2": S.SENT}
    await street.world.text(OTHER, "đã đăng")
    assert street.told(OTHER)[-1] == "Tổ 1 không có nhóm nào phải đăng thủ công."
    await street.world.text(999, "đã đăng")  # somebody of the village
    assert "Đã ghi" not in street.told(999)[-1]


async def test_in_words_the_withdrawal_is_posted_as_well(street: Street) -> None:
    row = await street.announce()
    await street.world.text(LEADER, "đã đăng")
    await announcing.withdraw(street.world.context, row.code)
    await street.tell()
    await street.world.text(LEADER, "đã đăng tin thu hồi")
    assert street.told(LEADER)[-1] == "Đã ghi: đã đăng tin thu hồi vào Zalo tổ 1."
    await street.world.text(LEADER, "đã đăng")
    assert street.told(LEADER)[-1] == "Không có tin nào chờ đăng ở Tổ 1."


async def test_the_chats_of_others_are_nobody_s_to_speak_for(street: Street, commune: Commune) -> None:
    row = await street.announce()
    other, context = street.staff["Bà Khác"], street.world.context
    with pytest.raises(NotFound):
        await posting.post(context, row.code, other)
    with pytest.raises(NotAllowed):
        await posting.post(context, row.code, street.staff["Ông Tổ"], chats=[street.codes["Zalo tổ 2"]])
    with pytest.raises(NotFound):
        await posting.post(context, row.code, street.staff["Ông Tổ"], chats=[404])
    desk = await street.world.staff("Cô Tư", Role.DESK_OFFICER, commune.root)
    with pytest.raises(NotAllowed):
        await posting.post(context, row.code, desk)
    assert set((await street.states(row)).values()) == {S.HANDED}
    assert not (await posting.round_of(context, other)).by_hand


async def test_a_tap_that_comes_twice_is_carried_out_once_and_keeps_its_time(street: Street) -> None:
    row = await street.announce()
    lead, chat = street.staff["Ông Tổ"], street.codes["Zalo tổ 1"]
    made = Tap("tap-of-the-phone", street.world.time + timedelta(minutes=1))
    street.world.pass_time(minutes=40)
    first = await posting.post(street.world.context, row.code, lead, chats=[chat], tap=made)
    await posting.take_back(street.world.context, row.code, lead, chats=[chat], tap=Tap("another-tap"))
    again = await posting.post(street.world.context, row.code, lead, chats=[chat], tap=made)
    assert [one.posted_at for one in first.chats] == [made.at]
    assert again.changed == ()
    assert (await street.states(row))["Zalo tổ 1"] is S.HANDED


async def test_the_secretary_sees_what_waits_by_notice_and_who_is_late(street: Street) -> None:
    row = await street.announce()
    found = await posting.round_of(street.world.context, street.staff["Cô Thư"])
    (task,) = found.tasks
    assert [one.chat for one in task.chats] == ["Zalo thôn", "Zalo tổ 1", "Zalo tổ 2"]
    assert not task.late
    street.world.pass_time(minutes=31)
    assert (await posting.round_of(street.world.context, street.staff["Cô Thư"])).tasks[0].late
    await posting.post(street.world.context, row.code, street.staff["Cô Thư"])
    found = await posting.round_of(street.world.context, street.staff["Ông Tổ"])
    assert (found.count, [one.by for one in found.lately]) == (0, ["Cô Thư"])


async def test_a_chat_out_of_use_asks_nobody_any_more(street: Street) -> None:
    await street.announce()
    await chats.change(street.world.context, street.codes["Zalo tổ 1"], active=False)
    assert (await posting.round_of(street.world.context, street.staff["Ông Tổ"])).count == 0


async def test_what_nobody_posted_for_months_stands_in_no_list(street: Street) -> None:
    await street.announce()
    street.world.pass_time(days=61)
    assert (await posting.round_of(street.world.context, street.staff["Cô Thư"])).count == 0


async def test_of_very_much_the_first_come_first(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "SHOWN", 2)
    await street.announce()
    found = await posting.round_of(street.world.context, street.staff["Cô Thư"])
    assert (found.count, found.more) == (2, 1)


async def test_a_correction_names_what_it_corrects_and_is_posted_like_any_other(street: Street) -> None:
    row = await street.announce()
    context = street.world.context
    await posting.post(context, row.code, street.staff["Cô Thư"])
    newer = await announcing.announce(context, Draft("Họp thôn, giờ mới", "20 giờ."), to=["thu-que"],
                                      supersedes=row.announcement)  # fmt: skip
    await settle(context.database, await take(context.database, account=ASSISTED), S.HANDED)
    (task,) = (await posting.round_of(context, street.staff["Ông Tổ"])).tasks
    assert task.row.id == newer.id
    assert f"Đính chính cho thông báo {row.announcement}" in task.parts[0]
    async with context.database.read() as connection:
        assert (await notices.find(connection, newer.code)).supersedes == row.announcement


async def test_nobody_is_asked_or_reminded_to_post_in_a_chat_out_of_use(street: Street) -> None:
    await street.announce()
    await chats.change(street.world.context, street.codes["Zalo tổ 1"], active=False)
    await street.tell()
    assert street.told(LEADER) == []
    await chats.change(street.world.context, street.codes["Zalo tổ 2"], active=False)
    told = len(street.told(HEAD))
    await street.tell(minutes=31)
    assert "Zalo tổ 2" not in "\n".join(street.told(HEAD)[told:])


async def test_a_chat_that_is_in_use_again_is_asked_for(street: Street) -> None:
    await street.announce()
    await chats.change(street.world.context, street.codes["Zalo tổ 1"], active=False)
    await street.tell()
    await chats.change(street.world.context, street.codes["Zalo tổ 1"], active=True)
    await street.tell()
    assert "đăng vào: Zalo tổ 1" in street.told(LEADER)[-1]
