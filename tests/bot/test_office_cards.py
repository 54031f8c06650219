"""Cards given out, taken back and replaced, on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from announcements.mistakes import Mistake, NotAllowed, NotFound
from announcements.types import ChannelKind, Role
from bot.context import Context
from bot.office.homes import cards as office
from db.access import people
from db.access.people import StaffRow
from db.engine import Database
from db.links import cards, identities
from db.places.areas import AreaRow
from db.tables import t
from tests.bot.conftest_board import Village, open_board
from tests.makers import Commune, make_identity


@pytest.fixture
async def village(database: Database, tmp_path: Path) -> AsyncIterator[Village]:
    async with open_board(database, tmp_path) as village:
        yield village


async def head_of(context: Context, area: AreaRow, role: Role = Role.VILLAGE_HEAD) -> StaffRow:
    async with context.database.write() as connection:
        return await people.add(connection, name="Ông Trưởng", role=role, area_id=area.id, phone="")


async def found(context: Context, code: str) -> cards.CardRow | None:
    async with context.database.read() as connection:
        return await cards.find(connection, code)


async def linked(context: Context, commune: Commune, head: str) -> int:
    async with context.database.read() as connection:
        return len(await identities.of(connection, ChannelKind.TELEGRAM, f"user of {head}"))


async def test_a_card_taken_back_opens_nothing_and_its_household_is_without_one(village: Village) -> None:
    (taken,) = await office.revoke(village.context, [village.cards["Bà Lan"]])
    assert (taken.changed, taken.new, taken.card.head_name) == (True, None, "Bà Lan")
    card = await found(village.context, village.cards["Bà Lan"])
    assert card is not None and card.revoked
    hai = await found(village.context, village.cards["Ông Hải"])
    assert hai is not None and not hai.revoked


async def test_a_card_may_be_named_by_its_household_in_any_case(village: Village) -> None:
    (taken,) = await office.revoke(village.context, ["h-001"])
    assert taken.card.code == village.cards["Bà Lan"]


async def test_taking_back_twice_is_no_error_and_leaves_the_new_card_alone(village: Village) -> None:
    old = village.cards["Bà Lan"]
    (replaced,) = await office.reissue(village.context, [old])
    assert replaced.new is not None and replaced.new.code != old
    (again,) = await office.revoke(village.context, [old])
    assert not again.changed
    new = await found(village.context, replaced.new.code)
    assert new is not None and not new.revoked


async def test_replacing_a_card_that_was_replaced_says_so(village: Village) -> None:
    old = village.cards["Bà Lan"]
    await office.reissue(village.context, [old])
    with pytest.raises(Mistake, match="H-001"):
        await office.reissue(village.context, [old])


async def test_a_household_without_a_card_gets_one(village: Village) -> None:
    await office.revoke(village.context, ["H-001"])
    (without,) = await office.revoke(village.context, ["H-001"])
    assert (without.changed, without.card.code) == (False, "")
    (given,) = await office.reissue(village.context, ["H-001"])
    assert given.new is not None
    rows = await office.issue(village.context, "Thu Quế")
    assert [row.code for row in rows if row.household == "H-001"] == [given.new.code]


async def test_a_card_nobody_has_stops_all_of_them(village: Village) -> None:
    with pytest.raises(NotFound, match="ZZZZZZ"):
        await office.revoke(village.context, [village.cards["Bà Lan"], "ZZZZZZ"])
    card = await found(village.context, village.cards["Bà Lan"])
    assert card is not None and not card.revoked


async def test_links_stay_unless_they_are_meant_too(village: Village) -> None:
    context, commune = village.context, village.commune
    await make_identity(context.database, commune.households["Bà Lan"], "user of Bà Lan")
    (taken,) = await office.reissue(context, ["H-001"])
    assert (taken.linked, taken.unlinked) == (1, 0)
    assert await linked(context, commune, "Bà Lan") == 1
    (taken,) = await office.revoke(context, ["H-001"], unlink=True)
    assert (taken.linked, taken.unlinked) == (0, 1)
    assert await linked(context, commune, "Bà Lan") == 0


async def test_nobody_takes_back_a_card_outside_their_area(village: Village) -> None:
    head = await head_of(village.context, village.commune.villages["Thu Quế"])
    with pytest.raises(NotAllowed):
        await office.reissue(village.context, [village.cards["Chị Mai"]], staff=head)
    with pytest.raises(NotAllowed):
        await office.issue(village.context, "Thống Nhất", head)
    (taken,) = await office.reissue(village.context, ["H-001"], staff=head)
    assert taken.changed


async def test_a_desk_officer_gives_out_no_cards(village: Village) -> None:
    officer = await head_of(village.context, village.commune.root, Role.DESK_OFFICER)
    with pytest.raises(NotAllowed, match="thẻ hộ"):
        await office.issue(village.context, "Thu Quế", officer)


async def test_it_is_in_the_audit_log_without_any_code_of_a_card(village: Village) -> None:
    await office.reissue(village.context, ["H-001"], unlink=True)
    async with village.context.database.read() as connection:
        rows = (await connection.execute(t.audit.select())).all()
    assert {("card revoke", "H-001"), ("card issue", "H-001")} <= {(row.action, row.subject) for row in rows}
    assert village.cards["Bà Lan"] not in str(rows)
