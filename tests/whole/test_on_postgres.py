"""The same service on PostgreSQL: announced in one process, sent and counted in another."""

import time

import pytest

from tests.whole.conftest import Place
from tests.whole.test_acknowledging import figures, link_everybody

pytestmark = pytest.mark.whole


async def test_a_notice_goes_out_at_once_and_presses_are_counted(postgres_place: Place) -> None:
    place = postgres_place
    users, groups = await link_everybody(place)
    async with place.house.running():
        code = await place.announce()
        assert await place.settled(code) == {"sent": 40}
        message = {m.chat_id: m for m in place.telegram.messages}
        chosen = sorted(users)[:40]
        for household in [*chosen, *chosen]:
            chat = place.chats[groups[household]]
            place.telegram.press(users[household], chat, message[chat].message_id, f"ack:{code}.1")
        await place.telegram.wait_for(lambda: len(place.telegram.answers) == 80, timeout=20)
        assert (await figures(place, code))["acknowledged"] == 40


async def test_a_terminal_wakes_the_service_without_waiting_for_its_next_look(place: Place) -> None:
    async with place.house.running():
        await place.announce(area="thu-que-to-1")
        done = time.monotonic()
        await place.telegram.wait_for(lambda: place.telegram.messages, timeout=10)
        assert time.monotonic() - done < 2.5  # its own next look may be five seconds away
