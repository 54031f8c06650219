"""Cards: one valid code a household, and none that tells of another."""

from db.engine import Database
from db.links import cards
from db.tables import t
from tests.makers import NOON, Commune


async def test_codes_do_not_follow_the_order_of_households(database: Database, commune: Commune) -> None:
    group = commune.groups["Thu Quế 1"]
    rows = [
        {"code": f"N-{number:03}", "area_id": group.id, "head_name": "Hộ Thử", "representative": "Hộ Thử",
         "address": "", "note": "", "device": "unknown", "joined_at": NOON}
        for number in range(40)
    ]  # fmt: skip
    async with database.write() as connection:
        await connection.execute(t.household.insert(), rows)
        codes = [card.code for card in await cards.issue(connection, group.path, NOON)]
    assert len(set(codes)) == 42
    assert codes != sorted(codes)


async def test_a_household_keeps_its_card_until_it_is_revoked(database: Database, commune: Commune) -> None:
    async with database.write() as connection:
        first = await cards.issue(connection, commune.root.path, NOON)
        assert await cards.issue(connection, commune.root.path, NOON) == first
        await cards.revoke(connection, [commune.households["Bà Lan"]], NOON)
        second = await cards.issue(connection, commune.root.path, NOON)
        assert {card.head_name for card in first if card not in second} == {"Bà Lan"}
        old = next(card for card in first if card.head_name == "Bà Lan")
        found = await cards.find(connection, old.code)
    assert found is not None and found.revoked
