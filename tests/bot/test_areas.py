"""Reorganising places: what goes along, what is kept, what is refused, and the way back."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from announcements.area_rules import SameNames
from announcements.mistakes import Mistake, NotAllowed, NotFound
from announcements.types import AreaKind, How, Role
from bot.config import Settings
from bot.context import Context
from bot.office.notices import audiences
from bot.office.reach import recording, reporting
from bot.office.tree import area_undo, areas, merging, splitting
from bot.office.tree.splitting import Choice
from db.access import people
from db.announcing import notices
from db.counting import doors, reach, recount
from db.engine import Database
from db.places import area_history, chats
from db.places import areas as tree
from db.tables import t
from db.writer import Writer
from scheduler import broadcasts
from tests.makers import NOON, Commune, make_broadcast, make_chats

LATER = NOON + timedelta(hours=1)
GROUP_1, GROUP_2 = "thu-que-to-1", "thu-que-to-2"


@pytest.fixture
def context(database: Database, writer: Writer) -> Context:
    return Context(Settings(), database, writer, b"secret", clock=lambda: LATER)


async def names(database: Database) -> list[str]:
    async with database.read() as connection:
        return [f"{'  ' * (len(row.path) // 8 - 1)}{row.name}" for row in await tree.tree(connection)]


async def lives_in(database: Database, head: str) -> str:
    async with database.read() as connection:
        row = await connection.execute(
            select(t.area.c.code).join(t.household, t.household.c.area_id == t.area.c.id).where(
                t.household.c.head_name == head
            )
        )  # fmt: skip
        return str(row.scalar_one())


async def audience(database: Database, announcement_id: int) -> set[str]:
    async with database.read() as connection:
        ids = await notices.audience_of(connection, announcement_id)
        return {area.code for area in await tree.by_ids(connection, ids)}


async def log(database: Database) -> list[tuple[str, str, Any]]:
    async with database.read() as connection:
        a = t.audit
        rows = await connection.execute(select(a.c.action, a.c.subject, a.c.detail).order_by(a.c.id))
        return [(row.action, row.subject, row.detail) for row in rows]


async def add_commune(context: Context, villages: Sequence[str] = ()) -> None:
    await areas.add(context, name="Xã Đan Phượng", kind=AreaKind.COMMUNE)
    for name in villages:
        await areas.add(context, name=name, kind=AreaKind.VILLAGE, under="dan-phuong")


async def test_a_commune_is_merged_into_another_and_its_code_finds_it(context: Context, commune: Commune) -> None:
    database = context.database
    await make_chats(database, [*commune.villages.values()])
    async with database.write() as connection:
        secretary = await people.add(connection, name="Cô Thư", role=Role.SECRETARY, area_id=commune.root.id)
    sent = await make_broadcast(database, [commune.root])
    waiting = await make_broadcast(database, [commune.root], due_at=LATER, publish=False)
    await add_commune(context, ["Thôn Đoài Khê"])
    effect = await merging.merge(context, commune.root.code, "Đan Phượng")
    assert (effect.area.name, effect.uses.households, len(effect.uses.chats)) == ("Xã Đan Phượng", 6, 2)
    assert (effect.uses.staff, effect.announcements) == (("Cô Thư",), (waiting.announcement,))
    assert await names(database) == [
        "Xã Đan Phượng", "  Thôn Thu Quế", "    Tổ 1", "    Tổ 2", "  Thôn Đoài Khê", "  Thôn Thống Nhất", "    Tổ 1",
        "    Tổ 2",
    ]  # fmt: skip
    async with database.read() as connection:
        found = await tree.find(connection, commune.root.code)
        assert (found.name, found.instead_of) == ("Xã Đan Phượng", "Xã Thử")
        assert (await people.by_id(connection, secretary.id)).area_name == "Xã Đan Phượng"
        assert await recount.differences(connection, sent.id) == {}
    report = await reporting.report(context, sent.code)
    assert [(area.name, area.figures.audience) for area in report.report.areas][:2] == [
        ("Xã Thử", 6), ("Thôn Thu Quế", 3),
    ]  # fmt: skip
    assert report.report.late_joiners == 0
    # The notice that waits goes to the villages it was meant for, not to the one that was there already.
    assert await audience(database, waiting.announcement_id) == {"thu-que", "thong-nhat"}
    async with database.write() as connection:
        assert await broadcasts.publish(connection, waiting.id, LATER)
    later = await reporting.report(context, waiting.code)
    assert (later.report.total.audience, sum(later.report.deliveries.values())) == (6, 2)


async def test_a_merged_group_hands_over_households_chats_and_leader(context: Context, commune: Commune) -> None:
    database = context.database
    await make_chats(database, [*commune.groups.values()])
    async with database.write() as connection:
        leader = await people.add(
            connection, name="Ông Tư", role=Role.GROUP_LEADER, area_id=commune.groups["Thu Quế 1"].id
        )
    sent = await make_broadcast(database, [commune.villages["Thu Quế"]])
    waiting = await make_broadcast(database, [commune.groups["Thu Quế 1"]], due_at=LATER, publish=False)
    await merging.merge(context, GROUP_1, GROUP_2)
    assert await lives_in(database, "Bà Lan") == GROUP_2
    async with database.read() as connection:
        serving = [chat.area_code for chat in await chats.everything(connection)]
        assert serving.count(GROUP_2) == 2
        leader = await people.by_id(connection, leader.id)
    assert leader.area_code == GROUP_2
    # Of the notice sent before, its leader still sees Bà Lan's door, and may close it.
    _, knock = await reporting.unreached(context, sent.code, staff=leader)
    assert [door.head_name for door in knock] == ["Bà Lan", "Ông Hải", "Ông Bình"]
    told = await recording.told(context, sent.code, knock[0].household, how=How.MET, staff=leader)
    assert told.changed
    async with database.read() as connection:
        assert await recount.differences(connection, sent.id) == {}
        assert [row.code for row in await notices.latest_under(connection, leader.path, 9)] == [sent.code]
    assert await audience(database, waiting.announcement_id) == {GROUP_2}


async def test_a_group_that_moved_is_seen_by_its_new_village_and_not_by_its_old(
    context: Context, commune: Commune
) -> None:
    database = context.database
    sent = await make_broadcast(database, [commune.root])
    async with database.write() as connection:
        heads = [
            await people.add(connection, name=name, role=Role.VILLAGE_HEAD, area_id=village.id)
            for name, village in commune.villages.items()
        ]
    await areas.rename(context, "thong-nhat-to-2", "Tổ 3")
    effect = await areas.move(context, "thong-nhat-to-2", "Thu Quế")
    assert (effect.parent and effect.parent.code, effect.uses.households) == ("thu-que", 1)
    doors_of = {}
    for head in heads:
        async with database.read() as connection:
            now = await people.by_id(connection, head.id)
            doors_of[head.name] = {
                door.head_name for door in await doors.unreached(connection, sent.id, under=now.path)
            }
    assert doors_of == {
        "Thu Quế": {"Bà Lan", "Ông Hải", "Ông Bình", "Cụ Sáu"}, "Thống Nhất": {"Chị Mai", "Anh Tú"}
    }  # fmt: skip
    report = await reporting.report(context, sent.code)
    parents = {row["code"]: row["parent"] for row in reporting.as_json(context, report)["areas"]}
    assert parents["thong-nhat-to-2"] == "thong-nhat"  # as it was then


async def test_same_names_stop_a_merger_unless_it_is_said_what_to_do(context: Context, commune: Commune) -> None:
    with pytest.raises(Mistake, match="cùng có: Tổ 1, Tổ 2"):
        await merging.merge(context, "thu-que", "thong-nhat")
    renamed = await merging.merge(context, "thu-que", "thong-nhat", same_names=SameNames.RENAME, dry_run=True)
    assert renamed.uses.areas == (GROUP_1, GROUP_2)
    assert "    Tổ 1" in await names(context.database)  # only looked at
    await merging.merge(context, "thu-que", "thong-nhat", same_names=SameNames.RENAME)
    assert await names(context.database) == [
        "Xã Thử", "  Thôn Thống Nhất", "    Tổ 1 (Thu Quế)", "    Tổ 1", "    Tổ 2 (Thu Quế)", "    Tổ 2",
    ]  # fmt: skip
    await area_undo.undo(context)
    await merging.merge(context, "thu-que", "thong-nhat", same_names=SameNames.JOIN)
    assert await names(context.database) == ["Xã Thử", "  Thôn Thống Nhất", "    Tổ 1", "    Tổ 2"]
    assert await lives_in(context.database, "Bà Lan") == "thong-nhat-to-1"
    async with context.database.read() as connection:
        assert (await tree.find(connection, GROUP_1)).code == "thong-nhat-to-1"


async def test_households_of_a_lane_are_split_off_and_are_not_late_joiners(context: Context, commune: Commune) -> None:
    database = context.database
    async with database.write() as connection:
        for head, address in (("Bà Lan", "Số 5, ngõ 3"), ("Ông Hải", "Ngõ 30")):
            await connection.execute(
                update(t.household).where(t.household.c.head_name == head).values(address=address)
            )  # fmt: skip
    sent = await make_broadcast(database, [commune.groups["Thu Quế 1"]])
    waiting = await make_broadcast(database, [commune.groups["Thu Quế 1"]], due_at=LATER, publish=False)
    effect = await splitting.split(context, GROUP_1, Choice(addresses=("Ngõ 3",)), name="5")
    assert (effect.area.name, effect.area.code, effect.uses.households) == ("Tổ 5", "thu-que-to-5", 1)
    assert effect.notes
    assert [await lives_in(database, head) for head in ("Bà Lan", "Ông Hải")] == ["thu-que-to-5", GROUP_1]
    assert (await reporting.report(context, sent.code)).report.late_joiners == 0
    async with database.write() as connection:
        await broadcasts.publish(connection, waiting.id, LATER)
        assert await recount.differences(connection, waiting.id) == {}
    assert (await reporting.report(context, waiting.code)).report.total.audience == 2


@pytest.mark.parametrize(
    ("choice", "more", "why"),
    [
        (Choice(), {"name": "5"}, "Chưa chọn hộ nào"),
        (Choice(("H-001", "H-999", "H-004")), {"name": "5"}, "2 mã hộ hoặc địa chỉ không có ở Tổ 1: H-999, H-004"),
        (Choice(("H-001", "h-002")), {"name": "5"}, "Đã chọn hết"),
        (Choice(("H-001",)), {"name": "2"}, "trùng với Tổ 2"),
        (Choice(("H-001",)), {}, "Hãy ghi tên địa bàn mới"),
        (Choice(("H-001",)), {"into": GROUP_1}, "đang ở Tổ 1 rồi"),
        (Choice(("H-001",)), {"into": "thong-nhat"}, "cùng loại"),
    ],
)
async def test_a_split_that_makes_no_sense_changes_nothing(
    context: Context, commune: Commune, choice: Choice, more: dict[str, Any], why: str
) -> None:
    before = await names(context.database)
    with pytest.raises(Mistake, match=why):
        await splitting.split(context, GROUP_1, choice, **more)
    assert (await names(context.database), await log(context.database)) == (before, [])


async def test_what_cannot_be_is_refused_with_a_sentence(context: Context, commune: Commune) -> None:
    refusals = [
        (areas.move(context, "thu-que", "thu-que-to-1"), "vào chính nó"),
        (areas.move(context, GROUP_1, "xa thu"), "Tổ 1 là Tổ tự quản nên phải nằm trong một Thôn"),
        (areas.move(context, "thu-que", "thong-nhat"), "phải nằm trong một Xã"),
        (areas.move(context, GROUP_1, "thu-que"), "đang nằm trong"),
        (areas.move(context, GROUP_1, "thong-nhat"), "trùng với Tổ 1"),
        (areas.rename(context, GROUP_1, "tổ 02"), "trùng với Tổ 2"),
        (areas.rename(context, GROUP_1, "1"), "đúng tên này"),
        (areas.rename(context, GROUP_1, " "), "Chưa có tên"),
        (areas.rename(context, GROUP_1, "Tổ " + "x" * 90), "nhiều nhất là 80"),
        (areas.add(context, name="Tổ 9", kind=AreaKind.GROUP), "phải nằm trong một Thôn"),
        (areas.add(context, name="Xã B", kind=AreaKind.COMMUNE, under="xa thu"), "đứng trên cùng"),
        (merging.merge(context, "thu-que", GROUP_1), "cùng loại"),
        (merging.merge(context, "thu-que", "thu-que"), "vào chính nó"),
        (area_undo.undo(context), "Không còn lần thay đổi"),
    ]
    for change, why in refusals:
        with pytest.raises(Mistake, match=why):
            await change
    assert await log(context.database) == []


async def test_only_the_office_reorganises_and_only_its_own_area(context: Context, commune: Commune) -> None:
    async with context.database.write() as connection:
        head = await people.add(
            connection, name="Bác Trưởng", role=Role.VILLAGE_HEAD, area_id=commune.villages["Thu Quế"].id
        )
        clerk = await people.add(
            connection, name="Chị Văn", role=Role.SECRETARY, area_id=commune.villages["Thu Quế"].id
        )
    for change in (
        areas.rename(context, GROUP_1, "Tổ 9", staff=head),
        areas.rename(context, "thong-nhat", "Thôn Khác", staff=clerk),
        areas.move(context, GROUP_1, "thong-nhat", staff=clerk),
        areas.add(context, name="Xã B", kind=AreaKind.COMMUNE, staff=clerk),
    ):
        with pytest.raises(NotAllowed):
            await change
    assert (await areas.rename(context, GROUP_1, "Tổ 9", staff=clerk)).area.name == "Tổ 9"


async def test_a_former_name_still_finds_the_area(context: Context, commune: Commune) -> None:
    await areas.rename(context, "thu-que", "Thôn Bình Minh")
    async with context.database.read() as connection:
        found = await tree.find(connection, "Thu Quế")
        assert (found.code, found.name, found.instead_of) == ("thu-que", "Thôn Bình Minh", "Thôn Thu Quế")
        assert (await tree.find(connection, "thu-que")).instead_of == ""
        with pytest.raises(NotFound):
            await tree.find(connection, "Thu Què Chợ")


async def test_every_reorganisation_can_be_taken_back_one_after_the_other(context: Context, commune: Commune) -> None:
    database = context.database
    await make_chats(database, [*commune.groups.values()])
    waiting = await make_broadcast(database, [commune.villages["Thu Quế"]], due_at=LATER, publish=False)
    before = await names(database)
    await areas.rename(context, "thong-nhat", "Thôn Đoàn Kết")
    await splitting.split(context, GROUP_1, Choice(("H-001",)), name="5")
    await areas.move(context, "thu-que-to-5", "Đoàn Kết")
    await merging.merge(context, "thu-que", "thong-nhat", same_names=SameNames.JOIN)
    with pytest.raises(Mistake, match="hoàn tác lần mới nhất trước"):
        await area_undo.undo(context, only=1)
    undone = [(await area_undo.undo(context))[0].action for _ in range(4)]
    assert undone == ["area merge", "area move", "area split", "area rename"]
    assert await names(database) == before
    assert [await lives_in(database, head) for head in ("Bà Lan", "Ông Bình", "Chị Mai")] == [
        GROUP_1, GROUP_2, "thong-nhat-to-1",
    ]  # fmt: skip
    async with database.read() as connection:
        assert sorted(chat.area_code for chat in await chats.everything(connection)) == sorted(
            group.code for group in commune.groups.values()
        )
        assert all(change.undone for change in await area_history.latest(connection, 9))
    assert await audience(database, waiting.announcement_id) == {"thu-que"}


async def test_totals_of_earlier_notices_follow_who_is_responsible_now(context: Context, commune: Commune) -> None:
    sent = await make_broadcast(context.database, [commune.root])
    await areas.rename(context, "thong-nhat-to-2", "Tổ 3")
    await areas.move(context, "thong-nhat-to-2", "thu-que")
    await merging.merge(context, GROUP_2, GROUP_1)
    async with context.database.read() as connection:
        audiences = {}
        for code in ("thu", "thu-que", GROUP_1, "thong-nhat-to-2"):
            path = (await tree.find(connection, code)).path
            audiences[code] = (await reach.totals_under(connection, [sent.id], path))[sent.id].audience
    # Thu Quế's own three households and, of the group that came, one; Tổ 1 has Tổ 2's household, too.
    assert audiences == {"thu": 6, "thu-que": 4, GROUP_1: 3, "thong-nhat-to-2": 1}


async def test_a_draft_for_a_merged_area_goes_to_what_it_became(context: Context, commune: Commune) -> None:
    chosen = [commune.groups["Thu Quế 1"].id, commune.groups["Thống Nhất 1"].id]
    await merging.merge(context, GROUP_1, GROUP_2)
    async with context.database.read() as connection:
        reached = await audiences.audience(connection, chosen)
    assert [area.code for area in reached.areas] == [GROUP_2, "thong-nhat-to-1"]
    assert reached.households == 5


async def test_a_notice_that_goes_out_while_a_commune_is_reorganised_still_adds_up(
    context: Context, commune: Commune
) -> None:
    """Whoever comes second waits: the snapshot and its counters are of one tree."""
    waiting = [await make_broadcast(context.database, [village], due_at=LATER, publish=False)
               for village in commune.villages.values() for _ in range(3)]  # fmt: skip

    async def publish(broadcast_id: int) -> None:
        async with context.database.write() as connection:
            await broadcasts.publish(connection, broadcast_id, LATER)

    async def reorganise() -> None:
        await areas.rename(context, "thong-nhat-to-1", "Tổ 3")
        await areas.rename(context, "thong-nhat-to-2", "Tổ 4")
        await merging.merge(context, "thong-nhat", "thu-que")

    await asyncio.gather(reorganise(), *(publish(row.id) for row in waiting))
    async with context.database.read() as connection:
        for row in waiting:
            assert await recount.differences(connection, row.id) == {}
            assert (await reach.totals(connection, [row.id]))[row.id].audience in (3, 6)
