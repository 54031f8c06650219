"""The page of posting by hand, as browsers ask for it: what waits, the taps, nothing of other people's chats."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from announcements.types import ChannelKind, DeliveryState, Role, Urgency
from bot.office.channels import chats
from db import outbox
from db.announcing.board import Notice
from db.announcing.fanout import ASSISTED
from db.engine import Database
from tests.bot.conftest_board import Village, open_board
from tests.makers import delivery_states, make_chats, settle, take

S = DeliveryState


@pytest.fixture
async def village(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Village]:
    async with open_board(sqlite_database, tmp_path) as village:
        places = [village.area(name) for name in ("Thu Quế 1", "Thống Nhất 1")]
        await make_chats(sqlite_database, places, account=ASSISTED, channel=ChannelKind.ASSISTED)
        yield village


async def handed(village: Village, to: str = "Thu Quế 1", **more: object) -> Notice:
    """A notice that waits to be posted in the chat of a group."""
    notice = await village.announce(to=(to,), **more)  # type: ignore[arg-type]
    database = village.context.database
    await settle(database, await take(database, account=ASSISTED, now=village.now), S.HANDED, now=village.now)
    return notice


async def chat_of(village: Village) -> int:
    return (await chats.listing(village.context))[0].id


async def tap(browser: httpx.AsyncClient, notice: Notice, chat: int, done: str = "posted", key: str = "a-key-of-a-page",
              **more: str) -> httpx.Response:  # fmt: skip
    headers = {"Accept": more.pop("accept", "text/html")}
    return await browser.post(
        f"/posting/{notice.code}/{chat}", data={"done": done, "key": key, **more}, headers=headers
    )


async def test_the_words_are_ready_to_be_copied_with_the_way_to_answer(village: Village) -> None:
    notice = await handed(village, body="Mất điện < 4 giờ.")
    async with await village.sign_in(Role.GROUP_LEADER, "Thu Quế 1") as browser:
        page = (await browser.get("/posting")).text
    assert "Mất điện &lt; 4 giờ." in page
    assert f"/n/{notice.announcement}" in page
    assert "trả lời trong nhóm này thì chưa được tính" in page
    assert '<b id="con-lai">1</b> lượt chờ đăng ở Tổ 1' in page


async def test_without_scripts_a_tap_is_a_form_and_comes_back_with_what_became_of_it(village: Village) -> None:
    notice = await handed(village)
    chat = await chat_of(village)
    async with await village.sign_in(Role.GROUP_LEADER, "Thu Quế 1") as browser:
        answer = await tap(browser, notice, chat)
        page = (await browser.get(answer.headers["location"])).text
        assert "Đã ghi: đã đăng vào Tổ 1." in page
        assert "Không còn tin nào chờ đăng." in page
        assert "đã đăng lúc 19:00, Trần Văn Mẫu" in page
        assert (await tap(browser, notice, chat)).status_code == 303  # the same key again
        undone = await tap(browser, notice, chat, "undo", "another-key")
        assert "Tổ 1 lại chờ đăng" in (await browser.get(undone.headers["location"])).text
    assert await delivery_states(village.context.database, notice.broadcast_id) == [S.HANDED]


async def test_a_script_gets_the_chat_back_as_it_is_now(village: Village) -> None:
    notice = await handed(village)
    async with await village.sign_in(Role.GROUP_LEADER, "Thu Quế 1") as browser:
        answer = await tap(browser, notice, await chat_of(village), accept="application/json")
        again = await tap(browser, notice, await chat_of(village), accept="application/json")  # its answer was lost
    told = answer.json()
    assert (again.json()["message"], again.json()["changed"]) == (told["message"], True)
    assert (told["state"], told["changed"]) == ("sent", True)
    assert told["message"] == "Đã ghi: đã đăng vào Tổ 1."
    assert 'value="undo"' in told["html"]
    assert village.answered == [notice.broadcast_id]


async def test_a_tap_made_before_the_end_of_a_notice_counts_when_it_comes_after(village: Village) -> None:
    notice = await handed(village, valid_until=village.now.replace(hour=13))
    made = str(int(village.now.timestamp() * 1000) + 60_000)
    village.later(hours=2)
    async with village.context.database.write() as connection:
        assert await outbox.expire(connection, village.now) == 1
    async with await village.sign_in(Role.GROUP_LEADER, "Thu Quế 1") as browser:
        answer = await tap(browser, notice, await chat_of(village), accept="application/json", at=made)
    assert answer.json()["state"] == "sent"
    assert "19:01" in answer.json()["html"]


async def test_after_a_withdrawal_the_page_has_the_words_to_post(village: Village) -> None:
    notice = await handed(village)
    chat = await chat_of(village)
    async with await village.sign_in(Role.GROUP_LEADER, "Thu Quế 1") as browser:
        await tap(browser, notice, chat)
        await village.withdraw(notice)
        page = (await browser.get("/posting")).text
        assert "Đăng tin thu hồi: Cắt điện" in page
        assert "ĐÃ THU HỒI" in page
        answer = await tap(browser, notice, chat, "recalled", "another-key")
        page = (await browser.get(answer.headers["location"])).text
        assert "Đã ghi: đã đăng tin thu hồi vào Tổ 1." in page
        assert "Đăng tin thu hồi:" not in page


async def test_the_leader_of_another_group_sees_nothing_of_it(village: Village) -> None:
    notice = await handed(village)
    chat = await chat_of(village)
    async with await village.sign_in(Role.GROUP_LEADER, "Thống Nhất 1") as browser:
        page = (await browser.get("/posting")).text
        assert "Cắt điện" not in page
        assert "Không còn tin nào chờ đăng." in page
        assert (await tap(browser, notice, chat)).status_code == 403
        assert "Cắt điện" not in (await browser.get(f"/posting?done=posted&code={notice.code}&chat={chat}")).text
    assert await delivery_states(village.context.database, notice.broadcast_id) == [S.HANDED]


async def test_a_leader_without_such_chats_is_told_how_it_begins_and_has_no_entry_in_the_menu(village: Village) -> None:
    async with await village.sign_in(Role.GROUP_LEADER, "Thu Quế 2") as browser:
        assert "không có nhóm nào phải đăng thủ công" in (await browser.get("/posting")).text
        assert 'href="/posting"' not in (await browser.get("/menu")).text


async def test_the_menu_counts_and_the_dashboard_names_what_waits(village: Village) -> None:
    await handed(village, urgency=Urgency.URGENT)
    village.later(minutes=11)
    async with await village.sign_in(Role.SECRETARY) as browser:
        page = (await browser.get("/")).text
        assert '<a href="/posting">Đăng thủ công <b class="badge" data-count="posting">1</b></a>' in page
        assert "Chờ đăng thủ công: 1 nhóm" in page
        assert "đã trễ" in (await browser.get("/posting")).text


async def test_what_no_page_of_ours_sends_is_refused(village: Village) -> None:
    notice = await handed(village)
    chat = await chat_of(village)
    async with await village.sign_in(Role.GROUP_LEADER, "Thu Quế 1") as browser:
        assert (await tap(browser, notice, chat, "burn")).status_code == 422
        assert (await tap(browser, notice, chat, key="")).status_code == 422
        assert (await tap(browser, notice, 404)).status_code == 404
        assert (await tap(browser, notice, 10**30)).status_code == 422
        assert (await browser.get("/posting?done=posted&code=TB-0000&chat=1")).status_code == 404


async def test_the_worker_may_open_that_page_and_nothing_else(village: Village) -> None:
    async with village.device() as browser:
        worker = await browser.get("/posting/worker.js")
    assert worker.headers["service-worker-allowed"] == "/posting"
    assert worker.headers["content-security-policy"] == "default-src 'none'; connect-src 'self'"
    assert worker.headers["content-type"].startswith("text/javascript")
