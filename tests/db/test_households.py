"""A roster file and the table of households: applied whole, idempotent, history kept."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from announcements.roster import HouseholdRow, RefusedRow
from announcements.types import AreaKind, Device
from db.engine import Database
from db.places import area_changes, areas, households
from db.places.households import Imported
from db.tables import t
from tests.makers import NOON

LAN = HouseholdRow(2, "H-001", "Thôn Thu Quế", "Tổ 1", "Bà Lan", "Bà Lan", ("+84912345678",), "Ngõ 1", "",
                   Device.SMARTPHONE)  # fmt: skip
HAI = HouseholdRow(3, "H-002", "Thôn Thu Quế", "Tổ 1", "Ông Hải", "Chị Na", (), "Ngõ 2", "", Device.NONE)
MAI = HouseholdRow(4, "H-003", "Thôn Thống Nhất", "Tổ 2", "Chị Mai", "Chị Mai", (), "", "", Device.UNKNOWN)
ALL = (LAN, HAI, MAI)


async def take_in(
    database: Database,
    rows: Sequence[HouseholdRow],
    *,
    codes: Sequence[str] = (),
    days: int = 0,
    unread: Sequence[RefusedRow] = (),
    departures: bool = False,
) -> Imported:
    async with database.write() as connection:
        named = [row.code for row in rows if row.code]
        now = NOON + timedelta(days=days)
        return await households.apply_roster(
            connection, rows, commune="Xã Thử", codes=[*named, *codes], now=now, unread=unread, departures=departures
        )


def counts(done: Imported) -> tuple[int, int, int, int]:
    return done.created, done.updated, done.unchanged, done.left


async def stored(database: Database) -> list[HouseholdRow]:
    async with database.read() as connection:
        return await households.roster(connection)


async def test_households_and_areas_are_made_as_the_file_names_them(database: Database) -> None:
    assert counts(await take_in(database, ALL)) == (3, 0, 0, 0)
    async with database.read() as connection:
        tree = await areas.tree(connection)
    assert [(area.name, area.kind, area.households) for area in tree] == [
        ("Xã Thử", AreaKind.COMMUNE, 3), ("Thôn Thu Quế", AreaKind.VILLAGE, 2), ("Tổ 1", AreaKind.GROUP, 2),
        ("Thôn Thống Nhất", AreaKind.VILLAGE, 1), ("Tổ 2", AreaKind.GROUP, 1),
    ]  # fmt: skip


async def test_the_same_file_twice_changes_nothing(database: Database) -> None:
    await take_in(database, ALL)
    assert counts(await take_in(database, ALL, days=1)) == (0, 0, 3, 0)


async def test_what_is_read_back_is_what_went_in(database: Database) -> None:
    await take_in(database, ALL)
    assert [replace(row, row=0) for row in await stored(database)] == [replace(row, row=0) for row in ALL]


async def test_rows_without_a_code_are_found_again(database: Database) -> None:
    twins = [replace(LAN, code=None, phones=()), replace(LAN, code=None, row=9, address="Ngõ 7", phones=())]
    assert counts(await take_in(database, twins)) == (2, 0, 0, 0)
    assert counts(await take_in(database, twins)) == (0, 0, 2, 0)
    assert {row.code for row in await stored(database)} == {"HO-00001", "HO-00002"}


async def test_a_changed_phone_head_or_place_is_an_update(database: Database) -> None:
    await take_in(database, ALL)
    changed = (
        replace(LAN, phones=("+84977322045",)),
        replace(HAI, head="Ông Hải Em"),
        replace(MAI, group="Tổ 5"),
    )
    done = await take_in(database, changed, days=1)
    assert counts(done) == (0, 3, 0, 0)
    assert [row.phones for row in await stored(database) if row.code == "H-001"] == [("+84977322045",)]


async def test_a_household_that_left_keeps_its_row_and_may_come_back(database: Database) -> None:
    await take_in(database, ALL)
    assert counts(await take_in(database, (LAN, MAI), days=1)) == (0, 0, 2, 1)
    assert len(await stored(database)) == 2
    assert counts(await take_in(database, ALL, days=2)) == (0, 1, 2, 0)
    async with database.read() as connection:
        h = t.household
        joined = (await connection.execute(select(h.c.joined_at).where(h.c.code == "H-002"))).scalar_one()
    assert joined == NOON + timedelta(days=2)


async def test_groups_the_file_does_not_name_are_left_alone(database: Database) -> None:
    await take_in(database, ALL)
    assert counts(await take_in(database, (LAN, HAI), days=1)) == (0, 0, 2, 0)


async def test_a_household_whose_row_was_refused_has_not_left(database: Database) -> None:
    await take_in(database, ALL)
    assert counts(await take_in(database, (LAN, MAI), codes=["H-002"], days=1)) == (0, 0, 2, 0)


def village_of(count: int, *, group: str = "Tổ 1") -> list[HouseholdRow]:
    return [replace(LAN, row=n, code=f"{group}-{n}", head=f"Hộ {n}", phones=(), group=group) for n in range(count)]


async def test_a_file_that_leaves_many_out_marks_nobody_as_left_until_it_is_meant(database: Database) -> None:
    everybody = village_of(60)
    await take_in(database, everybody)
    kept = await take_in(database, everybody[:30], days=1)
    assert (kept.left, len(kept.departed.found.too_many), kept.departed.found.out_of) == (0, 30, 60)
    assert len(await stored(database)) == 60
    assert {area.name for area in kept.departed.places.values()} == {"Tổ 1"}
    meant = await take_in(database, everybody[:30], days=1, departures=True)
    assert (meant.left, meant.departed.found.held_back) == (30, [])
    assert len(await stored(database)) == 30


async def test_a_refused_row_without_a_code_is_not_the_departure_of_its_household(database: Database) -> None:
    await take_in(database, (replace(LAN, code=None), replace(HAI, code=None), MAI))
    no_group = RefusedRow(3, village="Thôn Thu Quế", head="ông hải")
    done = await take_in(database, (replace(LAN, code=None), MAI), unread=[no_group], days=1)
    assert (done.left, done.departed.found.unsure_rows) == (0, [3])
    elsewhere = RefusedRow(3, village="Thôn Thống Nhất", head="ông hải")
    assert (await take_in(database, (replace(LAN, code=None), MAI), unread=[elsewhere], days=1)).left == 1


async def test_a_row_refused_for_its_code_is_not_the_departure_of_its_household(database: Database) -> None:
    await take_in(database, ALL)
    mistyped = replace(HAI, code="H-003", row=9)  # Chị Mai's
    done = await take_in(database, (LAN, mistyped), days=1)
    assert [one.refused for one in done.problems] == [True]
    assert done.left == 0
    assert {row.head for row in await stored(database)} == {"Bà Lan", "Ông Hải", "Chị Mai"}


async def test_a_code_of_another_household_elsewhere_is_refused_and_nothing_of_it_changes(database: Database) -> None:
    await take_in(database, ALL)
    thief = replace(MAI, code="H-001", head="Người Khác", row=7)
    done = await take_in(database, (LAN, HAI, MAI, thief), days=1)
    assert counts(done) == (0, 0, 3, 0)
    assert [(one.row, one.column, one.refused) for one in done.problems] == [(7, "Mã hộ", True)]
    assert "Bà Lan" in done.problems[0].problem


async def test_one_village_keeps_one_node_whatever_its_spelling(database: Database) -> None:
    await take_in(database, ALL)
    await take_in(database, [replace(LAN, village="Thôn THU QUẾ")], days=1)
    async with database.read() as connection:
        villages = [area.name for area in await areas.tree(connection) if area.kind is AreaKind.VILLAGE]
    assert villages == ["Thôn Thu Quế", "Thôn Thống Nhất"]


async def merge_groups(database: Database, old: str, new: str) -> None:
    async with database.write() as connection:
        one, other = await areas.find(connection, old), await areas.find(connection, new)
        await area_changes.hand_over(connection, one, other)
        await area_changes.retire(connection, one, other, NOON)


async def test_a_file_that_names_a_merged_group_is_followed_to_what_it_became(database: Database) -> None:
    await take_in(database, (*ALL, replace(LAN, row=5, code="H-004", group="Tổ 2", head="Bà Tám")))
    await merge_groups(database, "thu-que-to-2", "thu-que-to-1")
    done = await take_in(database, (*ALL, replace(LAN, row=5, code="H-004", group="Tổ 2", head="Bà Tám")), days=1)
    assert (counts(done), done.problems) == ((0, 0, 4, 0), [])
    assert done.warnings == [
        "Tệp ghi “Tổ 2, Thôn Thu Quế”, nay là “Tổ 1, Thôn Thu Quế”: các hộ được ghi vào địa bàn hiện nay."
    ]


async def test_a_file_that_names_a_renamed_village_is_followed(database: Database) -> None:
    await take_in(database, ALL)
    async with database.write() as connection:
        await area_changes.rename(connection, await areas.find(connection, "Thu Quế"), "Thôn Bình Minh", NOON)
    done = await take_in(database, ALL, days=1)
    assert (counts(done), len(done.warnings)) == ((0, 0, 3, 0), 1)


async def test_rows_of_a_merged_village_are_refused_and_nobody_is_taken_for_gone(database: Database) -> None:
    """Nobody can tell which of its groups is which, and a new village of the old name would undo the merger."""
    await take_in(database, (LAN, HAI, replace(MAI, group="Tổ 3")))
    async with database.write() as connection:
        old, new = await areas.find(connection, "Thống Nhất"), await areas.find(connection, "Thu Quế")
        await area_changes.place_under(connection, await areas.find(connection, "thong-nhat-to-3"), new)
        await area_changes.retire(connection, old, new, NOON)
    done = await take_in(database, (LAN, HAI, replace(MAI, group="Tổ 3")), days=1)
    assert counts(done) == (0, 0, 2, 0)
    assert [(one.row, one.refused, one.problem) for one in done.problems] == [
        (4, True, "Thôn Thống Nhất đã sáp nhập vào Thôn Thu Quế. Hãy ghi thôn và tổ như hiện nay.")
    ]
    assert [(row.village, row.group) for row in await stored(database)][-1] == ("Thôn Thu Quế", "Tổ 3")
