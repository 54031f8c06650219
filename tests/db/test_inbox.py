"""Raw updates: kept before they are acknowledged, handled in their order, forgotten when their use is over."""

from datetime import timedelta

from db.engine import Database
from db.platforms import inbox
from db.platforms.inbox import Done, RawUpdate
from db.writer import Writer
from tests.makers import NOON

WEEK = timedelta(days=7)


def update(number: int, account: str = "telegram", *, days: int = 0) -> RawUpdate:
    return RawUpdate(account, str(number), f'{{"n": {number}}}', NOON + timedelta(days=days))


async def waiting(database: Database, account: str = "telegram", limit: int = 500) -> list[str]:
    async with database.read() as connection:
        return [one.payload for one in await inbox.waiting(connection, account, limit)]


async def test_updates_wait_in_the_order_they_came(database: Database, writer: Writer) -> None:
    await writer.submit_all(inbox.store, [update(9), update(10), update(11)])
    await writer.submit_all(inbox.store, [update(100), update(12)])
    assert await waiting(database) == ['{"n": 9}', '{"n": 10}', '{"n": 11}', '{"n": 100}', '{"n": 12}']
    assert len(await waiting(database, limit=2)) == 2


async def test_the_same_number_on_two_accounts_is_two_updates(database: Database, writer: Writer) -> None:
    stored = await writer.submit_all(inbox.store, [update(1), update(1, "zalo"), update(1)])
    assert [one is not None for one in stored] == [True, True, False]
    assert len({one.id for one in stored if one is not None}) == 2
    assert len(await waiting(database)) == len(await waiting(database, "zalo")) == 1


async def test_more_updates_than_one_statement_carries_are_all_kept(database: Database, writer: Writer) -> None:
    stored = await writer.submit_all(inbox.store, [update(number) for number in range(12_000)])
    assert len({one.id for one in stored if one is not None}) == 12_000


async def test_what_a_crash_left_is_waiting_and_what_was_handled_is_not(database: Database, writer: Writer) -> None:
    first, second = await writer.submit_all(inbox.store, [update(1), update(2)])
    assert first is not None
    assert second is not None
    await writer.submit_all(inbox.finish, [Done(first.id, NOON, "ValueError" * 100)])
    assert await waiting(database) == [second.payload]
    again = await writer.submit(inbox.store, update(1))
    assert again is None


async def test_only_old_updates_that_were_handled_are_forgotten(database: Database, writer: Writer) -> None:
    old, fresh, unhandled = await writer.submit_all(inbox.store, [update(1), update(2, days=7), update(3)])
    assert old is not None
    assert fresh is not None
    assert unhandled is not None
    await writer.submit_all(inbox.finish, [Done(old.id, NOON), Done(fresh.id, NOON + WEEK)])
    async with database.write() as connection:
        assert await inbox.forget(connection, NOON + WEEK) == 1
        assert await inbox.forget(connection, NOON + WEEK) == 0
    assert await waiting(database) == [unhandled.payload]
    assert await writer.submit(inbox.store, update(2)) is None
