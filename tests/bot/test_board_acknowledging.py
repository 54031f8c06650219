"""POST `/n/{code}/ack`: whose answer it is, what is stored, and what is refused."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from announcements.types import Kind
from bot.attempts import Attempts
from bot.web.board.device import COOKIE
from bot.web.board.limits import CROWDED, PER_ADDRESS, PER_NETWORK, PER_PLACE, UNKNOWN_NOTICES, WINDOW
from db.announcing.board import Notice
from db.engine import Database
from db.tables import t
from tests.bot.conftest_board import URL, Village, open_board

JSON = {"Accept": "application/json"}


@pytest.fixture
async def village(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Village]:
    async with open_board(sqlite_database, tmp_path) as village:
        yield village


async def ack(device: httpx.AsyncClient, notice: Notice, **form: str) -> httpx.Response:
    return await device.post(f"/n/{notice.code}/ack", data=form)


async def ack_json(device: httpx.AsyncClient, notice: Notice, **form: str) -> tuple[int, str]:
    answer = await device.post(f"/n/{notice.code}/ack", data=form, headers=JSON)
    return answer.status_code, answer.json()["state"]


async def test_a_card_acknowledges_and_the_device_is_remembered(database: Database, tmp_path: Path) -> None:
    async with open_board(database, tmp_path) as village, village.device() as device:
        notice = await village.announce()
        village.later(minutes=32)
        answer = await ack(device, notice, card=village.cards["Bà Lan"])
        assert (answer.status_code, answer.headers["location"]) == (303, f"/n/{notice.code}?ok=1#tra-loi")
        page = (await device.get(answer.headers["location"])).text
        assert "Đã ghi nhận. Cảm ơn ông/bà!" in page
        assert "Hộ Bà Lan đã xác nhận lúc 19:32 ngày 23/11" in page
        stood = await village.standings(notice)
        assert stood == {"Bà Lan": "acknowledged/board/received", "Ông Hải": "open", "Ông Bình": "open"}
        assert village.answered == [notice.broadcast_id]
        second = await village.announce("Lần sau")
        assert (await ack(device, second)).status_code == 303
        assert (await village.standings(second))["Bà Lan"] == "acknowledged/board/received"


async def test_the_stored_answer_says_through_what_it_came(village: Village) -> None:
    notice = await village.announce()
    async with village.device() as device:
        await ack(device, notice, card=village.cards["Bà Lan"])
    async with village.context.database.read() as connection:
        row = (await connection.execute(select(t.acknowledgement))).one()
        linked = (await connection.execute(select(t.identity))).one()
    assert (row.how, row.channel, row.at, row.identity_id) == ("board", "board", village.now, linked.id)
    assert (linked.channel, linked.via, linked.state) == ("board", "card", "linked")


async def test_a_code_may_be_typed_as_people_type(village: Village) -> None:
    notice = await village.announce()
    card = village.cards["Bà Lan"]
    async with village.device() as device:
        assert (await ack(device, notice, card=f"  {card[:3].lower()}-{card[3:].lower()} ")).status_code == 303


async def test_twice_the_same_answer_is_one(village: Village) -> None:
    notice = await village.announce()
    async with village.device() as device:
        for _ in range(3):
            assert (await ack(device, notice, card=village.cards["Bà Lan"])).status_code == 303
    rows = await village.rows()
    assert (rows["acknowledgement"], rows["identity"]) == (1, 1)


async def test_many_households_at_once_each_count_once(database: Database, tmp_path: Path) -> None:
    async with open_board(database, tmp_path) as village:
        notice = await village.announce(to=[""])

        async def tap(head: str) -> int:
            async with village.device() as device:
                return (await ack(device, notice, card=village.cards[head])).status_code

        answers = await asyncio.gather(*(tap(head) for head in [*village.cards] * 4))
        assert set(answers) == {303}
        assert set((await village.standings(notice)).values()) == {"acknowledged/board/received"}


async def test_a_device_nobody_knows_is_asked_for_the_card(village: Village) -> None:
    notice = await village.announce()
    async with village.device() as device:
        answer = await ack(device, notice)
        assert answer.status_code == 422
        assert "Xin nhập mã 6 chữ và số in trên thẻ hộ" in answer.text
        assert not device.cookies


async def test_a_wrong_code_is_kept_in_the_field_with_a_kind_sentence(village: Village) -> None:
    notice = await village.announce()
    async with village.device() as device:
        answer = await ack(device, notice, card="00<b>0")
    assert answer.status_code == 422
    assert "Không có thẻ nào mang mã “00B0”" in answer.text
    assert 'value="00&lt;b&gt;0"' in answer.text
    assert "<h1>" in answer.text


async def test_a_revoked_card_opens_nothing_and_says_why(village: Village) -> None:
    notice = await village.announce()
    await village.revoke("Bà Lan")
    async with village.device() as device:
        answer = await ack(device, notice, card=village.cards["Bà Lan"])
    assert answer.status_code == 422
    assert "đã được thu hồi" in answer.text
    assert (await village.standings(notice))["Bà Lan"] == "open"


async def test_chi_mai_of_the_next_village_is_told_politely_that_it_is_not_hers(village: Village) -> None:
    notice = await village.announce()
    before = await village.rows()
    async with village.device() as device:
        answer = await ack(device, notice, card=village.cards["Chị Mai"])
        assert answer.status_code == 403
        assert "Thông báo này không gửi tới hộ Chị Mai" in answer.text
        assert f'value="{village.cards["Chị Mai"]}"' not in answer.text
        assert not device.cookies
    assert await village.rows() == before
    assert village.answered == []


async def test_chi_mai_on_her_own_device_sees_that_she_need_not_answer(village: Village) -> None:
    notice = await village.announce()
    async with village.device() as device:
        await device.post(f"/h/{village.cards['Chị Mai']}/remember")
        page = (await device.get(f"/n/{notice.code}")).text
        assert "Thông báo này không gửi tới hộ Chị Mai" in page
        assert await ack_json(device, notice) == (403, "not_in_audience")
        assert (await ack(device, notice, card=village.cards["Bà Lan"])).status_code == 303


async def test_a_helper_answers_for_one_household_or_for_all(village: Village) -> None:
    notice = await village.announce()
    async with village.device() as device:
        for head in ("Bà Lan", "Ông Hải", "Chị Mai"):
            await device.post(f"/h/{village.cards[head]}/remember")
        assert "Đã nhận cho tất cả" in (await device.get(f"/n/{notice.code}")).text
        assert await ack_json(device, notice) == (422, "household_wrong")
        assert await ack_json(device, notice, household="H-003") == (422, "household_wrong")
        assert await ack_json(device, notice, household="H-001") == (200, "acknowledged")
        stood = await village.standings(notice)
        assert (stood["Bà Lan"], stood["Ông Hải"]) == ("acknowledged/board/received", "open")
        page = (await device.get(f"/n/{notice.code}?ok=1")).text
        assert "Còn hộ chưa trả lời ở dưới." in page
        assert "Đã nhận cho tất cả" not in page
        assert (await ack(device, notice, household="all")).status_code == 303
    stood = await village.standings(notice)
    assert stood["Ông Hải"] == "acknowledged/board/received"
    assert stood["Ông Bình"] == "open"


async def test_a_stranger_cannot_name_a_household_instead_of_showing_its_card(village: Village) -> None:
    notice = await village.announce()
    async with village.device() as device:
        for household in ("H-001", "all"):
            assert await ack_json(device, notice, household=household) == (422, "card_missing")
    assert set((await village.standings(notice)).values()) == {"open"}


async def test_a_meeting_takes_particular_answers_and_the_last_one_holds(village: Village) -> None:
    notice = await village.announce(kind=Kind.MEETING)
    async with village.device() as device:
        await ack(device, notice, card=village.cards["Bà Lan"], grade="will_attend")
        page = (await device.get(f"/n/{notice.code}")).text
        assert "Hộ Bà Lan đã xác nhận lúc 19:00 ngày 23/11/2026: sẽ dự họp" in page
        own = page.split("<details")[0]
        assert 'value="will_attend"' not in own
        assert 'value="will_not_attend"' in own
        await ack(device, notice, grade="will_not_attend")
    assert (await village.standings(notice))["Bà Lan"] == "acknowledged/board/will_not_attend"


@pytest.mark.parametrize("grade", ["will_attend", "needs_help", "RECEIVED", "", "null"])
async def test_an_answer_that_makes_no_sense_here_is_refused(village: Village, grade: str) -> None:
    notice = await village.announce(kind=Kind.UTILITY)
    async with village.device() as device:
        expected = (200, "acknowledged") if grade == "" else (422, "grade_wrong")
        assert await ack_json(device, notice, card=village.cards["Bà Lan"], grade=grade) == expected


async def test_a_withdrawn_notice_takes_no_answer(village: Village) -> None:
    notice = await village.announce()
    await village.withdraw(notice)
    async with village.device() as device:
        assert await ack_json(device, notice, card=village.cards["Bà Lan"]) == (409, "withdrawn")
        answer = await ack(device, notice, card=village.cards["Bà Lan"])
        assert (answer.status_code, "đã được thu hồi" in answer.text) == (409, True)


async def test_an_unknown_or_waiting_notice_takes_no_answer(village: Village) -> None:
    waiting = await village.schedule(due_at=village.now + timedelta(hours=1))
    async with village.device() as device:
        for code in (waiting, "TB-0000"):
            answer = await device.post(f"/n/{code}/ack", data={"card": village.cards["Bà Lan"]}, headers=JSON)
            assert (answer.status_code, answer.json()["state"]) == (404, "notice_unknown")


async def test_programs_get_json_with_the_standing(village: Village) -> None:
    notice = await village.announce()
    async with village.device() as device:
        answer = await device.post(
            f"/n/{notice.announcement}/ack", data={"card": village.cards["Bà Lan"]}, headers=JSON
        )  # fmt: skip
    assert answer.json() == {
        "state": "acknowledged",
        "notice": notice.announcement,
        "broadcast": notice.code,
        "households": [
            {"household": "H-001", "head_name": "Bà Lan", "outcome": "acknowledged", "grade": "received",
             "answered_at": "2026-11-23T19:00:00+07:00"}
        ],
    }  # fmt: skip


async def test_wrong_codes_from_one_address_soon_go_unheard_and_right_ones_with_them(village: Village) -> None:
    notice = await village.announce()
    async with village.device() as guesser, village.device("198.51.100.9") as other:
        for _ in range(PER_ADDRESS):
            assert await ack_json(guesser, notice, card="000000") == (422, "card_wrong")
        answer = await ack(guesser, notice, card=village.cards["Bà Lan"])
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "600")
        assert "chờ khoảng 10 phút" in answer.text
        assert (await guesser.get(f"/h/{village.cards['Bà Lan']}")).status_code == 429
        assert await ack_json(other, notice, card=village.cards["Ông Hải"]) == (200, "acknowledged")
        village.later(minutes=10)
        assert await ack_json(guesser, notice, card=village.cards["Bà Lan"]) == (200, "acknowledged")


async def test_a_remembered_device_is_never_stopped_by_neighbours_guesses(village: Village) -> None:
    notice = await village.announce()
    async with village.device() as lan, village.device() as guesser:
        await lan.post(f"/h/{village.cards['Bà Lan']}/remember")
        for _ in range(PER_ADDRESS + 1):
            await ack(guesser, notice, card="000000")
        assert (await ack(lan, notice)).status_code == 303


async def test_right_codes_never_run_into_the_limit(village: Village) -> None:
    notice = await village.announce()
    for _ in range(PER_ADDRESS * 2):
        async with village.device() as device:
            assert (await ack(device, notice, card=village.cards["Bà Lan"])).status_code == 303


async def guess(village: Village, notice: Notice, times: int, start: int = 0) -> None:
    """As many wrong codes, each from a network of its own."""
    for number in range(start, start + times):
        async with village.device(f"2001:db8:{number:x}::1") as device:
            assert await ack_json(device, notice, card="000000") == (422, "card_wrong")


async def test_a_place_with_many_wrong_codes_still_hears_who_was_hardly_ever_wrong(village: Village) -> None:
    notice, other = await village.announce(), await village.announce()
    await guess(village, notice, CROWDED)
    async with village.device("198.51.100.9") as lan:
        assert await ack_json(lan, notice, card=village.cards["Bà Lan"]) == (200, "acknowledged")
    for number in range(PER_NETWORK):
        async with village.device(f"203.0.113.{number}") as device:
            assert await ack_json(device, notice, card="000000") == (422, "card_wrong")
    async with village.device("203.0.113.200") as neighbour:
        assert await ack_json(neighbour, notice, card=village.cards["Ông Hải"]) == (429, "too_many")
        assert await ack_json(neighbour, other, card=village.cards["Ông Hải"]) == (200, "acknowledged")


async def test_far_beyond_that_only_devices_that_proved_a_card_are_heard(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = village.app.state.board.limits
    monkeypatch.setattr(limits, "_per_place", Attempts(CROWDED, WINDOW))  # the real one takes a thousand requests
    assert PER_PLACE > CROWDED
    notice = await village.announce()
    async with village.device() as helper:
        await helper.post(f"/h/{village.cards['Bà Lan']}/remember")
        await guess(village, notice, CROWDED)
        assert await ack_json(helper, notice, card=village.cards["Ông Hải"]) == (200, "acknowledged")
    async with village.device("198.51.100.9") as stranger:
        assert await ack_json(stranger, notice, card=village.cards["Ông Hải"]) == (429, "too_many")


async def test_a_proxy_that_names_nobody_is_not_one_guesser(village: Village) -> None:
    notice = await village.announce()
    async with village.device("127.0.0.1") as behind:
        for _ in range(PER_ADDRESS + 1):
            assert await ack_json(behind, notice, card="000000") == (422, "card_wrong")
        assert await ack_json(behind, notice, card=village.cards["Bà Lan"]) == (200, "acknowledged")


async def test_codes_of_notices_are_not_tried_one_after_the_other(village: Village) -> None:
    notice = await village.announce()
    async with village.device() as guesser, village.device("198.51.100.9") as other:
        for number in range(UNKNOWN_NOTICES - 1):
            assert (await guesser.get(f"/n/TB-{number:04}")).status_code == 404
        assert (await guesser.post("/n/TB-9999/ack", data={"card": "000000"})).status_code == 404
        answer = await guesser.get(f"/n/{notice.announcement}")
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "600")
        assert (await other.get(f"/n/{notice.announcement}")).status_code == 200
        village.later(minutes=10)
        assert (await guesser.get(f"/n/{notice.announcement}")).status_code == 200


async def test_one_ipv6_network_is_one_guesser(village: Village) -> None:
    notice = await village.announce()
    for number in range(PER_ADDRESS):
        async with village.device(f"2001:db8:0:1::{number:x}") as device:
            await ack(device, notice, card="000000")
    async with village.device("2001:db8:0:1:ffff::1") as device:
        assert await ack_json(device, notice, card="000000") == (429, "too_many")


async def test_guesses_sent_at_once_learn_no_more_than_the_limit(village: Village) -> None:
    notice = await village.announce()
    async with village.device() as device:
        answers = await asyncio.gather(*(ack_json(device, notice, card="000000") for _ in range(PER_ADDRESS * 3)))
    assert answers.count((422, "card_wrong")) == PER_ADDRESS
    assert answers.count((429, "too_many")) == PER_ADDRESS * 2


async def test_a_forged_cookie_is_a_stranger(village: Village) -> None:
    notice = await village.announce()
    async with village.device() as lan:
        await lan.post(f"/h/{village.cards['Bà Lan']}/remember")
        cookie = lan.cookies[COOKIE]
    name, _, signature = cookie.rpartition(".")
    for forged in (name, f"{name}x.{signature}", f"{name}.{signature[:-2]}", "", "ả.ả", f"{signature}.{name}"):
        sent = {b"Cookie": f"{COOKIE}={forged}".encode()}
        async with village.device() as device:
            assert (await device.post(f"/n/{notice.code}/ack", headers=sent)).status_code == 422
            assert "Bà Lan" not in (await device.get("/", headers=sent)).text
    async with village.device(Cookie=f"{COOKIE}={cookie}") as device:
        assert await ack_json(device, notice) == (200, "acknowledged")


async def test_the_cookie_holds_a_random_name_that_scripts_cannot_read(village: Village) -> None:
    async with village.device() as device:
        answer = await device.post(f"/h/{village.cards['Bà Lan']}/remember")
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=lax", "Path=/", "Max-Age=63072000"} <= set(cookie.split("; "))
    assert village.cards["Bà Lan"] not in cookie
    assert "Secure" not in cookie


async def test_the_cookie_travels_encrypted_only_when_the_address_is_https(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with open_board(sqlite_database, tmp_path, "https://bangtin.example.vn") as village:
        async with village.device(Origin="https://bangtin.example.vn") as device:
            answer = await device.post(f"/h/{village.cards['Bà Lan']}/remember")
        assert "Secure" in answer.headers["set-cookie"]
        assert answer.headers["strict-transport-security"].startswith("max-age=")


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site", "Origin": "https://khac.example"}, {"Sec-Fetch-Site": "", "Origin": "null"}],
)
async def test_another_sites_page_cannot_answer_for_a_remembered_device(
    village: Village, headers: dict[str, str]
) -> None:  # fmt: skip
    notice = await village.announce()
    async with village.device() as device:
        await device.post(f"/h/{village.cards['Bà Lan']}/remember")
        answer = await device.post(f"/n/{notice.code}/ack", headers=headers)
    assert answer.status_code == 403
    assert "Vì an toàn" in answer.text
    assert (await village.standings(notice))["Bà Lan"] == "open"


async def test_a_script_without_any_origin_may_answer_with_a_card(village: Village) -> None:
    notice = await village.announce()
    transport = httpx.ASGITransport(village.app)
    async with httpx.AsyncClient(transport=transport, base_url=URL) as script:
        assert await ack_json(script, notice, card=village.cards["Bà Lan"]) == (200, "acknowledged")


async def test_a_shared_address_does_not_claim_that_somebody_else_answered(village: Village) -> None:
    notice = await village.announce()
    async with village.device() as device:
        page = (await device.get(f"/n/{notice.code}?ok=1")).text
    assert "Đã ghi nhận" not in page
    assert "Nếu chưa bấm, mời ông/bà trả lời ở dưới." in page
    assert ">Đã nhận</button>" in page
