"""Due broadcasts: each once, in their order, none held up by another; the beats that make them outlive a failure."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import AnnouncementState, DeliveryState, Urgency
from db.announcing import fanout, notices
from db.engine import Database
from db.platforms import inbox
from db.platforms.inbox import Done, RawUpdate
from scheduler import broadcasts
from scheduler.heartbeat import Heartbeat, heartbeat
from tests.doubles import StepClock
from tests.makers import NOON, Commune, delivery_states, make_broadcast, make_chats, make_commune, take

HOUR = timedelta(hours=1)


async def state(database: Database, broadcast_id: int) -> AnnouncementState:
    async with database.read() as connection:
        return (await notices.by_id(connection, broadcast_id)).state


async def test_one_that_fails_holds_up_none_of_the_others(
    database: Database, commune: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = await make_broadcast(database, [commune.root], publish=False)
    sound = await make_broadcast(database, [commune.root], due_at=NOON + HOUR, publish=False)
    snapshot = fanout.snapshot

    async def stumble(connection: AsyncConnection, broadcast_id: int, paths: list[str]) -> int:
        if broadcast_id == broken.id:
            raise RuntimeError("no room")
        return await snapshot(connection, broadcast_id, paths)

    with monkeypatch.context() as patch:
        patch.setattr(fanout, "snapshot", stumble)
        assert await broadcasts.publish_due(database, NOON + HOUR) == [sound.id]
    assert await state(database, broken.id) is AnnouncementState.SCHEDULED
    assert await broadcasts.publish_due(database, NOON + HOUR) == [broken.id]


async def test_the_oldest_due_goes_out_first(database: Database, commune: Commune) -> None:
    later = await make_broadcast(database, [commune.root], due_at=NOON + HOUR, publish=False)
    sooner = await make_broadcast(database, [commune.root], due_at=NOON, publish=False)
    assert await broadcasts.publish_due(database, NOON + HOUR) == [sooner.id, later.id]


async def test_withdrawn_before_its_time_it_never_goes_out(database: Database, commune: Commune) -> None:
    row = await make_broadcast(database, [commune.root], due_at=NOON + HOUR, publish=False)
    async with database.write() as connection:
        assert await notices.withdraw(connection, row.announcement_id, None, NOON)
        assert not await notices.withdraw(connection, row.announcement_id, None, NOON)
    assert await broadcasts.publish_due(database, NOON + HOUR) == []
    assert await delivery_states(database, row.id) == []


class Beats:
    """The heartbeat's jobs, beaten by hand."""

    def __init__(self, database: Database) -> None:
        self.clock, self.rings = StepClock(), 0
        self.scheduler: Heartbeat = heartbeat(database, self.clock, self.ring)

    def ring(self) -> None:
        self.rings += 1

    async def beat(self, name: str) -> None:
        await self.scheduler.get_job(name).func()


@pytest.fixture
def beats(sqlite_database: Database) -> Beats:
    return Beats(sqlite_database)


async def test_the_beat_makes_what_is_due_and_rings(sqlite_database: Database, beats: Beats) -> None:
    commune = await make_commune(sqlite_database)
    row = await make_broadcast(sqlite_database, [commune.root], due_at=NOON + HOUR, publish=False)
    await beats.beat("make due")
    assert (await state(sqlite_database, row.id), beats.rings) == (AnnouncementState.SCHEDULED, 0)
    beats.clock.move(3600)
    await beats.beat("make due")
    assert (await state(sqlite_database, row.id), beats.rings) == (AnnouncementState.PUBLISHED, 1)


async def test_an_urgent_delivery_without_its_sender_is_freed_and_rung_for(
    sqlite_database: Database, beats: Beats
) -> None:
    commune = await make_commune(sqlite_database)
    await make_chats(sqlite_database, [commune.groups["Thu Quế 1"]])
    row = await make_broadcast(sqlite_database, [commune.groups["Thu Quế 1"]], urgency=Urgency.URGENT)
    await take(sqlite_database)
    await beats.beat("release leases")
    assert beats.rings == 0
    beats.clock.move(31)
    await beats.beat("release leases")
    assert beats.rings == 1
    assert await delivery_states(sqlite_database, row.id) == [DeliveryState.QUEUED]


async def test_the_beats_expire_and_forget(sqlite_database: Database, beats: Beats) -> None:
    commune = await make_commune(sqlite_database)
    row = await make_broadcast(sqlite_database, [commune.groups["Thu Quế 1"]], valid_until=NOON + HOUR)
    async with sqlite_database.write() as connection:
        (stored,) = await inbox.store(connection, [RawUpdate("telegram", "1", "{}", NOON)])
        assert stored is not None
        await inbox.finish(connection, [Done(stored.id, NOON)])
    beats.clock.move(timedelta(days=8).total_seconds())
    await beats.beat("expire")
    await beats.beat("forget updates")
    assert await delivery_states(sqlite_database, row.id) == [DeliveryState.EXPIRED]
    async with sqlite_database.write() as connection:
        assert await inbox.forget(connection, NOON + timedelta(days=9)) == 0


async def test_a_beat_that_fails_is_logged_and_the_next_one_comes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = Database(f"sqlite+aiosqlite:///{tmp_path / 'nowhere' / 'loa.db'}")
    await Beats(nowhere).beat("make due")
    await nowhere.close()
    assert "make due failed" in caplog.text


async def test_stopping_lets_the_beat_under_way_finish(beats: Beats, caplog: pytest.LogCaptureFixture) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def step() -> None:
        begun.set()
        await asyncio.sleep(0.05)
        ended.set()

    beats.scheduler.add_job(beats.scheduler.outliving("slow", step), "interval", seconds=0.01)
    beats.scheduler.start()
    await asyncio.wait_for(begun.wait(), 5)
    await beats.scheduler.stop()
    assert ended.is_set()
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_a_late_beat_still_runs_and_only_once(beats: Beats) -> None:
    defaults = beats.scheduler._job_defaults
    assert defaults == {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
