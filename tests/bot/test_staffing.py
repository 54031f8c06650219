"""Staff and chats as the office keeps them."""

from datetime import timedelta

import pytest

from announcements.channels import ChannelError, Refused, RefusedReason, TryLater
from announcements.mistakes import Mistake, NotAllowed, NotFound
from announcements.types import ChannelKind, Role
from bot.channels.registry import Account
from bot.config import Settings
from bot.config.accounts import TelegramAccount
from bot.context import Context
from bot.office.channels import chats
from bot.office.staff import staffing
from db.access import people
from db.access.people import StaffRow
from db.engine import Database
from db.writer import Writer
from tests.doubles import ScriptedChannel
from tests.makers import NOON, Commune, make_chats


@pytest.fixture
def context(database: Database, writer: Writer) -> Context:
    account = TelegramAccount(name="telegram", channel="telegram", token="1:synthetic")
    return Context(Settings(accounts=[account]), database, writer, b"secret", clock=lambda: NOON)


@pytest.fixture
async def office(context: Context, commune: Commune) -> StaffRow:
    async with context.database.write() as connection:
        return await people.add(connection, name="Cô Thư", role=Role.SECRETARY, area_id=commune.root.id)


async def test_a_leader_is_taken_on_changed_ended_and_kept_on(context: Context, office: StaffRow) -> None:
    made = await staffing.add(
        context, name=" Ông  Tư ", role=Role.GROUP_LEADER, area="thu-que-to-1", phone="0912 345 678", staff=office
    )
    assert (made.name, made.phone, made.area_code) == ("Ông Tư", "+84912345678", "thu-que-to-1")
    changed = await staffing.change(context, made.code, role=Role.VILLAGE_HEAD, area="thu-que", staff=office)
    assert (changed.role, changed.area_code, changed.name) == (Role.VILLAGE_HEAD, "thu-que", "Ông Tư")
    friday = NOON + timedelta(days=3)
    ended = await staffing.end(context, made.code, at=friday, staff=office)
    assert (ended.active(NOON), ended.active(friday)) == (True, False)
    assert (await staffing.keep_on(context, made.code, staff=office)).ended_at is None
    await staffing.end(context, made.code, staff=office)
    with pytest.raises(NotAllowed, match="đã thôi"):
        await staffing.end(context, made.code, staff=office)
    assert [(line.staff.name, line.staff.active(NOON)) for line in await staffing.listing(context, office)] == [
        ("Cô Thư", True), ("Ông Tư", False)
    ]  # fmt: skip


async def test_what_the_office_may_not_do_with_staff(context: Context, office: StaffRow) -> None:
    chief = await staffing.add(context, name="Anh Quản", role=Role.ADMIN, area="xa thu")
    head = await staffing.add(context, name="Bác Trưởng", role=Role.VILLAGE_HEAD, area="thu-que")
    for act, why in (
        (staffing.add(context, name="X", role=Role.ADMIN, area="xa thu", staff=office), "Chỉ người quản trị"),
        (staffing.change(context, head.code, role=Role.ADMIN, staff=office), "Chỉ người quản trị"),
        (staffing.end(context, chief.code, staff=office), "Chỉ người quản trị"),
        (staffing.end(context, office.code, staff=office), "Không tự"),
        (staffing.change(context, office.code, area="thu-que", staff=office), "Không tự"),
        (staffing.end(context, head.code, at=NOON - timedelta(days=1), staff=office), "đã qua"),
        (staffing.add(context, name=" ", role=Role.APPROVER, area="xa thu"), "Chưa có họ tên"),
        (staffing.add(context, name="X" * 121, role=Role.APPROVER, area="xa thu"), "dài 121"),
        (staffing.change(context, head.code, phone="12"), "Số điện thoại"),
        (
            staffing.add(context, name="X", role=Role.GROUP_LEADER, area="thu-que", staff=head),
            "không có quyền quản trị",
        ),
    ):
        with pytest.raises(Mistake, match=why):
            await act


async def test_a_chat_is_moved_to_another_area_and_taken_out_of_use(
    context: Context, office: StaffRow, commune: Commune
) -> None:
    await make_chats(context.database, [commune.groups["Thu Quế 1"]])
    (chat,) = await chats.listing(context, office)
    moved = await chats.change(context, chat.id, area="thu-que", title=" Thôn  Thu Quế ", staff=office)
    assert (moved.area_code, moved.title, moved.active) == ("thu-que", "Thôn Thu Quế", True)
    assert not (await chats.change(context, chat.id, active=False, staff=office)).active
    with pytest.raises(NotFound):
        await chats.change(context, 404, active=True, staff=office)
    clerk = await staffing.add(context, name="Chị Văn", role=Role.SECRETARY, area="thong-nhat")
    for act in (
        chats.change(context, chat.id, active=True, staff=clerk),
        chats.add(context, area="thong-nhat", account="telegram", address=chat.address, staff=clerk),
    ):
        with pytest.raises(NotAllowed):  # that would take it away from Thu Quế
            await act
    assert await chats.listing(context, clerk) == []


class Looked(ScriptedChannel):
    """Answers a look at each address with what was put there."""

    def __init__(self, **answers: ChannelError) -> None:
        super().__init__()
        self.answers = answers

    async def look(self, address: str) -> str:
        if address in self.answers:
            raise self.answers[address]
        return "Tổ"


async def test_looking_at_chats_tells_and_keeps_what_was_learnt(
    context: Context, office: StaffRow, commune: Commune
) -> None:
    addresses = list((await make_chats(context.database, [*commune.groups.values()])).values())
    blocked, busy = Refused(RefusedReason.BLOCKED), TryLater("Timeout")
    channel = Looked(**{addresses[0]: blocked, addresses[1]: busy})
    accounts = {"telegram": Account("telegram", ChannelKind.TELEGRAM, channel)}
    looks = await chats.check(context, accounts, staff=office)
    assert [look.problem for look in looks] == ["Bot không còn ở trong nhóm", "chưa kiểm tra được (Timeout)", "", ""]
    assert [chat.lost_reason for chat in await chats.listing(context)] == ["blocked", "", "", ""]
    channel.answers.clear()
    assert chats.problems(await chats.check(context, accounts, only=looks[0].chat.id, staff=office)) == []
    assert [chat.lost_reason for chat in await chats.listing(context)] == [""] * 4
