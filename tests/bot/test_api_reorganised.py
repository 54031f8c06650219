"""Keys and codes when the tree of areas changes: rights follow the tree as it is, and no key gains reach by it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.office.tree import areas as office
from bot.office.tree import merging
from db.engine import Database
from tests.bot.conftest_api import Service, open_api


@pytest.fixture
async def service(database: Database, tmp_path: Path) -> AsyncIterator[Service]:
    async with open_api(database, tmp_path) as service:
        yield service


async def test_a_group_that_moved_is_its_new_villages(service: Service) -> None:
    before = (await service.notice("Thu Quế 2")).announcement
    old, new = await service.key("Thu Quế"), await service.key("Thống Nhất")
    await office.rename(service.village.context, "thu-que-to-2", "Tổ 5")
    await office.move(service.village.context, "thu-que-to-2", "Thống Nhất")
    assert [area["code"] for area in (await service.get(old, "/areas"))["items"]] == ["thu-que", "thu-que-to-1"]
    report = await service.get(new, f"/announcements/{before}/report")
    assert (report["total"]["audience"], report["areas"][0]["name"]) == (1, "Tổ 2")
    assert [one["area"] for one in (await service.get(new, f"/announcements/{before}/deliveries"))["items"]]
    doors = await service.get(new, f"/announcements/{before}/unreached")
    assert [door["head_name"] for door in doors["items"]] == ["Ông Bình"]
    for path in ("", "/report", "/deliveries", "/unreached"):
        assert (await service.ask(old, "GET", f"/announcements/{before}{path}")).status_code == 404


async def test_the_code_of_a_merged_area_stands_for_what_it_became(service: Service) -> None:
    key = await service.key("Thu Quế")
    await merging.merge(service.village.context, "thu-que-to-2", "thu-que-to-1")
    announced = (await service.create(key, "mot", areas=["thu-que-to-2"])).json()
    report = await service.get(key, f"/announcements/{announced['announcement']}/report")
    assert (report["total"]["audience"], report["areas"][0]["code"]) == (3, "thu-que-to-1")


async def test_a_key_of_a_merged_area_gains_nothing(service: Service) -> None:
    key = await service.key("Tổ 2, Thu Quế")
    own, other = (await service.notice("Thu Quế 2")).announcement, (await service.notice("Thu Quế 1")).announcement
    await merging.merge(service.village.context, "thu-que-to-2", "thu-que-to-1")
    assert (await service.get(key, "/households"))["items"] == []
    assert (await service.get(key, f"/announcements/{own}/report"))["total"]["audience"] == 1
    assert (await service.ask(key, "GET", f"/announcements/{other}/report")).status_code == 404
    assert (await service.create(key, "mot", areas=["thu-que-to-2"])).status_code == 404
