"""One reading for all who wait; what changed is never shown as it was, and nobody takes others down."""

import asyncio

import pytest

from bot.web.dashboard.sharing import Shared


class Source:
    """Reads `value` when it is let; counts how often."""

    def __init__(self) -> None:
        self.value, self.readings = 0, 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def read(self, key: str) -> int:
        self.readings += 1
        found = self.value
        await self.gate.wait()
        if key == "broken":
            raise LookupError(key)
        return found


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_hundred_who_ask_together_are_one_reading() -> None:
    source = Source()
    shared = Shared(source.read)
    assert await asyncio.gather(*(shared.get("a") for _ in range(100))) == [0] * 100
    assert source.readings == 1


async def test_whoever_asks_while_one_is_under_way_is_shown_what_is_read_afterwards() -> None:
    source = Source()
    shared = Shared(source.read)
    source.gate.clear()
    early = asyncio.create_task(shared.get("a"))
    await settle()
    source.value = 1
    late = [asyncio.create_task(shared.get("a")) for _ in range(10)]
    await settle()
    assert source.readings == 1
    source.gate.set()
    assert await early == 0
    assert await asyncio.gather(*late) == [1] * 10
    assert source.readings == 2


async def test_a_reading_is_kept_for_a_moment_unless_something_changed() -> None:
    source = Source()
    shared = Shared(source.read, keep=60.0)
    await shared.get("a")
    source.value = 1
    assert await shared.get("a") == 0
    shared.forget()
    assert await shared.get("a") == 1
    assert source.readings == 2


async def test_what_changes_while_it_is_read_is_not_kept() -> None:
    source = Source()
    shared = Shared(source.read, keep=60.0)
    source.gate.clear()
    early = asyncio.create_task(shared.get("a"))
    await settle()
    source.value = 1
    shared.forget()
    source.gate.set()
    assert await early == 0
    assert await shared.get("a") == 1


async def test_without_keeping_every_one_is_new() -> None:
    source = Source()
    shared = Shared(source.read)
    await shared.get("a")
    source.value = 1
    assert await shared.get("a") == 1


async def test_keys_do_not_wait_for_each_other() -> None:
    source = Source()
    shared = Shared(source.read)
    source.gate.clear()
    waiting = [asyncio.create_task(shared.get(key)) for key in ("a", "b")]
    await settle()
    assert source.readings == 2
    source.gate.set()
    await asyncio.gather(*waiting)


async def test_an_error_reaches_all_who_waited_and_is_not_kept() -> None:
    source = Source()
    shared = Shared(source.read)
    found = await asyncio.gather(*(shared.get("broken") for _ in range(3)), return_exceptions=True)
    assert [type(one) for one in found] == [LookupError] * 3
    with pytest.raises(LookupError):
        await shared.get("broken")
    assert source.readings == 2


async def test_one_who_goes_away_does_not_take_the_others_along() -> None:
    source = Source()
    shared = Shared(source.read)
    source.gate.clear()
    leaving, staying = asyncio.create_task(shared.get("a")), asyncio.create_task(shared.get("a"))
    await settle()
    leaving.cancel()
    await settle()
    source.gate.set()
    assert await staying == 0
