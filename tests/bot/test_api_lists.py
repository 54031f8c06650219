"""Lists of the API: pages that miss and repeat nothing, filters, cursors nobody can make up; on both engines."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from announcements.types import Device, Kind, Urgency
from bot.web.api.paging import read_cursor, write_cursor
from db.engine import Database
from db.tables import t
from tests.bot.conftest_api import Service, open_api


@pytest.fixture
async def service(database: Database, tmp_path: Path) -> AsyncIterator[Service]:
    async with open_api(database, tmp_path) as service:
        yield service


async def pages(service: Service, key: str, path: str, limit: int) -> list[list[dict[str, Any]]]:
    found: list[list[dict[str, Any]]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await service.get(key, path, params={"limit": limit, "cursor": cursor})
        found.append(page["items"])
        cursor = page["next_cursor"]
    return found


async def test_announcements_come_newest_first_in_pages_that_miss_nothing(service: Service) -> None:
    key, village = await service.key(), service.village
    made = []
    for number in range(7):
        made.append((await service.notice(title=f"Số {number}")).announcement)
        village.now += timedelta(minutes=number % 2)  # two at a time are due together
    await service.notice("Thống Nhất")
    whole = [row["announcement"] for row in (await service.get(key, "/announcements"))["items"]]
    assert sorted(whole) == sorted(made)
    for limit in (1, 2, 3, 7):
        found = await pages(service, key, "/announcements", limit)
        assert [row["announcement"] for page in found for row in page] == whole
        assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1)


async def test_what_is_added_meanwhile_shifts_nothing(service: Service) -> None:
    key = await service.key()
    for number in range(3):
        await service.notice(title=f"Số {number}")
        service.village.later(minutes=1)
    first = await service.get(key, "/announcements?limit=2")
    await service.notice(title="Mới")
    second = await service.get(key, "/announcements", params={"limit": 2, "cursor": first["next_cursor"]})
    assert [row["title"] for row in (*first["items"], *second["items"])] == ["Số 2", "Số 1", "Số 0"]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("kind=meeting", ["Họp"]),
        ("urgency=urgent", ["Gấp"]),
        ("state=scheduled", ["Hẹn"]),
        ("area=thu-que-to-1", ["Hẹn", "Gấp", "Họp"]),
        ("area=thong-nhat", ["Nhà bên"]),
        ("due_from=2026-11-23T19:01", ["Hẹn", "Nhà bên", "Gấp"]),
        ("due_from=2026-11-23T19:01&due_before=2026-11-23T19:02", ["Gấp"]),
        ("due_before=2026-11-23T12:01:00Z", ["Họp"]),
        ("kind=meeting&urgency=urgent", []),
    ],
)
async def test_announcements_are_filtered(service: Service, query: str, titles: list[str]) -> None:
    village = service.village
    await service.notice(title="Họp", kind=Kind.MEETING)
    village.later(minutes=1)
    await service.notice("Thu Quế 1", title="Gấp", urgency=Urgency.URGENT)
    village.later(minutes=1)
    await service.notice("Thống Nhất", title="Nhà bên")
    await village.schedule(title="Hẹn", due_at=village.now + timedelta(hours=1))
    found = await service.get(await service.key("Xã Thử"), f"/announcements?{query}")
    assert [row["title"] for row in found["items"]] == titles


async def test_a_filter_by_a_foreign_area_is_one_by_an_unknown_area(service: Service) -> None:
    key = await service.key()
    code = (await service.notice()).announcement
    for path in ("/announcements", "/households", f"/announcements/{code}/unreached"):
        answers = [await service.ask(key, "GET", path, params={"area": area}) for area in ("thong-nhat", "khong-co")]
        assert [answer.status_code for answer in answers] == [404, 404]
        inside = await service.get(key, path, params={"area": "thu-que-to-1"})
        assert inside["items"] or path == "/announcements"


async def test_the_door_list_goes_on_behind_a_door_that_was_closed_meanwhile(service: Service) -> None:
    key = await service.key("Xã Thử")
    code = (await service.notice("")).announcement
    first = await service.get(key, f"/announcements/{code}/unreached?limit=2")
    assert [door["head_name"] for door in first["items"]] == ["Bà Lan", "Ông Hải"]
    for household in ("H-001", "H-002"):
        await service.ask(key, "POST", f"/announcements/{code}/told", json={"household": household, "how": "met"})
    rest = await service.get(key, f"/announcements/{code}/unreached", params={"cursor": first["next_cursor"]})
    assert [door["head_name"] for door in rest["items"]] == ["Ông Bình", "Chị Mai", "Anh Tú", "Cụ Sáu"]
    whole = await pages(service, key, f"/announcements/{code}/unreached", 1)
    assert [door["head_name"] for page in whole for door in page] == ["Ông Bình", "Chị Mai", "Anh Tú", "Cụ Sáu"]


async def test_a_cursor_of_a_household_elsewhere_opens_nothing(service: Service) -> None:
    code = (await service.notice()).announcement
    key = await service.key()
    mai = write_cursor(service.village.commune.households["Chị Mai"])
    found = await service.get(key, f"/announcements/{code}/unreached", params={"cursor": mai})
    assert found == {"items": [], "next_cursor": None}


async def test_households_come_in_pages(service: Service) -> None:
    key = await service.key("Xã Thử")
    found = await pages(service, key, "/households", 4)
    assert [[row["head_name"] for row in page] for page in found] == [
        ["Bà Lan", "Ông Hải", "Ông Bình", "Chị Mai"], ["Anh Tú", "Cụ Sáu"],
    ]  # fmt: skip


async def test_who_came_after_the_snapshot_is_listed_apart(service: Service) -> None:
    village = service.village
    code = (await service.notice()).announcement
    village.later(hours=1)
    async with village.context.database.write() as connection:
        for number, place in enumerate(("Thu Quế 1", "Thống Nhất 1")):
            await connection.execute(
                t.household.insert().values(
                    code=f"MOI-{number}",
                    area_id=village.area(place).id,
                    head_name=f"Mới {place}",
                    representative="",
                    device=Device.UNKNOWN,
                    joined_at=village.now,
                )
            )
    key = await service.key("Xã Thử")
    late = await service.get(key, f"/announcements/{code}/late-joiners")
    assert [row["head_name"] for row in late["items"]] == ["Mới Thu Quế 1"]
    assert (await service.get(key, f"/announcements/{code}/report"))["late_joiners"] == 1
    elsewhere = await service.key("Tổ 2, Thu Quế")
    assert (await service.get(elsewhere, f"/announcements/{code}/report"))["late_joiners"] == 0
    scheduled = await village.schedule(due_at=village.now + timedelta(hours=1))
    assert (await service.get(key, f"/announcements/{scheduled}/late-joiners"))["items"] == []


async def test_deliveries_are_filtered_by_several_states(service: Service) -> None:
    key = await service.key()
    code = (await service.notice()).announcement
    everything = (await service.get(key, f"/announcements/{code}/deliveries"))["items"]
    assert {one["state"] for one in everything} == {"queued"}
    for query, count in (("state=queued", len(everything)), ("state=sent&state=failed", 0),
                         ("state=sent&state=queued", len(everything))):  # fmt: skip
        assert len((await service.get(key, f"/announcements/{code}/deliveries?{query}"))["items"]) == count


@given(st.integers(min_value=0, max_value=10**18 - 1))
def test_a_cursor_is_read_back(row_id: int) -> None:
    assert read_cursor(write_cursor(row_id)) == row_id


@given(st.text(max_size=60))
def test_any_other_text_is_no_cursor_or_one_that_fits_a_row(text: str) -> None:
    found = read_cursor(text)
    assert found is None or 0 <= found < 10**18
