"""What the office sees of notices: its own part of them, exactly; what it may mend, and nothing of other villages."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import select, update

from announcements.channels import RefusedReason
from announcements.types import AnnouncementState, DeliveryState, How, Reason, Role
from bot.office.reach import recording
from db.access import people
from db.access.people import StaffRow
from db.announcing.board import Notice
from db.engine import Database
from db.places import chats
from db.platforms import accounts
from db.tables import t
from tests.bot.conftest_board import Village, open_board
from tests.makers import delivery_states, make_chats, settle, take

GROUPS = ("Thu Quế 1", "Thu Quế 2", "Thống Nhất 1", "Thống Nhất 2")


@pytest.fixture
async def village(database: Database, tmp_path: Path) -> AsyncIterator[Village]:
    async with open_board(database, tmp_path) as village:
        yield village


async def page(village: Village, role: Role, area: str, path: str, status: int = 200) -> str:
    async with await village.sign_in(role, area) as browser:
        response = await browser.get(path)
    assert response.status_code == status, response.text
    return response.text


async def acknowledge(village: Village, notice: Notice, *heads: str) -> None:
    async with village.device() as device:
        for head in heads:
            sent = await device.post(f"/n/{notice.code}/ack", data={"card": village.cards[head]})
            assert sent.status_code == 303


async def leader(village: Village, area: str) -> StaffRow:
    staff_id = await village.staff(Role.GROUP_LEADER, area)
    async with village.context.database.read() as connection:
        return await people.by_id(connection, staff_id)


async def spread(village: Village, *, failed: Sequence[str] = (), unsure: Sequence[str] = ()) -> Notice:
    """A notice to the whole commune, one chat a group: it arrived but where it is said otherwise."""
    places = await make_chats(village.context.database, [village.area(name) for name in GROUPS])
    notice = await village.announce(to=("",))
    for claimed in await take(village.context.database, now=village.now):
        where = next(name for name in GROUPS if places[village.area(name).code] == claimed.address)
        state = DeliveryState.SENT
        if where in failed:
            state = DeliveryState.FAILED
        elif where in unsure:
            state = DeliveryState.UNCONFIRMED
        await settle(village.context.database, [claimed], state, now=village.now)
    return notice


async def test_a_new_installation_says_what_to_do_first(village: Village) -> None:
    text = await page(village, Role.ADMIN, "", "/")
    assert "Bắt đầu từ đây" in text
    assert "đã có 6 hộ" in text


async def test_the_secretary_sees_the_whole_commune(village: Village) -> None:
    notice = await village.announce(to=("",))
    await acknowledge(village, notice, "Bà Lan", "Chị Mai", "Anh Tú")
    text = await page(village, Role.SECRETARY, "", f"/notices/{notice.code}")
    assert "3 tự xác nhận, 0 báo tận nơi, 0 không gặp được, 3 chưa có tin trong 6 hộ" in text
    assert "Thôn Thống Nhất" in text
    overview = await page(village, Role.SECRETARY, "", "/")
    assert "<b>50%</b>" in overview


async def test_a_village_head_sees_their_part_of_a_notice_of_the_commune(village: Village) -> None:
    notice = await village.announce(to=("",))
    await acknowledge(village, notice, "Bà Lan", "Chị Mai", "Anh Tú")
    for path in (f"/notices/{notice.code}", "/", "/notices"):
        text = await page(village, Role.VILLAGE_HEAD, "Thu Quế", path)
        assert "1 tự xác nhận, 0 báo tận nơi, 0 không gặp được, 2 chưa có tin trong 3 hộ" in text
        assert "Thống Nhất" not in text
    inside = await page(village, Role.VILLAGE_HEAD, "Thu Quế", f"/notices/{notice.code}/areas/thu-que")
    assert "Bà Lan" in inside
    assert "Ông Hải" in inside
    assert "Chị Mai" not in inside
    await page(village, Role.VILLAGE_HEAD, "Thu Quế", f"/notices/{notice.code}/areas/thong-nhat", 404)
    await page(village, Role.VILLAGE_HEAD, "Thu Quế", f"/notices/{notice.code}/areas/xa-thu", 404)


async def test_chi_mais_village_head_sees_nothing_of_thu_que(village: Village) -> None:
    notice = await village.announce("Họp riêng của Thu Quế", to=("Thu Quế",))
    await acknowledge(village, notice, "Bà Lan")
    for path in ("/", "/notices", "/notices?q=hop rieng"):
        assert "Họp riêng" not in await page(village, Role.VILLAGE_HEAD, "Thống Nhất", path)
    for path in ("", "/curve.svg", "/events", "/areas/thu-que", "/resend", "/withdraw"):
        text = await page(village, Role.VILLAGE_HEAD, "Thống Nhất", f"/notices/{notice.code}{path}", 404)
        assert "Họp riêng" not in text


async def test_a_household_that_moved_away_is_counted_but_not_named(village: Village) -> None:
    notice = await village.announce(to=("",))
    await acknowledge(village, notice, "Bà Lan")
    h = t.household
    async with village.context.database.write() as connection:
        home = village.area("Thống Nhất 1").id
        await connection.execute(update(h).where(h.c.head_name == "Bà Lan").values(area_id=home))
    text = await page(village, Role.VILLAGE_HEAD, "Thu Quế", f"/notices/{notice.code}/areas/thu-que")
    assert "trong 3 hộ" in text
    assert "Bà Lan" not in text
    assert "1 hộ nay ở địa bàn khác" in text


async def test_households_show_when_and_through_what_and_who_recorded(village: Village) -> None:
    notice = await village.announce(to=("Thu Quế",))
    lead = await leader(village, "Thu Quế 1")
    await acknowledge(village, notice, "Bà Lan")
    await recording.told(village.context, notice.code, "H-002", how=How.CALLED, staff=lead)
    await recording.unreachable(village.context, notice.code, "H-003", why=Reason.HOSPITAL, staff=None)
    path = f"/notices/{notice.code}/areas/thu-que"
    text = await page(village, Role.SECRETARY, "", path)
    for words in ("Bảng tin", "Gọi điện thoại", "Trần Văn Mẫu ghi", "Đi viện", "Máy chủ ghi", "19:00 ngày 23/11/2026"):
        assert words in text
    told = await page(village, Role.SECRETARY, "", f"{path}?outcome=told")
    assert "Ông Hải" in told
    assert "Bà Lan" not in told
    whole = await page(village, Role.SECRETARY, "", f"/notices/{notice.code}")
    assert "gọi điện thoại 1" in whole
    await recording.undo(village.context, notice.code, "H-002", staff=lead)
    assert "đã bỏ 1" in await page(village, Role.SECRETARY, "", f"/notices/{notice.code}")


async def test_notices_are_found_without_marks_and_by_state(village: Village) -> None:
    await village.announce("Cắt điện sửa đường dây")
    withdrawn = await village.announce("Tiêm chủng cho trẻ")
    await village.withdraw(withdrawn)
    await village.schedule("Họp tổ", due_at=village.now.replace(year=2027))
    for query, found in (("cat dien", "Cắt điện"), ("TIÊM", "Tiêm chủng"), (withdrawn.announcement, "Tiêm chủng")):
        text = await page(village, Role.SECRETARY, "", f"/notices?q={query}")
        assert found in text
        assert "1 thông báo" in text
    scheduled = await page(village, Role.SECRETARY, "", "/notices?state=scheduled")
    assert "Họp tổ" in scheduled
    assert "Cắt điện" not in scheduled
    assert "Không có thông báo nào như vậy" in await page(village, Role.SECRETARY, "", "/notices?q=khong co dau")


async def test_long_lists_come_in_pages(village: Village) -> None:
    for number in range(21):
        await village.announce(f"Thông báo số {number}")
        village.later(minutes=1)
    first = await page(village, Role.SECRETARY, "", "/notices")
    assert "21 thông báo, trang 1 / 2" in first
    assert "Thông báo số 20" in first
    second = await page(village, Role.SECRETARY, "", "/notices?page=2")
    assert "Thông báo số 0" in second
    assert "Thông báo số 20" not in second


async def test_what_waits_is_shown_to_those_it_is_for(village: Village) -> None:
    code = await village.schedule("Họp toàn xã", to=("",), due_at=village.now.replace(year=2027))
    assert "Họp toàn xã" in await page(village, Role.VILLAGE_HEAD, "Thu Quế", "/")
    text = await page(village, Role.VILLAGE_HEAD, "Thu Quế", f"/notices/{code}")
    assert "Đã hẹn giờ" in text
    assert "Thu hồi" not in text
    assert "/withdraw" in await page(village, Role.SECRETARY, "", f"/notices/{code}")


async def test_what_is_stuck_is_shown_with_its_reason_and_a_remedy(village: Village) -> None:
    notice = await spread(village, failed=["Thu Quế 1"], unsure=["Thống Nhất 1"])
    async with village.context.database.write() as connection:
        chat = (await connection.execute(select(t.chat.c.id).where(t.chat.c.title == "Tổ 1").limit(1))).scalar_one()
        await chats.note_health(connection, [chats.Health(chat, RefusedReason.BLOCKED, village.now)])
        await accounts.register(connection, "telegram", (await chats.everything(connection))[0].channel)
        await accounts.note_health(connection, [accounts.Health("telegram", village.now, "unauthorised")])
    text = await page(village, Role.SECRETARY, "", "/")
    for words in (
        "không gửi được",
        "chưa rõ đã tới chưa",
        "bot không còn ở trong nhóm",
        "mã khóa của tài khoản thiếu hoặc không còn đúng",
    ):
        assert words in text
    assert f"/notices/{notice.code}/resend?state=failed" in text
    asked = await page(village, Role.SECRETARY, "", f"/notices/{notice.code}/resend")
    assert "bà con sẽ nhận hai lần" in asked
    assert "bà con sẽ nhận hai lần" not in await page(
        village, Role.SECRETARY, "", f"/notices/{notice.code}/resend?state=failed"
    )
    others = await page(village, Role.VILLAGE_HEAD, "Thống Nhất", f"/notices/{notice.code}")
    assert others.count("Gửi lại") == 1


async def resend(village: Village, role: Role, area: str, notice: Notice, **form: str) -> int:
    async with await village.sign_in(role, area) as browser:
        return (await browser.post(f"/notices/{notice.code}/resend", data=form)).status_code


async def test_sending_again_reaches_only_ones_own_chats(village: Village) -> None:
    notice = await spread(village, failed=["Thu Quế 1", "Thống Nhất 1", "Thống Nhất 2"])
    database = village.context.database
    assert await resend(village, Role.VILLAGE_HEAD, "Thu Quế", notice) == 303
    S = DeliveryState
    assert await delivery_states(database, notice.broadcast_id) == [S.FAILED, S.FAILED, S.QUEUED, S.SENT]
    async with database.read() as connection:
        rows = await connection.execute(select(t.delivery.c.chat_id).where(t.delivery.c.state == S.FAILED))
        foreign, other = rows.scalars().all()
    assert await resend(village, Role.VILLAGE_HEAD, "Thu Quế", notice, chat=str(foreign)) == 404
    assert await resend(village, Role.SECRETARY, "", notice, chat=str(other)) == 303
    assert await delivery_states(database, notice.broadcast_id) == [S.FAILED, S.QUEUED, S.QUEUED, S.SENT]
    assert await resend(village, Role.SECRETARY, "", notice, state="unconfirmed") == 303  # there is none: nothing
    assert await delivery_states(database, notice.broadcast_id) == [S.FAILED, S.QUEUED, S.QUEUED, S.SENT]


async def test_withdrawing_asks_first_and_is_for_those_who_own_the_audience(village: Village) -> None:
    notice = await village.announce(to=("",))
    await page(village, Role.VILLAGE_HEAD, "Thu Quế", f"/notices/{notice.code}/withdraw", 403)
    assert "vẫn nằm trong nhóm" in await page(village, Role.SECRETARY, "", f"/notices/{notice.code}/withdraw")
    assert "đã được thu hồi" not in await page(village, Role.SECRETARY, "", f"/notices/{notice.code}")
    async with await village.sign_in(Role.SECRETARY, "") as browser:
        for _ in range(2):
            done = await browser.post(f"/notices/{notice.code}/withdraw")
            assert (done.status_code, done.headers["location"]) == (303, f"/notices/{notice.code}?ok=withdrawn")
    assert "đã được thu hồi" in await page(village, Role.SECRETARY, "", f"/notices/{notice.code}")


async def test_a_correction_starts_as_a_draft_with_the_old_words(village: Village) -> None:
    notice = await village.announce("Họp lúc bảy giờ", to=("Thu Quế",))
    assert "Đính chính" in await page(village, Role.SECRETARY, "", f"/notices/{notice.code}")
    async with await village.sign_in(Role.SECRETARY, "") as browser:
        begun = await browser.post("/compose", data={"supersedes": notice.announcement})
        draft = await browser.get(begun.headers["location"])
    assert "Họp lúc bảy giờ" in draft.text
    assert notice.announcement in draft.text
    async with await village.sign_in(Role.VILLAGE_HEAD, "Thống Nhất") as browser:
        assert (await browser.post("/compose", data={"supersedes": notice.announcement})).status_code == 404


async def test_what_waits_for_approval_is_offered_to_whoever_may_approve_only(village: Village) -> None:
    author = await village.staff(Role.VILLAGE_HEAD, "Thu Quế")
    code = await village.schedule("Thu quỹ", by=author)
    b = t.broadcast
    async with village.context.database.write() as connection:
        await connection.execute(update(b).values(state=AnnouncementState.PROPOSED))
    assert f"/approvals/{code}" in await page(village, Role.SECRETARY, "", "/")
    assert "Thu quỹ" not in await page(village, Role.GROUP_LEADER, "Thu Quế 1", "/")
    assert "Thu quỹ" not in await page(village, Role.GROUP_LEADER, "Thu Quế 1", "/notices")
    await page(village, Role.GROUP_LEADER, "Thu Quế 1", f"/notices/{code}", 404)
    assert "Đang chờ duyệt" in await page(village, Role.VILLAGE_HEAD, "Thu Quế", f"/notices/{code}")


async def test_quiet_groups_are_named_with_their_village(village: Village) -> None:
    for _ in range(2):
        notice = await village.announce(to=("",))
        await acknowledge(village, notice, "Bà Lan", "Ông Hải", "Ông Bình", "Cụ Sáu")
    assert "Tổ chậm hơn" not in await page(village, Role.SECRETARY, "", "/")
    village.later(hours=5)
    text = await page(village, Role.SECRETARY, "", "/")
    assert "Tổ 1, Thôn Thống Nhất" in text
    assert "Tổ 1, Thôn Thu Quế" not in text
    assert "Tổ chậm hơn" not in await page(village, Role.VILLAGE_HEAD, "Thu Quế", "/")


async def test_the_curve_is_a_picture_with_real_text_that_runs_nothing(village: Village) -> None:
    notice = await village.announce(to=("",))
    async with await village.sign_in(Role.SECRETARY, "") as browser:
        assert (await browser.get(f"/notices/{notice.code}/curve.svg")).status_code == 204
        village.later(minutes=7)
        await acknowledge(village, notice, "Bà Lan", "Chị Mai")
        drawn = await browser.get(f"/notices/{notice.code}/curve.svg")
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert "script-src" not in drawn.headers["content-security-policy"]
    assert ">Có tin: 2</text>" in drawn.text
    assert ">6 hộ nhận</text>" in drawn.text
    text = await page(village, Role.SECRETARY, "", f"/notices/{notice.code}")
    assert f"/notices/{notice.code}/curve.svg?v=2-0" in text


async def test_pages_of_notices_hold_no_inline_style_or_script(village: Village) -> None:
    notice = await spread(village, failed=["Thu Quế 1"])
    await acknowledge(village, notice, "Bà Lan")
    for path in ("/", "/notices", f"/notices/{notice.code}", f"/notices/{notice.code}/areas/thu-que"):
        text = await page(village, Role.SECRETARY, "", path)
        assert " style=" not in text
        assert "<style" not in text
        assert "<script>" not in text
        assert len(text) < 100_000
