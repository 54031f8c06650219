"""The pages of people and places, asked as a browser asks."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from announcements.types import Role
from bot.office.homes import households
from db.engine import Database
from db.tables import t
from tests.bot.conftest_board import Village, open_board
from tests.makers import make_chats, make_identity


@pytest.fixture
async def village(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Village]:
    async with open_board(sqlite_database, tmp_path) as village:
        yield village


@pytest.fixture
async def office(village: Village) -> AsyncIterator[httpx.AsyncClient]:
    """The secretary of the commune."""
    async with await village.sign_in(Role.SECRETARY) as browser:
        yield browser


@pytest.fixture
async def head(village: Village) -> AsyncIterator[httpx.AsyncClient]:
    """The head of Thu Quế."""
    async with await village.sign_in(Role.VILLAGE_HEAD, "Thu Quế") as browser:
        yield browser


async def post(browser: httpx.AsyncClient, path: str, /, **form: object) -> httpx.Response:
    return await browser.post(path, data=form, follow_redirects=True)


async def test_the_tree_shows_what_is_within_reach(office: httpx.AsyncClient, head: httpx.AsyncClient) -> None:
    everything, own = (await office.get("/areas")).text, (await head.get("/areas")).text
    assert "Thôn Thống Nhất" in everything
    assert "Thêm địa bàn" in everything
    assert "Thôn Thu Quế" in own
    assert "Thống Nhất" not in own
    assert "Thêm địa bàn" not in own


async def test_a_merger_is_shown_first_then_made_then_taken_back(office: httpx.AsyncClient) -> None:
    form = {"into": "thu-que-to-2"}
    shown = await post(office, "/areas/thu-que-to-1/merge", **form)
    assert "2 hộ của Tổ 1 sẽ thuộc Tổ 2" in shown.text
    assert "thu-que-to-1" in (await office.get("/areas")).text  # nothing has happened
    made = await post(office, "/areas/thu-que-to-1/merge", **form, sure="yes")
    assert made.url.path == "/areas/thu-que-to-2"
    assert "Đã sáp nhập." in made.text
    followed = await office.get("/areas/thu-que-to-1", follow_redirects=True)
    assert "“Tổ 1” nay là Tổ 2." in followed.text
    tree = await office.get("/areas")
    assert "sáp nhập vào Tổ 2" in tree.text
    change = tree.text.partition('name="change" value="')[2].partition('"')[0]
    assert "Đã hoàn tác." in (await post(office, "/areas/undo", change=change)).text
    assert (await office.get("/areas/thu-que-to-1")).status_code == 200
    assert (await post(office, "/areas/undo", change=change)).status_code == 422  # somebody pressed twice


async def test_households_are_split_off_by_ticking_them(office: httpx.AsyncClient) -> None:
    shown = await office.post("/areas/thu-que-to-1/split", data={"household": ["H-001"], "name": "5"})
    assert "1 hộ của Tổ 1 sẽ sang Tổ 5" in shown.text
    assert 'name="household" value="H-001"' in shown.text
    made = await post(office, "/areas/thu-que-to-1/split", household=["H-001"], name="5", sure="yes")
    assert made.url.path == "/areas/thu-que-to-5"


async def test_a_change_that_cannot_be_is_explained_on_the_page(office: httpx.AsyncClient) -> None:
    for path, form, why in (
        ("/areas/thu-que-to-1/rename", {"name": "tổ 02"}, "trùng với Tổ 2"),
        ("/areas/thu-que/merge", {"into": "thong-nhat"}, "cùng có: Tổ 1, Tổ 2"),
        ("/areas/thu-que-to-1/split", {"name": "5"}, "Chưa chọn hộ nào"),
        ("/areas", {"name": "Tổ 1", "under": "thu-que"}, "trùng với Tổ 1"),
    ):
        answer = await post(office, path, **form)
        assert answer.status_code == 422
        assert why in answer.text


async def test_a_household_is_found_and_its_contact_data_kept(village: Village, head: httpx.AsyncClient) -> None:
    found = await head.get("/households", params={"q": "lan"})
    assert "Bà Lan" in found.text
    assert "Không tìm thấy" in (await head.get("/households", params={"q": "mai"})).text
    page = await head.get("/households/H-001")
    seen = page.text.partition('name="seen" value="')[2].partition('"')[0]
    form = {"head_name": "Bà Lan", "representative": "Anh Tư", "phones": "0912 345 678", "address": "Ngõ 3",
            "note": "", "device": "smartphone", "seen": seen}  # fmt: skip
    kept = await post(head, "/households/H-001", **form)
    assert "Đã lưu." in kept.text
    assert "0912 345 678" in kept.text
    again = await post(head, "/households/H-001", **form | {"address": "Ngõ 4"})  # an old page, somebody else was first
    assert again.status_code == 422
    assert "vừa được người khác sửa" in again.text
    assert 'value="Ngõ 4"' in again.text  # what was typed is not lost


async def test_a_device_is_taken_off_and_put_back_and_a_card_replaced(
    village: Village, head: httpx.AsyncClient
) -> None:
    await make_identity(village.context.database, village.commune.households["Bà Lan"], "11")
    link = (await households.show(village.context, "H-001")).links[0].id
    assert "Gắn lại" in (await post(head, "/households/H-001", do="unlink", link=link)).text
    assert "Đã gắn lại." in (await post(head, "/households/H-001", do="relink", link=link)).text
    assert "Đã cấp thẻ mới." in (await post(head, "/households/H-001", do="reissue_card")).text
    assert len((await households.show(village.context, "H-001")).cards) == 2
    assert "thu hồi" in (await post(head, "/households/H-001", do="revoke_card")).text


async def test_only_the_office_moves_households(office: httpx.AsyncClient, head: httpx.AsyncClient) -> None:
    assert (await post(head, "/households/H-001", do="move", to="thu-que-to-2")).status_code == 403
    assert "Tổ 2, Thôn Thu Quế" in (await post(office, "/households/H-001", do="move", to="thu-que-to-2")).text
    assert "đã chuyển đi" in (await post(office, "/households/H-001", do="leave")).text


async def test_a_desk_officer_looks_and_changes_nothing(village: Village) -> None:
    async with await village.sign_in(Role.DESK_OFFICER) as desk:
        for path in ("/areas", "/areas/thu-que", "/households", "/households/H-001", "/staff", "/chats"):
            page = await desk.get(path)
            assert page.status_code == 200
            assert 'method="post"' not in page.text, path
        # A card opens the board as that household: who only looks does not need its code.
        assert village.cards["Bà Lan"] not in (await desk.get("/households/H-001")).text


async def test_staff_are_taken_on_ended_and_kept_on(village: Village, office: httpx.AsyncClient) -> None:
    form = {"name": "Ông Tư", "role": "group_leader", "area": "thu-que-to-1", "phone": ""}
    made = await post(office, "/staff", **form)
    assert "/start CB-" in made.text
    code = made.url.params["code"]
    refused = await post(office, "/staff", **form | {"phone": "12"})
    assert refused.status_code == 422
    assert 'value="Ông Tư"' in refused.text
    assert "đến 00:00 ngày 31/12/2099" in (
        (await post(office, f"/staff/{code}", do="end", at="2099-12-31")).text + (await office.get("/staff")).text
    )
    assert "Đã trở lại nhiệm vụ." in (await post(office, f"/staff/{code}", do="back")).text
    assert "đã qua" in (await post(office, f"/staff/{code}", do="end", at="2020-01-01")).text
    changed = await post(office, f"/staff/{code}", name="Ông Tư", role="village_head", area="thu-que", phone="")
    assert "Trưởng thôn, Thôn Thu Quế" in changed.text


async def test_chats_are_changed_and_looked_at(village: Village, office: httpx.AsyncClient) -> None:
    await make_chats(village.context.database, [village.area("Thu Quế 1")])
    page = await office.get("/chats")
    number = page.text.partition('href="/chats/')[2].partition('"')[0]
    assert "Từ nay không gửi tin" in (await post(office, f"/chats/{number}", do="off")).text
    assert "Nhóm được dùng lại." in (await post(office, f"/chats/{number}", do="on")).text
    assert "chỉ làm dự phòng" in (await post(office, f"/chats/{number}", do="reserve")).text
    assert "dự phòng" in (await office.get("/chats")).text
    assert "nhận tin như các nhóm khác" in (await post(office, f"/chats/{number}", do="regular")).text
    looked = await post(office, "/chats/check")
    assert "1 nhóm không gửi được" in looked.text
    assert "không có trong cấu hình" in looked.text
    assert (await office.get("/chats/404")).status_code == 404


ROSTER = """Mã hộ,Thôn,Tổ,Chủ hộ,Điện thoại,Địa chỉ,Thiết bị
H-001,Thu Quế,1,Bà Lan,0912 345 678,Ngõ 3,smartphone
H-002,Thu Quế,1,Ông Hải,,,smartphone
,Thu Quế,1,Bà Tám,,Ngõ 9,
,Thu Quế,1,,,,
H-004,Thu Quế,1,Người Khác,,,
"""


async def send(browser: httpx.AsyncClient, content: str, name: str = "ho.csv") -> httpx.Response:
    return await browser.post("/import", files={"file": (name, content.encode())})


def hidden(page: httpx.Response) -> dict[str, str]:
    """The form that applies the import."""
    form = page.text.partition('action="/import/apply"')[2].partition("</form>")[0]
    pieces = form.split('name="')[1:]
    return {one.partition('"')[0]: one.partition('value="')[2].partition('"')[0] for one in pieces}


async def test_an_import_is_looked_at_and_then_exactly_that_is_done(
    village: Village, office: httpx.AsyncClient
) -> None:
    page = await send(office, ROSTER)
    assert page.status_code == 200
    for shown in ("Bà Tám", "<ins>0912 345 678", "Hàng không nhận (2)", ">5</td>", "đang là của hộ “Chị Mai”"):
        assert shown in page.text, shown
    assert await households.search(village.context, "tam") == await households.search(village.context, "khong co ai")
    done = await office.post("/import/apply", data=hidden(page), follow_redirects=True)
    assert "thêm 1 hộ, sửa 1 hộ, 0 hộ chuyển đi" in done.text
    assert (await households.search(village.context, "tam")).total == 1
    assert not list((village.context.settings.app.data_dir / "imports").iterdir())
    again = await office.post("/import/apply", data=hidden(page))
    assert again.status_code == 422
    assert "không còn ở đây" in again.text


async def test_when_the_roster_has_changed_meanwhile_nothing_is_imported(
    village: Village, office: httpx.AsyncClient
) -> None:
    page = await send(office, ROSTER)
    await post(office, "/households/H-001", head_name="Bà Lan", address="Ngõ 7", device="smartphone")
    late = await office.post("/import/apply", data=hidden(page))
    assert late.status_code == 422
    assert "chưa nhập gì" in late.text
    assert (await households.show(village.context, "H-001")).household.address == "Ngõ 7"
    done = await office.post("/import/apply", data=hidden(late), follow_redirects=True)
    assert "thêm 1 hộ" in done.text


async def test_a_file_that_is_no_roster_is_explained(village: Village, office: httpx.AsyncClient) -> None:
    for content, name, why in (
        ("%PDF-1.7", "ho.pdf", "không phải bảng tính"),
        ("a,b\n1,2\n", "ho.csv", "Thôn"),
        ("", "ho.csv", "trống"),
    ):
        page = await send(office, content, name)
        assert page.status_code == 422
        assert why in page.text, name
    assert (await office.post("/import/apply", data={"token": "../loa.db", "mark": ""})).status_code == 422
    clerk = await village.sign_in(Role.SECRETARY, "Thu Quế")
    async with clerk:
        assert (await send(clerk, ROSTER)).status_code == 403  # a roster is the whole commune's


async def test_a_large_file_is_refused_where_none_belongs(office: httpx.AsyncClient) -> None:
    much = "x" * 100_000
    assert (await office.post("/areas", data={"name": much})).status_code == 413
    assert (await send(office, much)).status_code == 422


async def test_a_household_is_reached_whatever_its_code(village: Village, office: httpx.AsyncClient) -> None:
    odd = "TQ/01?a=b #7%"
    async with village.context.database.write() as connection:
        lan = t.household.c.head_name == "Bà Lan"
        await connection.execute(t.household.update().where(lan).values(code=odd))
    found = await office.get("/households", params={"q": "lan"})
    address = found.text.partition('class="row" href="')[2].partition('"')[0]
    page = await office.get(address)
    assert "Hộ Bà Lan" in page.text
    kept = await post(office, address, head_name="Bà Lan", address="Ngõ 3", device="smartphone")
    assert "Đã lưu." in kept.text
