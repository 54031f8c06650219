"""The month as the office and a village head see it: exact, set beside the month before, each their own."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from announcements.mistakes import Mistake
from announcements.months import Month
from announcements.reach import Answer, Figures
from announcements.types import How, Reason, Role
from bot.config import Settings
from bot.context import Context
from bot.office.reach import months
from db.access import people
from db.access.people import StaffRow
from db.announcing import notices
from db.answering import answers, undoing
from db.answering.answers import Record
from db.answering.undoing import Revocation
from db.engine import Database
from db.writer import Writer
from tests.makers import NOON, Commune, make_broadcast

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NOVEMBER = Month(2026, 11)  # NOON is the 23rd


@pytest.fixture
def context(database: Database, writer: Writer) -> Context:
    return Context(Settings(), database, writer, b"", clock=lambda: NOON)


async def staff(database: Database, commune: Commune, role: Role, village: str = "") -> StaffRow:
    area = commune.villages[village] if village else commune.root
    async with database.write() as connection:
        return await people.add(connection, name=f"Người {role}", role=role, area_id=area.id)


async def say(
    writer: Writer, commune: Commune, broadcast: int, said: dict[str, How], by: StaffRow | None = None
) -> None:
    await writer.submit_all(
        answers.record,
        [
            Record(broadcast, commune.households[who],
                   Answer(how, NOON, channel="board" if how is How.BOARD else "",
                          reason=Reason.AWAY if how is How.UNREACHABLE else None),
                   staff_id=by.id if by and how is not How.BOARD else None, external_id=f"{broadcast}-{who}")
            for who, how in said.items()
        ],
    )  # fmt: skip


async def test_the_month_adds_up_by_notice_and_by_area(
    context: Context, database: Database, writer: Writer, commune: Commune
) -> None:
    everywhere = await make_broadcast(database, [commune.root], title="Họp xã")
    village = await make_broadcast(database, [commune.villages["Thu Quế"]], title="Họp thôn")
    await say(writer, commune, everywhere.id, {"Bà Lan": How.BOARD, "Chị Mai": How.BOARD, "Cụ Sáu": How.MET})
    await say(writer, commune, village.id, {"Bà Lan": How.BOARD, "Ông Bình": How.UNREACHABLE})
    found = await months.summary(context, NOVEMBER)
    assert [(one.title, one.figures.audience, one.figures.acknowledged) for one in found.notices] == [
        ("Họp xã", 6, 2), ("Họp thôn", 3, 1),
    ]  # fmt: skip
    assert found.total.pieces == (3, 1, 1, 4)
    rows = {one.code: (one.notices, one.figures.audience, one.figures.pieces) for one in found.areas}
    assert list(rows) == ["thu", "thu-que", "thu-que-to-1", "thu-que-to-2", "thong-nhat", "thong-nhat-to-1",
                          "thong-nhat-to-2"]  # fmt: skip
    assert rows["thu"] == (1, 6, (2, 1, 0, 3))
    assert rows["thu-que"] == (2, 6, (2, 0, 1, 3))
    assert rows["thu-que-to-1"] == (2, 4, (2, 0, 0, 2))
    assert found.by_channel == {"board": 3}


async def test_a_month_is_set_beside_the_one_before_in_the_communes_time(
    context: Context, database: Database, writer: Writer, commune: Commune
) -> None:
    last_of_october = datetime(2026, 10, 31, 23, 59, tzinfo=HANOI)
    before = await make_broadcast(database, [commune.root], due_at=last_of_october, now=last_of_october)
    after = await make_broadcast(database, [commune.root], due_at=last_of_october + timedelta(minutes=2), now=NOON)
    await say(writer, commune, before.id, dict.fromkeys(["Bà Lan", "Ông Hải", "Chị Mai"], How.BOARD))
    await say(writer, commune, after.id, dict.fromkeys(["Bà Lan", "Ông Hải"], How.BOARD))
    found = await months.summary(context, NOVEMBER)
    assert [one.broadcast for one in found.notices] == [after.code]
    assert found.received_change == pytest.approx(2 / 6 - 3 / 6)
    changes = {one.code: one.received_change for one in found.areas}
    assert changes["thu-que-to-1"] == pytest.approx(0)
    assert changes["thong-nhat-to-1"] == pytest.approx(-0.5)
    october = await months.summary(context, Month(2026, 10))
    assert (october.total.acknowledged, october.received_change) == (3, None)


async def test_a_village_head_sees_their_village_in_every_number(
    context: Context, database: Database, writer: Writer, commune: Commune
) -> None:
    everywhere = await make_broadcast(database, [commune.root])
    await make_broadcast(database, [commune.villages["Thống Nhất"]], title="Việc thôn bên")
    head = await staff(database, commune, Role.VILLAGE_HEAD, "Thu Quế")
    other = await staff(database, commune, Role.VILLAGE_HEAD, "Thống Nhất")
    await say(writer, commune, everywhere.id, {"Bà Lan": How.BOARD, "Chị Mai": How.BOARD})
    await say(writer, commune, everywhere.id, {"Ông Hải": How.CALLED, "Ông Bình": How.UNREACHABLE}, head)
    await say(writer, commune, everywhere.id, {"Cụ Sáu": How.MET}, other)
    found = await months.summary(context, NOVEMBER, head)
    assert [(one.title, one.figures.audience) for one in found.notices] == [("Họp thôn", 3)]
    assert found.total == Figures(audience=3, reachable=0, acknowledged=1, told_in_person=1, not_reached=1)
    assert {one.code for one in found.areas} == {"thu-que", "thu-que-to-1", "thu-que-to-2"}
    assert found.by_channel == {"board": 1}
    assert [(one.staff, dict(one.doors)) for one in found.work] == [
        (head.code, {How.CALLED: 1, How.UNREACHABLE: 1})
    ]  # fmt: skip
    whole = await months.summary(context, NOVEMBER, await staff(database, commune, Role.SECRETARY))
    assert whole == await months.summary(context, NOVEMBER)
    assert [one.total for one in whole.work] == [2, 1]


async def test_what_was_taken_back_is_nobodys_work(
    context: Context, database: Database, writer: Writer, commune: Commune
) -> None:
    row = await make_broadcast(database, [commune.root])
    head = await staff(database, commune, Role.VILLAGE_HEAD, "Thu Quế")
    await say(writer, commune, row.id, {"Ông Hải": How.CALLED}, head)
    await writer.submit(undoing.revoke, Revocation(row.id, commune.households["Ông Hải"], head.id, NOON))
    assert (await months.summary(context, NOVEMBER)).work == []


async def test_a_withdrawn_notice_counts_in_no_area(
    context: Context, database: Database, writer: Writer, commune: Commune
) -> None:
    row = await make_broadcast(database, [commune.root])
    await say(writer, commune, row.id, {"Bà Lan": How.BOARD})
    async with database.write() as connection:
        await notices.withdraw(connection, row.announcement_id, None, NOON)
    found = await months.summary(context, NOVEMBER)
    assert len(found.notices) == 1
    assert (found.total, found.areas, found.by_channel) == (Figures(), [], {})


async def test_a_month_without_notices_is_empty_and_one_to_come_is_refused(context: Context, commune: Commune) -> None:
    empty = months.as_json(context, await months.summary(context, Month(2026, 1)))
    assert (empty["notices"], empty["areas"], empty["total"]["audience"]) == ([], [], 0)
    assert months.asked(context, "") == NOVEMBER
    with pytest.raises(Mistake, match="chưa tới"):
        months.asked(context, "2026-12")
