"""Households by hand: finding, looking up, keeping contact data and links, moving house."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from announcements.mistakes import Mistake, NotAllowed, NotFound
from announcements.types import ChannelKind, Device, How, Role
from bot.config import Settings
from bot.context import Context
from bot.office.homes import households
from bot.office.homes.households import Contact
from bot.office.reach import recording
from db.access import people
from db.access.people import StaffRow
from db.counting import reach
from db.engine import Database
from db.links import identities
from db.links.identities import Link
from db.tables import IdentityState, Via, t
from db.writer import Writer
from tests.makers import NOON, Commune, make_broadcast, make_identity

LAN, HAI, MAI = "H-001", "H-002", "H-004"


@pytest.fixture
def context(database: Database, writer: Writer) -> Context:
    return Context(Settings(), database, writer, b"secret", clock=lambda: NOON)


async def staff(context: Context, commune: Commune, role: Role, place: str | None = None) -> StaffRow:
    area = commune.root if place is None else (commune.villages | commune.groups)[place]
    async with context.database.write() as connection:
        return await people.add(connection, name="Cô Thư", role=role, area_id=area.id)


async def found(context: Context, text: str, **more: object) -> list[str]:
    return [one.head_name for one in (await households.search(context, text, **more)).entries]  # type: ignore[arg-type]


async def test_households_are_found_as_people_look_for_them(context: Context, commune: Commune) -> None:
    contact = Contact("Nguyễn Thị Lan", "Trần Văn Đức", "0912 345 678", "Số 5, ngõ 3")
    await households.edit(context, LAN, contact)
    for text in ("nguyen lan", "NGUYỄN", "duc", "lan ngo 3", LAN.lower(), "h-00", "0912345678", "+84912345678", "5678"):
        assert "Nguyễn Thị Lan" in await found(context, text), text
    for text in ("ghi", "uyen", "lan hai", "0912 345 679", "678", "%", "_", "ngo 30"):
        assert await found(context, text) == [], text
    assert len(await found(context, "")) == 6


async def test_a_household_that_came_is_added_and_gets_what_goes_out_from_now_on(
    context: Context, commune: Commune
) -> None:
    before = await make_broadcast(context.database, [commune.villages["Thu Quế"]])
    contact = Contact(" Vũ Thị  Tám ", phones="0987 654 321, 024 3388 1234", address="Ngõ 7", device=Device.BASIC)
    tam = await households.add(context, "thu-que-to-1", contact)
    assert (tam.head_name, tam.representative, tam.area) == ("Vũ Thị Tám", "Vũ Thị Tám", "thu-que-to-1")
    assert (len(tam.phones), tam.device, tam.left) == (2, Device.BASIC, False)
    assert await found(context, "tam ngo 7") == ["Vũ Thị Tám"]
    after = await make_broadcast(context.database, [commune.villages["Thu Quế"]], now=NOON + timedelta(hours=1))
    async with context.database.read() as connection:
        got = select(t.recipient.c.broadcast_id).where(t.recipient.c.household_id == tam.id)
        assert list((await connection.execute(got)).scalars()) == [after.id]
    assert before.id != after.id


async def test_a_head_of_the_same_name_is_added_only_when_somebody_says_so(context: Context, commune: Commune) -> None:
    with pytest.raises(Mistake, match="H-001"):
        await households.add(context, "thu-que-to-1", Contact("Bà Lan"))
    twin = await households.add(context, "thu-que-to-1", Contact("Bà Lan"), namesake=True)
    elsewhere = await households.add(context, "thu-que-to-2", Contact("Bà Lan"))
    assert len({twin.code, elsewhere.code, LAN}) == 3


async def test_nobody_is_added_where_no_household_can_live_nor_beyond_ones_reach(
    context: Context, commune: Commune
) -> None:
    head = await staff(context, commune, Role.VILLAGE_HEAD, "Thu Quế")
    desk = await staff(context, commune, Role.DESK_OFFICER)
    for refused, area, contact, by in (
        (Mistake, "thu-que", Contact("Bà Tám"), head),
        (Mistake, "thu-que-to-1", Contact("  "), head),
        (Mistake, "thu-que-to-1", Contact("Bà Tám", phones="0912"), head),
        (NotAllowed, "thong-nhat-to-1", Contact("Bà Tám"), head),
        (NotAllowed, "thu-que-to-1", Contact("Bà Tám"), desk),
    ):
        with pytest.raises(refused):
            await households.add(context, area, contact, staff=by)
    assert len(await found(context, "")) == 6


async def test_only_households_within_reach_are_found(context: Context, commune: Commune) -> None:
    head = await staff(context, commune, Role.VILLAGE_HEAD, "Thu Quế")
    assert await found(context, "", staff=head) == ["Bà Lan", "Ông Hải", "Ông Bình"]
    assert await found(context, "mai", staff=head) == []
    assert await found(context, "", area="thu-que-to-2", staff=head) == ["Ông Bình"]
    for forbidden in (
        households.search(context, area="thong-nhat", staff=head),
        households.show(context, MAI, head),
        households.edit(context, MAI, Contact(note="x"), staff=head),
        households.revoke_link(context, MAI, 1, staff=head),
        households.move(context, LAN, "thu-que-to-2", head),
        households.leave(context, LAN, head),
    ):
        with pytest.raises(NotAllowed):
            await forbidden  # type: ignore[misc]


async def test_pages_are_of_fifty_and_the_total_is_told(context: Context, commune: Commune) -> None:
    async with context.database.write() as connection:
        row = {"area_id": commune.groups["Thu Quế 1"].id, "head_name": "Cụ Tư", "representative": "Cụ Tư", "note": "",
               "address": "", "device": Device.NONE, "joined_at": NOON, "words": " cu tu"}  # fmt: skip
        await connection.execute(t.household.insert(), [{**row, "code": f"X-{n:03}"} for n in range(120)])
    pages = [await households.search(context, "cu tu", page=page) for page in (1, 2, 3, 4)]
    assert [(len(page.entries), page.total) for page in pages] == [(50, 120), (50, 120), (20, 120), (0, 120)]


async def test_contact_data_is_kept_and_only_what_was_given_changes(context: Context, commune: Commune) -> None:
    entry, changed = await households.edit(
        context, LAN, Contact(phones="0912345678; 0243 825 4321", device=Device.NONE)
    )
    assert changed == ["phones", "device"]
    assert (entry.head_name, entry.phones, entry.device) == (
        "Bà Lan", ("+84912345678", "+842438254321"), Device.NONE
    )  # fmt: skip
    entry, changed = await households.edit(context, LAN, Contact(head_name="Bà  Lành"))
    assert (entry.head_name, entry.representative) == ("Bà Lành", "Bà Lành")  # she spoke for herself, and still does
    assert await households.edit(context, LAN, Contact(head_name="Bà Lành")) == (entry, [])
    async with context.database.read() as connection:
        log = (await connection.execute(select(t.audit.c.detail).where(t.audit.c.action == "household edit"))).scalars()
        assert [one["changed"] for one in log] == [["phones", "device"], ["head_name", "representative"]]


async def test_what_cannot_be_kept_is_refused_and_nothing_changes(context: Context, commune: Commune) -> None:
    before = (await households.show(context, LAN)).household
    for contact, why in (
        (Contact(head_name="  "), "Chưa có họ tên"),
        (Contact(phones="0912 345"), "Số điện thoại “0912 345”"),
        (Contact(address="x" * 201), "Địa chỉ dài 201"),
        (Contact(address="Ngõ 9", note="x" * 201), "Ghi chú dài 201"),
    ):
        with pytest.raises(Mistake, match=why):
            await households.edit(context, LAN, contact)
    with pytest.raises(NotFound):
        await households.edit(context, "H-999", Contact(note="x"))
    assert (await households.show(context, LAN)).household == before


async def test_of_two_who_edit_at_once_the_second_is_told(context: Context, commune: Commune) -> None:
    seen = households.version((await households.show(context, LAN)).household)
    await households.edit(context, LAN, Contact(address="Ngõ 1"), seen=seen)
    with pytest.raises(Mistake, match="vừa được người khác sửa"):
        await households.edit(context, LAN, Contact(address="Ngõ 2"), seen=seen)


async def test_a_revoked_link_answers_no_more_and_can_be_restored(context: Context, commune: Commune) -> None:
    await make_identity(context.database, commune.households["Bà Lan"], "11")
    (link,) = (await households.show(context, LAN)).links
    leader = await staff(context, commune, Role.GROUP_LEADER, "Thu Quế 1")
    await households.revoke_link(context, LAN, link.id, staff=leader)
    assert (await households.show(context, LAN)).links[0].state is IdentityState.REVOKED
    with pytest.raises(Mistake, match="không còn gắn"):
        await households.revoke_link(context, LAN, link.id, staff=leader)
    await households.revoke_link(context, LAN, link.id, back=True, staff=leader)
    assert (await households.show(context, LAN)).links[0].active
    await households.revoke_link(context, LAN, link.id, staff=leader)
    await make_identity(context.database, commune.households["Ông Hải"], "11")
    with pytest.raises(Mistake, match="nay đã gắn với hộ khác"):
        await households.revoke_link(context, LAN, link.id, back=True, staff=leader)


async def test_a_helpers_device_says_for_how_many_more_it_stands(context: Context, commune: Commune) -> None:
    async with context.database.write() as connection:
        for head in ("Bà Lan", "Ông Hải"):
            await identities.link(
                connection, [Link(ChannelKind.BOARD, "device", commune.households[head], Via.CARD, NOON)]
            )
    assert [(one.channel, one.others) for one in (await households.show(context, LAN)).links] == [
        (ChannelKind.BOARD, 1)
    ]


async def test_the_record_tells_what_was_sent_and_answered(context: Context, commune: Commune) -> None:
    row = await make_broadcast(context.database, [commune.root])
    leader = await staff(context, commune, Role.GROUP_LEADER, "Thu Quế 1")
    await recording.told(context, row.code, LAN, how=How.MET, staff=leader)
    record = await households.show(context, LAN, leader)
    assert [(one.title, one.outcome.value) for one in record.told] == [("Họp thôn", "told")]
    assert [(one.how, one.by) for one in record.answers] == [(How.MET, "Cô Thư")]


async def test_a_household_that_moves_house_is_new_where_it_comes_and_one_that_left_comes_back(
    context: Context, commune: Commune
) -> None:
    office = await staff(context, commune, Role.SECRETARY)
    row = await make_broadcast(context.database, [commune.villages["Thống Nhất"]], now=NOON - timedelta(days=1))
    moved = await households.move(context, LAN, "thong-nhat-to-2", office)
    assert moved.place == "Tổ 2, Thôn Thống Nhất"
    async with context.database.read() as connection:
        assert await reach.late_joiners(connection, row.id, row.published_at) == 1
    with pytest.raises(Mistake, match="đang ở"):
        await households.move(context, LAN, "thong-nhat-to-2", office)
    with pytest.raises(Mistake, match="địa bàn nhỏ hơn"):
        await households.move(context, LAN, "thu-que", office)
    assert (await households.leave(context, LAN, office)).left
    assert await found(context, "lan") == []
    assert await found(context, "lan", left=True) == ["Bà Lan"]
    assert not (await households.move(context, LAN, "thong-nhat-to-2", office)).left
