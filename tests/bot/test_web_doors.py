"""The door-knock list on a telephone: who sees which doors, and taps that count once however they come."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from announcements.types import Grade, How, Kind, Role
from db.answering import ticks
from db.answering.ticks import Tick
from db.counting import recount
from db.engine import Database
from db.tables import t
from scheduler import upkeep
from tests.bot.conftest_board import Village, open_board

JSON = {"Accept": "application/json"}


@pytest.fixture
async def village(database: Database, tmp_path: Path) -> AsyncIterator[Village]:
    async with open_board(database, tmp_path) as village:
        yield village


async def tap(
    browser: httpx.AsyncClient, code: str, household: str, done: str = "met", key: str = "", **more: str
) -> httpx.Response:
    form = {"done": done, "key": key or f"{household}-{done}-key", **more}
    return await browser.post(f"/doors/{code}/{household}", data=form, headers=JSON)


async def records(village: Village) -> list[tuple[str, bool]]:
    """What leaders recorded, in order: how, and whether it was taken back."""
    a = t.acknowledgement
    async with village.context.database.read() as connection:
        rows = await connection.execute(a.select().where(a.c.how.not_in((How.BOARD, How.BUTTON))).order_by(a.c.id))
        return [(row.how.value, row.revoked_at is not None) for row in rows]


async def adds_up(village: Village, broadcast_id: int) -> bool:
    async with village.context.database.read() as connection:
        return not await recount.differences(connection, broadcast_id)


async def test_the_list_of_notices_says_how_many_doors_are_left(village: Village) -> None:
    own = await village.announce("Tiêm phòng", to=("Thu Quế",))
    everybody = await village.announce("Cắt điện toàn xã", to=("",))
    await village.announce("Việc của thôn khác", to=("Thống Nhất",))
    over = await village.announce("Họp đã qua", valid_until=village.now + timedelta(hours=1))
    async with await village.sign_in(Role.VILLAGE_HEAD, "Thu Quế") as browser:
        await tap(browser, own.announcement, "H-001")
        village.later(hours=2)
        page = (await browser.get("/doors")).text
    assert "Việc của thôn khác" not in page
    assert over.title not in page
    assert "còn <b>2</b> / 3 hộ" in page  # Tiêm phòng, after Bà Lan was met
    assert "còn <b>3</b> / 3 hộ" in page  # of the whole commune's notice, their village's part
    assert everybody.title in page


async def test_without_open_notices_the_list_says_so(village: Village) -> None:
    async with await village.sign_in(Role.GROUP_LEADER, "Thu Quế 1") as browser:
        assert "chưa có thông báo nào đang cần báo" in (await browser.get("/doors")).text


async def test_a_village_head_chooses_the_group_and_a_group_leader_is_there_at_once(village: Village) -> None:
    notice = await village.announce(to=("",))
    async with await village.sign_in(Role.VILLAGE_HEAD, "Thu Quế") as head:
        groups = (await head.get(f"/doors/{notice.announcement}")).text
        assert re.findall(r"\?group=([a-z0-9-]+)", groups) == ["thu-que-to-1", "thu-que-to-2"]
        assert "Bà Lan" not in groups
        assert "Bà Lan" in (await head.get(f"/doors/{notice.announcement}?group=thu-que-to-1")).text
        assert (await head.get(f"/doors/{notice.announcement}?group=thong-nhat-to-1")).status_code == 404
    async with await village.sign_in(Role.GROUP_LEADER, "Thu Quế 1") as leader:
        page = (await leader.get(f"/doors/{notice.announcement}")).text
        assert "Bà Lan" in page
        assert "Ông Hải" in page
        assert "Chị Mai" not in page
        assert "Ông Bình" not in page


async def test_a_tap_without_scripts_comes_back_to_the_place_on_the_list(village: Village) -> None:
    notice = await village.announce()
    async with await village.sign_in(Role.GROUP_LEADER, "Thu Quế 1") as browser:
        page = (await browser.get(f"/doors/{notice.announcement}")).text
        key = re.findall(r'name="key" value="([^"]+)"', page)[0]
        answer = await browser.post(f"/doors/{notice.announcement}/H-001", data={"done": "met", "key": key})
        assert answer.status_code == 303
        assert answer.headers["location"].startswith(f"/doors/{notice.announcement}?group=thu-que-to-1&ok=H-001#ho-")
        after = (await browser.get(answer.headers["location"])).text
    assert "Đã ghi hộ Bà Lan" in after
    assert 'Còn <b id="con-lai">1</b>' in after
    assert await village.standings(notice) == {"Bà Lan": "told/received", "Ông Hải": "open", "Ông Bình": "open"}


async def test_the_same_tap_sent_again_is_carried_out_once(village: Village) -> None:
    notice = await village.announce()
    async with await village.sign_in(Role.GROUP_LEADER, "Thu Quế 1") as browser:
        first = (await tap(browser, notice.announcement, "H-001", key="mot-lan-bam")).json()
        again = (await tap(browser, notice.announcement, "H-001", key="mot-lan-bam")).json()
        assert (first["changed"], again["changed"]) == (True, False)
        await tap(browser, notice.announcement, "H-001", "undo", key="hoan-tac-1")
        late = (await tap(browser, notice.announcement, "H-001", key="mot-lan-bam")).json()
    assert late["outcome"] == "open"  # a copy that comes after the undo does not undo the undo
    assert await records(village) == [("met", True)]
    assert await adds_up(village, notice.broadcast_id)


async def test_twins_at_the_same_moment_make_one_record(village: Village) -> None:
    notice = await village.announce()
    async with await village.sign_in(Role.GROUP_LEADER, "Thu Quế 1") as browser:
        answers = await asyncio.gather(
            *(tap(browser, notice.announcement, "H-001", key="sinh-doi-1") for _ in range(6))
        )
        assert [answer.status_code for answer in answers] == [200] * 6
        assert sum(answer.json()["changed"] for answer in answers) == 1
    assert await records(village) == [("met", False)]
    assert await adds_up(village, notice.broadcast_id)


async def test_one_persons_key_is_nothing_to_another(village: Village) -> None:
    notice = await village.announce()
    one = await village.sign_in(Role.GROUP_LEADER, "Thu Quế 1")
    other = await village.sign_in(Role.VILLAGE_HEAD, "Thu Quế")
    async with one, other:
        await tap(one, notice.announcement, "H-001", key="chung-mot-khoa")
        assert (await tap(other, notice.announcement, "H-002", key="chung-mot-khoa")).json()["changed"]


async def test_reasons_grades_and_an_undo(village: Village) -> None:
    notice = await village.announce(kind=Kind.MEETING)
    async with await village.sign_in(Role.VILLAGE_HEAD, "Thu Quế") as browser:
        assert (await tap(browser, notice.announcement, "H-001", "hospital")).json()["outcome"] == "not_reached"
        assert (await tap(browser, notice.announcement, "H-002", "called", grade="will_attend")).json()["changed"]
        page = (await browser.get(f"/doors/{notice.announcement}?group=thu-que-to-1")).text
        assert "Đi viện" in page
        back = (await tap(browser, notice.announcement, "H-001", "undo")).json()
    assert back["outcome"] == "open"
    assert "Đã bỏ ghi nhận của hộ Bà Lan" in back["message"]
    assert (await village.standings(notice))["Ông Hải"] == "told/will_attend"
    assert await adds_up(village, notice.broadcast_id)


@pytest.mark.parametrize(
    ("made", "kept"),
    [
        (timedelta(hours=-3), timedelta(hours=-3)),
        (timedelta(hours=1), timedelta()),  # the telephone's clock is ahead
        (timedelta(days=-2), timedelta()),  # before the notice went out
    ],
)
async def test_a_late_tap_keeps_the_time_it_was_made_where_that_can_be(
    village: Village, made: timedelta, kept: timedelta
) -> None:
    notice = await village.announce()
    village.later(hours=5)
    milliseconds = str(int((village.now + made).timestamp() * 1000))
    async with await village.sign_in(Role.GROUP_LEADER, "Thu Quế 1") as browser:
        assert (await tap(browser, notice.announcement, "H-001", at=milliseconds)).json()["changed"]
    async with village.context.database.read() as connection:
        (at,) = (await connection.execute(t.acknowledgement.select().with_only_columns(t.acknowledgement.c.at))).one()
    assert at == village.now + kept


async def test_whoever_answered_meanwhile_is_off_the_list_and_a_tap_changes_nothing(village: Village) -> None:
    notice = await village.announce()
    tick = Tick(notice.broadcast_id, village.commune.households["Bà Lan"], "may", Grade.RECEIVED, village.now, None)
    await village.context.writer.submit(ticks.acknowledge, tick)
    async with await village.sign_in(Role.GROUP_LEADER, "Thu Quế 1") as browser:
        assert "Bà Lan" not in (await browser.get(f"/doors/{notice.announcement}")).text
        answer = (await tap(browser, notice.announcement, "H-001")).json()
    assert (answer["outcome"], answer["changed"]) == ("acknowledged", False)
    assert "đã có tin từ trước" in answer["message"]


async def test_what_is_refused_says_why_in_a_sentence(village: Village) -> None:
    notice = await village.announce()
    async with await village.sign_in(Role.GROUP_LEADER, "Thu Quế 1") as browser:
        for form in ({"done": "sung", "key": "0123456789"}, {"done": "met", "key": "!"}, {"done": "met"},
                     {"done": "met", "key": "0123456789", "grade": "x"}):  # fmt: skip
            answer = await browser.post(f"/doors/{notice.announcement}/H-001", data=form, headers=JSON)
            assert answer.status_code == 422
        foreign = await tap(browser, notice.announcement, "H-003")
        assert foreign.status_code == 403
        assert "không thuộc địa bàn" in foreign.json()["message"]
        await village.withdraw(notice)
        withdrawn = await tap(browser, notice.announcement, "H-001")
        assert withdrawn.status_code == 422
        assert "đã thu hồi" in withdrawn.json()["message"]
    assert await records(village) == []


async def test_the_page_of_one_door_leads_to_the_next(village: Village) -> None:
    notice = await village.announce()
    async with await village.sign_in(Role.GROUP_LEADER, "Thu Quế 1") as browser:
        page = (await browser.get(f"/doors/{notice.announcement}/H-001")).text
        assert "Hộ kế tiếp: Ông Hải" in page
        answer = await browser.post(
            f"/doors/{notice.announcement}/H-001", data={"done": "slip", "key": "quet-ma-1", "back": "door"}
        )
        assert answer.headers["location"] == f"/doors/{notice.announcement}/H-001?ok=1"
        await tap(browser, notice.announcement, "H-002")
        done = (await browser.get(answer.headers["location"])).text
    assert "Không còn hộ nào phải gõ cửa" in done


async def test_old_taps_are_forgotten(village: Village) -> None:
    notice = await village.announce()
    async with await village.sign_in(Role.GROUP_LEADER, "Thu Quế 1") as browser:
        await tap(browser, notice.announcement, "H-001")
    database = village.context.database
    assert await upkeep.forget_taps(database, village.now + timedelta(days=29)) == 0
    assert await upkeep.forget_taps(database, village.now + timedelta(days=31)) == 1
