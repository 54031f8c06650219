"""The inbox's pages: one tap each, taken back by one more, and a sentence where it can't be done."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update

from announcements.types import Role
from bot.config.accounts import ZaloBotAccount
from bot.office.inbox import questions
from db.announcing.board import Notice
from db.engine import Database
from db.tables import Why, t
from tests.bot.conftest_board import Village, open_board
from tests.makers import make_question


@dataclass(slots=True)
class Letters:
    """Bà Lan's household asked about a notice of Thu Quế; the village's head is at the page."""

    village: Village
    notice: Notice
    head: httpx.AsyncClient

    async def wrote(self, text: str = "Họp ở đâu ạ?", **more: object) -> int:
        known = {"household_id": self.village.commune.households["Bà Lan"], "broadcast_id": self.notice.broadcast_id}
        return await make_question(
            self.village.context.database, self.village.area("Thu Quế 1"), text, **known | more  # type: ignore[arg-type]
        )  # fmt: skip

    async def page(self, path: str = "/inbox", browser: httpx.AsyncClient | None = None) -> str:
        answer = await (browser or self.head).get(path)
        assert answer.status_code == 200
        return answer.text

    async def press(self, number: int, move: str, **form: str) -> httpx.Response:
        return await self.head.post(f"/inbox/{number}/{move}", data=form)


@pytest.fixture
async def letters(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Letters]:
    async with open_board(sqlite_database, tmp_path) as village:
        village.context.settings.accounts = [ZaloBotAccount(name="zalo", channel="zalo_bot", token="1:synthetic")]
        notice = await village.announce("Họp thôn", to=("Thu Quế",))
        yield Letters(village, notice, await village.sign_in(Role.VILLAGE_HEAD, "Thu Quế"))


async def test_the_menu_and_the_dashboard_say_how_many_wait(letters: Letters) -> None:
    assert "badge" not in await letters.page("/")
    await letters.wrote()
    await letters.wrote("", why=Why.UNREADABLE)
    front = await letters.page("/")
    assert "1 lời nhắn của bà con chờ xem" in front
    assert re.search(r'href="/inbox"[^>]*>Hộp thư <b class="badge"[^>]*>1</b>', front)


async def test_one_tap_credits_and_one_more_takes_it_back(letters: Letters) -> None:
    number = await letters.wrote()
    done = await letters.press(number, "credit")
    assert (done.status_code, done.headers["location"]) == (303, f"/inbox?box=open&ok=credited&number={number}")
    assert (await letters.village.standings(letters.notice))["Bà Lan"] == "acknowledged/zalo_bot/received"
    page = await letters.page(done.headers["location"])
    assert f'action="/inbox/{number}/reopen"' in page
    await letters.press(number, "reopen")
    assert (await letters.village.standings(letters.notice))["Bà Lan"] == "open"


async def test_what_may_be_a_call_for_help_is_marked_and_credited_as_such(letters: Letters) -> None:
    await letters.wrote("Họp ở đâu?")
    assert "cần giúp đỡ" not in await letters.page("/inbox")
    number = await letters.wrote("Đã nhận, nhà em cần giúp với ạ")
    page = await letters.page("/inbox")
    assert "Có thể cần giúp đỡ" in page
    assert page.count("Đã nhận, cần giúp đỡ") == 1
    await letters.press(number, "credit", grade="needs_help")
    assert (await letters.village.standings(letters.notice))["Bà Lan"] == "acknowledged/zalo_bot/needs_help"


async def test_an_answer_for_everybody_is_on_the_board(letters: Letters) -> None:
    number = await letters.wrote("Lan đây, họp ở đâu?")
    await letters.press(number, "answer", text="Ở <nhà> văn hóa.", public="true", question="Họp ở đâu?")
    board = await letters.page(f"/n/{letters.notice.announcement}", letters.village.device())
    assert "Hỏi – đáp" in board and "Họp ở đâu?" in board and "Ở &lt;nhà&gt; văn hóa." in board
    assert "Lan" not in board.partition("Hỏi – đáp")[2]


async def test_the_answers_of_a_withdrawn_notice_are_not_on_the_board(letters: Letters) -> None:
    await letters.press(await letters.wrote(), "answer", text="Ở nhà văn hóa.", public="true")
    await letters.village.withdraw(letters.notice)
    board = await letters.page(f"/n/{letters.notice.announcement}", letters.village.device())
    assert "Ở nhà văn hóa" not in board


async def test_a_group_leader_is_not_offered_to_write_on_a_notice_of_the_village(letters: Letters) -> None:
    await letters.wrote()
    offered = "Thêm vào thông báo cho mọi người"
    leader = await letters.village.sign_in(Role.GROUP_LEADER, "Thu Quế 1")
    assert (offered in await letters.page(), offered in await letters.page("/inbox", leader)) == (True, False)


async def test_an_answer_that_says_nothing_keeps_what_was_written_beside_the_sentence(letters: Letters) -> None:
    number = await letters.wrote()
    refused = await letters.press(number, "answer", text="a" * 1001, question="Ở đâu?")
    assert refused.status_code == 422
    assert "1001 chữ" in refused.text and "a" * 1001 in refused.text


async def test_who_comes_second_is_told_who_was_first(letters: Letters) -> None:
    number = await letters.wrote()
    await letters.press(number, "close")
    late = await letters.press(number, "credit")
    assert late.status_code == 422 and "đã được xử lý (đã đóng, Trần Văn Mẫu)" in late.text
    assert (await letters.village.standings(letters.notice))["Bà Lan"] == "open"


async def test_a_stranger_is_credited_to_a_household_of_the_list(letters: Letters) -> None:
    number = await letters.wrote("đã rõ", household_id=None, broadcast_id=None, why=Why.STRANGER)
    page = await letters.page(f"/inbox/{number}")
    assert 'value="H-001"' in page and letters.notice.code in page and "Chị Mai" not in page
    await letters.press(number, "credit", household="H-001", notice=letters.notice.code)
    assert (await letters.village.standings(letters.notice))["Bà Lan"].startswith("acknowledged")


async def test_what_is_about_no_known_notice_is_answered_on_the_one_that_is_chosen(letters: Letters) -> None:
    number = await letters.wrote(broadcast_id=None)
    assert "Thêm vào thông báo nào?" in await letters.page(f"/inbox/{number}")
    unchosen = await letters.press(number, "answer", text="Ở nhà văn hóa.", public="true")
    assert unchosen.status_code == 422 and "Xin chọn thông báo" in unchosen.text
    await letters.press(number, "answer", text="Ở nhà văn hóa.", public="true", notice=letters.notice.code)
    assert "Ở nhà văn hóa." in await letters.page(f"/n/{letters.notice.announcement}", letters.village.device())


async def test_an_answer_nobody_can_send_stands_there_to_be_copied(letters: Letters) -> None:
    number = await letters.wrote(account="old")
    await letters.press(number, "answer", text="Ở nhà văn hóa.")
    page = await letters.page("/inbox?box=done")
    assert "Chưa chắc câu trả lời đã tới" in page
    assert "Trả lời câu hỏi “Họp ở đâu ạ?”:\nỞ nhà văn hóa." in page


async def test_touches_have_a_box_of_their_own_and_are_no_acknowledgement(letters: Letters) -> None:
    await letters.wrote("", why=Why.UNREADABLE)
    assert "Không có lời nhắn nào chờ xem" in await letters.page()
    page = await letters.page("/inbox?box=touched")
    assert ">Máy không đọc được</span>" in page and "Bà Lan" in page
    assert (await letters.village.standings(letters.notice))["Bà Lan"] == "open"


@pytest.mark.parametrize("path", ["/inbox?box=tat-ca", "/inbox?before=x", "/inbox?ok=<b>&number=<b>"])
async def test_nonsense_in_the_address_shows_the_open_ones(letters: Letters, path: str) -> None:
    await letters.wrote()
    page = await letters.page(path)
    assert "Họp ở đâu ạ?" in page and "&lt;b&gt;" not in page


async def test_reading_changes_nothing(letters: Letters) -> None:
    number = await letters.wrote()
    before = await letters.village.rows()
    for path in ("/inbox", f"/inbox/{number}", "/inbox?box=done"):
        await letters.page(path)
    assert await letters.village.rows() == before


async def test_a_long_inbox_is_paged(letters: Letters) -> None:
    numbers = [await letters.wrote(f"Câu {n}") for n in range(52)]
    page = await letters.page()
    older = re.search(r'href="(/inbox\?box=open&amp;before=\d+)"', page)
    assert older is not None and page.count('class="letter"') == 50
    rest = await letters.page(older[1].replace("&amp;", "&"))
    assert [f'id="so-{number}"' in rest for number in numbers[:3]] == [True, True, False]


@pytest.mark.parametrize("path", ["/inbox", "/compose"])
async def test_a_number_no_database_counts_to_names_nothing(letters: Letters, path: str) -> None:
    assert (await letters.head.get(f"{path}/{10**30}")).status_code == 404


async def test_where_no_household_is_left_to_choose_the_page_does_not_say_that_there_are_many(
    letters: Letters,
) -> None:
    number = await letters.wrote("đã nhận", household_id=None, why=Why.STRANGER)
    async with letters.village.context.database.write() as connection:
        await connection.execute(update(t.household).values(left_at=letters.village.now))
    page = await letters.page(f"/inbox/{number}")
    assert "Tìm mã hộ ở trang" in page
    assert "nhiều hộ" not in page


async def test_where_there_are_too_many_households_to_choose_from_a_code_is_asked_for(
    letters: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await letters.wrote("đã nhận", household_id=None, why=Why.STRANGER)
    assert "Bà Lan" in await letters.page(f"/inbox/{number}")
    monkeypatch.setattr(questions, "HOUSEHOLDS_OFFERED", 1)
    page = await letters.page(f"/inbox/{number}")
    assert "Bà Lan" not in page
    assert "Mã hộ" in page
    await letters.press(number, "credit", household="H-002")
    assert (await letters.village.standings(letters.notice))["Ông Hải"] == "acknowledged/zalo_bot/received"
