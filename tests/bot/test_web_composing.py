"""The composer's pages as programs see them: what is stored, what is answered, what a large body may be."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from announcements.types import AnnouncementState, ChannelKind, Role
from bot.config.accounts import TelegramAccount
from bot.office.notices import drafting
from bot.web.composer.presence import Presence
from bot.web.composer.tree import branches
from bot.web.composer.writing import UPLOAD
from db.access import people
from db.access.people import StaffRow
from db.announcing import notices
from db.announcing.notices import BroadcastRow
from db.engine import Database
from db.places import chats
from scheduler.broadcasts import publish_due
from tests.bot.conftest_board import START, Village, open_board
from tests.makers import make_chats

PDF = b"%PDF-1.7 synthetic"
JSON = {"Accept": "application/json"}
WORDS = {"title": "Họp thôn", "body": "Mời dự.", "kind": "meeting", "urgency": "urgent", "when": "now"}


@pytest.fixture
async def village(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Village]:
    async with open_board(sqlite_database, tmp_path) as village:
        yield village


@pytest.fixture
async def head(village: Village) -> AsyncIterator[httpx.AsyncClient]:
    """The head of Thu Quế at a telephone."""
    async with await village.sign_in(Role.VILLAGE_HEAD, "Thu Quế") as browser:
        yield browser


async def begin(browser: httpx.AsyncClient) -> str:
    """A new draft; its address."""
    answer = await browser.post("/compose")
    assert answer.status_code == 303
    return answer.headers["location"]


def multipart(**more: Any) -> dict[str, Any]:
    """A form as a browser sends it, with no file chosen."""
    return {"files": {"files": ("", b"")}, **more}


async def kept(village: Village, address: str) -> drafting.DraftRow:
    async with village.context.database.read() as connection:
        staff = await people.by_id(connection, await village.staff(Role.SECRETARY, ""))
    return await drafting.look(village.context, staff, int(address.rpartition("/")[2]))


async def only(village: Village) -> BroadcastRow:
    async with village.context.database.read() as connection:
        (row,) = await notices.latest(connection)
    return row


async def fill(village: Village, browser: httpx.AsyncClient, **more: str) -> str:
    """A draft with all that is needed; its address."""
    address = await begin(browser)
    form = {**WORDS, "area": str(village.area("Thu Quế").id), "version": "1", **more}
    assert (await browser.post(address, data={**form, "do": "save"}, **multipart())).status_code == 303
    return address


async def send(village: Village, browser: httpx.AsyncClient, address: str) -> httpx.Response:
    return await browser.post(f"{address}/send", data={"mark": (await kept(village, address)).mark})


async def test_words_and_files_are_kept_by_one_form(village: Village, head: httpx.AsyncClient) -> None:
    address = await begin(head)
    form = {**WORDS, "version": "1", "area": str(village.area("Thu Quế 1").id), "when": "later",
            "due": "2026-11-25T19:00", "until": "2026-11-26T07:30", "do": "save"}  # fmt: skip
    answer = await head.post(address, data=form, files=[("files", ("giấy mời.pdf", PDF))])
    assert (answer.status_code, answer.headers["location"]) == (303, f"{address}?ok=stored")
    row = await kept(village, address)
    assert (row.fields.title, row.fields.kind.value, row.fields.urgency.word) == ("Họp thôn", "meeting", "urgent")
    assert row.fields.due_at == START + timedelta(days=2)
    assert row.fields.areas == (village.area("Thu Quế 1").id,)
    (file,) = row.files
    shown = await head.get(f"{address}/files/{file.path}")
    assert (shown.content, shown.headers["content-type"]) == (PDF, "application/pdf")
    assert "Đã lưu bản nháp" in (await head.get(f"{address}?ok=stored")).text


async def test_a_time_nobody_can_read_is_told_beside_its_field_and_the_rest_is_kept(
    village: Village, head: httpx.AsyncClient
) -> None:
    address = await begin(head)
    answer = await head.post(address, data={**WORDS, "version": "1", "when": "later", "due": "mai"}, **multipart())
    assert answer.status_code == 422
    assert "Ngày giờ gửi: không hiểu thời điểm “mai”" in answer.text
    assert (await kept(village, address)).fields.title == "Họp thôn"


async def test_areas_out_of_reach_are_neither_chosen_nor_taken_away(village: Village, head: httpx.AsyncClient) -> None:
    own, foreign = village.area("Thu Quế").id, village.area("Thống Nhất").id
    address = await fill(village, head, area=str(foreign))
    assert (await kept(village, address)).fields.areas == ()
    async with await village.sign_in(Role.SECRETARY) as office:
        form = {**WORDS, "version": "2", "area": [str(own), str(foreign)]}
        assert (await office.post(f"{address}/words", data=form)).status_code == 303
    version = str((await kept(village, address)).version)
    await head.post(f"{address}/words", data={**WORDS, "version": version, "area": ""})
    assert (await kept(village, address)).fields.areas == (foreign,)
    assert "Thôn Thống Nhất, ngoài địa bàn" in (await head.get(address)).text


async def test_the_script_saves_words_and_hears_of_a_conflict(village: Village, head: httpx.AsyncClient) -> None:
    address = await begin(head)
    saved = await head.post(f"{address}/words", data={**WORDS, "version": "1"}, headers=JSON)
    assert saved.json() == {"version": 2, "message": "Đã lưu lúc 19:00:00", "due": ""}
    again = await head.post(f"{address}/words", data={**WORDS, "version": "1"}, headers=JSON)
    assert again.json()["version"] == 2  # its answer was lost: the same words are no conflict
    async with await village.sign_in(Role.SECRETARY) as office:
        told = await office.post(f"{address}/words", data={**WORDS, "title": "Khác", "version": "1"}, headers=JSON)
        assert (told.status_code, told.json()["state"]) == (409, "conflict")
        assert "Trần Văn Mẫu" in told.json()["message"]
        page = await office.post(address, data={**WORDS, "title": "Khác", "version": "1"}, **multipart())
    assert page.status_code == 409
    assert "Hai người cùng sửa" in page.text and "Khác" in page.text and "Họp thôn" in page.text
    assert (await kept(village, address)).fields.title == "Họp thôn"


async def test_a_preview_of_what_lacks_something_leads_back_to_it(village: Village, head: httpx.AsyncClient) -> None:
    address = await begin(head)
    answer = await head.get(f"{address}/preview", follow_redirects=True)
    assert answer.status_code == 422
    assert "Cần sửa 2 chỗ" in answer.text


async def test_the_preview_shows_every_channel_and_escapes_what_was_typed(
    village: Village, head: httpx.AsyncClient
) -> None:
    here = [village.area("Thu Quế")]
    await make_chats(village.context.database, here)
    await make_chats(village.context.database, here, account="zalo", channel=ChannelKind.ZALO_BOT)
    address = await fill(village, head, title="Giá <b>mới</b> & rẻ", body="Dòng một.\n" * 450)
    text = (await head.get(f"{address}/preview")).text
    assert "Giá &lt;b&gt;mới&lt;/b&gt; &amp; rẻ" in text and "<b>mới</b>" not in text
    assert "chia thành 2 tin" in text and "chia thành 3 tin" in text  # 4,096 and 2,000 characters
    assert "Dài hơn 2 phút" in text
    assert 'class="notice urgent"' in text
    await head.post(f"{address}/words", data={**WORDS, "version": "2", "area": str(village.area("Thu Quế").id)})
    assert "Dài hơn 2 phút" not in (await head.get(f"{address}/preview")).text


async def test_the_preview_of_what_only_the_board_shows_shows_the_board(
    village: Village, head: httpx.AsyncClient
) -> None:
    text = (await head.get(f"{await fill(village, head)}/preview")).text
    assert "thông báo chỉ hiện trên bảng tin" in text
    assert re.findall(r'id="xem-([\w-]+)"', text) == ["bang-tin", "loa"]


async def test_the_preview_shows_the_channels_the_audience_has_and_no_other(
    village: Village, head: httpx.AsyncClient
) -> None:
    async with village.context.database.write() as connection:
        for number, (channel, reserve) in enumerate(
            [(ChannelKind.ZALO_OA, False), (ChannelKind.ASSISTED, False), (ChannelKind.TELEGRAM, True)]
        ):
            await chats.add(connection, account=channel, channel=channel, address=str(number), title="",
                            area_id=village.area("Thu Quế 1").id, reserve=reserve)  # fmt: skip
    text = (await head.get(f"{await fill(village, head)}/preview")).text
    assert re.findall(r'id="xem-(\w+)"', text) == ["zalo_oa", "assisted", "loa"]
    assert "Xin nhắn vào nhóm này" in text  # an account that hears everything
    assert "2 nhóm chat" in text
    assert "✅ Đã nhận" not in text


async def test_a_reload_and_a_second_press_send_nothing_more(village: Village, head: httpx.AsyncClient) -> None:
    address = await fill(village, head)
    mark = (await kept(village, address)).mark
    for _ in range(3):
        answer = await head.post(f"{address}/send", data={"mark": mark})
        assert answer.headers["location"] == f"{address}/sent"
    row = await only(village)
    assert row.due_at == START + timedelta(seconds=10)
    page = await head.get(answer.headers["location"])
    assert row.announcement in page.text and "Hoàn tác" in page.text and "19:00:10" in page.text
    assert (await head.get(address)).headers["location"] == f"{address}/sent"


async def test_something_else_than_what_was_looked_at_is_shown_first(village: Village, head: httpx.AsyncClient) -> None:
    address = await fill(village, head)
    answer = await head.post(f"{address}/send", data={"mark": "of another day"}, follow_redirects=True)
    assert "Xin xem lại rồi hãy gửi" in answer.text
    async with village.context.database.read() as connection:
        assert await notices.latest(connection) == []


async def test_undo_in_time_and_too_late(village: Village, head: httpx.AsyncClient) -> None:
    address = await fill(village, head)
    await send(village, head, address)
    village.later(seconds=9.9)
    answer = await head.post(f"{address}/undo", follow_redirects=True)
    assert "Đã hoàn tác" in answer.text and "Họp thôn" in answer.text
    await send(village, head, address)
    village.later(seconds=10.1)
    await publish_due(village.context.database, village.now)
    answer = await head.post(f"{address}/undo", follow_redirects=True)
    assert "Đã quá muộn để hoàn tác" in answer.text
    answer = await head.post(f"{address}/withdraw", follow_redirects=True)
    assert "đã thu hồi" in answer.text


async def test_there_is_nothing_to_undo_or_withdraw_of_what_was_not_sent(
    village: Village, head: httpx.AsyncClient
) -> None:
    address = await fill(village, head)
    assert (await head.post(f"{address}/undo")).headers["location"] == address
    assert (await head.get(f"{address}/sent")).headers["location"] == address
    assert (await head.post(f"{address}/withdraw")).status_code == 409


async def test_what_waits_for_approval_says_so_until_it_is_let_out(village: Village, head: httpx.AsyncClient) -> None:
    village.context.settings.approval.needed_from = [Role.VILLAGE_HEAD]
    address = await fill(village, head)
    assert "phải chờ duyệt" in (await head.get(f"{address}/preview")).text
    await send(village, head, address)
    assert "đang chờ duyệt" in (await head.get(f"{address}/sent")).text
    row = await only(village)
    async with await village.sign_in(Role.APPROVER) as approver:
        assert "Họp thôn" in (await approver.get("/approvals")).text
        answer = await approver.post(f"/approvals/{row.announcement}/approve", follow_redirects=True)
        assert f"Đã duyệt thông báo {row.announcement}" in answer.text
        assert "không còn chờ duyệt" in (await approver.get(f"/approvals/{row.announcement}")).text
    assert (await only(village)).state is AnnouncementState.SCHEDULED  # its ten seconds are not over


async def test_only_uploads_may_be_large(village: Village, head: httpx.AsyncClient) -> None:
    address = await begin(head)
    large = {"content": b"x" * 100_000, "headers": {"Content-Type": "application/x-www-form-urlencoded"}}
    for path in ("/compose", f"{address}/send", f"{address}/undo", f"{address}/here", "/h"):
        assert (await head.post(path, **large)).status_code == 413
    assert (await head.post(f"{address}/words", content=b"x" * 600_000)).status_code == 413
    too_large = {"Content-Length": str(UPLOAD + 1), "Content-Type": "multipart/form-data; boundary=x"}
    assert (await head.post(address, content=b"", headers=too_large)).status_code == 413
    longest = {**WORDS, "version": "1", "body": "ế" * 20_000}
    assert (await head.post(f"{address}/words", data=longest, headers=JSON)).status_code == 200
    form = {**WORDS, "version": "2", "do": "save"}
    answer = await head.post(address, data=form, files=[("files", ("to.pdf", PDF + b"0" * 3_000_000))])
    assert answer.status_code == 303
    assert [one.size for one in (await kept(village, address)).files] == [3_000_018]


async def test_whoever_may_not_gets_nothing_stored(village: Village, head: httpx.AsyncClient) -> None:
    address = await begin(head)
    uploads = village.context.settings.uploads
    async with village.device() as stranger, await village.sign_in(Role.VILLAGE_HEAD, "Thống Nhất") as neighbour:
        for browser, status in ((stranger, 401), (neighbour, 404)):
            answer = await browser.post(address, data=WORDS, files=[("files", ("a.pdf", PDF))])
            assert answer.status_code == status
    assert not uploads.exists() or list(uploads.iterdir()) == []


async def test_too_many_files_are_refused_with_a_sentence(village: Village, head: httpx.AsyncClient) -> None:
    address = await begin(head)
    files = [("files", (f"{number}.pdf", PDF + str(number).encode())) for number in range(11)]
    answer = await head.post(address, data={**WORDS, "version": "1"}, files=files)
    assert answer.status_code == 422 and "nhiều nhất là 10" in answer.text
    row = await kept(village, address)
    assert (row.files, row.fields.title) == ((), "Họp thôn")


async def test_how_far_areas_go_is_told_for_those_in_reach_only(village: Village, head: httpx.AsyncClient) -> None:
    own, foreign = village.area("Thu Quế").id, village.area("Thống Nhất").id
    assert (await head.get(f"/compose/reach?area={own}")).json()["households"] == 3
    told = (await head.get(f"/compose/reach?area={foreign}")).json()
    assert (told["households"], told["message"]) == (0, "Chưa chọn nơi nào.")


async def test_an_open_page_hears_of_the_others(village: Village, head: httpx.AsyncClient) -> None:
    address = await begin(head)
    assert (await head.post(f"{address}/here")).json() == {"message": ""}
    async with await village.sign_in(Role.SECRETARY) as office:
        assert "cũng đang mở" in (await office.get(address)).text
    assert "cũng đang mở" in (await head.post(f"{address}/here")).json()["message"]


def person(number: int) -> StaffRow:
    return StaffRow(number, f"CB-{number}", f"Người {number}", Role.SECRETARY, 1, "xa", "Xã", "00000001", "", None)


def test_who_left_a_page_is_there_no_longer_after_a_minute() -> None:
    presence = Presence()
    assert presence.others(1, person(1), START) == []
    assert presence.others(1, person(2), START + timedelta(seconds=30)) == ["Người 1"]
    assert presence.others(2, person(2), START) == []
    assert presence.others(1, person(2), START + timedelta(seconds=61)) == []


async def test_the_tree_is_folded_where_only_leaves_are_below(village: Village) -> None:
    places = [village.area(""), village.area("Thu Quế"), village.area("Thu Quế 1")]
    (top,) = branches(places, {places[2].id})
    assert (top.chosen, top.folded, top.opened) == (False, False, True)
    assert (top.below[0].folded, top.below[0].opened) == (True, True)
    (alone,) = branches(places[2:], set())
    assert (alone.area.id, alone.folded) == (places[2].id, False)


async def test_what_the_plan_has_no_room_for_is_said_with_the_number_and_the_draft_stays(
    village: Village, head: httpx.AsyncClient
) -> None:
    await make_chats(village.context.database, [village.area("Thu Quế 1"), village.area("Thu Quế 2")])
    village.context.settings.accounts = [
        TelegramAccount(name="telegram", channel="telegram", token="1:x", most_messages_per_month=1)
    ]
    address = await fill(village, head, urgency="normal")
    answer = await send(village, head, address)
    assert answer.status_code == 422
    assert "thông báo này cần 2 tin, tháng này còn 1" in answer.text
    assert (await kept(village, address)).announcement_id is None
