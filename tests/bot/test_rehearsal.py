"""The rehearsal channel: shaped like Telegram, and wrong only where it was told to be."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from announcements.channels import (
    Button,
    File,
    Message,
    Refused,
    RefusedReason,
    Scope,
    SlowDown,
    Unsure,
)
from announcements.types import FileKind
from bot.channels.rehearsal import KEPT, Programme, RehearsalChannel

HERE = "-100001"
THERE = "-100002"
BUTTON = Button("✅ Đã nhận (0/41)", "ack:TB-7K3M.1")
NOTICE = Message(("Mời bà con họp thôn.",), BUTTON)


@dataclass(slots=True)
class Clock:
    """Time that passes only when somebody sleeps or a test says so."""

    now: float = 100.0
    slept: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


Make = Callable[..., RehearsalChannel]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make(clock: Clock) -> Make:
    """A channel whose time is `clock`, programmed with what is given."""

    def build(**programme: object) -> RehearsalChannel:
        return RehearsalChannel(
            Programme(**programme),  # type: ignore[arg-type]
            rng=random.Random(1),
            sleep=clock.sleep,
            monotonic=lambda: clock.now,
        )

    return build


async def test_a_sent_message_lies_in_its_chat_with_its_button(make: Make) -> None:
    channel = make()
    posted = await channel.send(HERE, NOTICE)
    (kept,) = channel.messages(HERE)
    assert (kept.id, kept.text, kept.button) == (posted.button_id, NOTICE.parts[0], BUTTON)
    assert channel.messages(THERE) == ()


async def test_files_come_first_and_the_button_is_under_the_last_part(make: Make) -> None:
    channel = make()
    photo = File(7, FileKind.PHOTO, "so-do.png", "/uploads/so-do.png")
    posted = await channel.send(HERE, Message(("phần một", "phần hai"), BUTTON, (photo,)))
    kept = channel.messages(HERE)
    assert [one.file for one in kept] == [photo, None, None]
    assert [one.button for one in kept] == [None, None, BUTTON]
    assert posted.message_ids == tuple(one.id for one in kept)
    assert posted.button_id == kept[-1].id
    assert set(posted.uploaded) == {photo.id}


async def test_pieces_an_earlier_attempt_posted_are_not_posted_again(make: Make) -> None:
    channel = make()
    posted = await channel.send(HERE, Message(("phần một", "phần hai"), BUTTON, done=("41",)))
    assert [one.text for one in channel.messages(HERE)] == ["phần hai"]
    assert posted.message_ids[0] == "41"
    assert len(posted.message_ids) == 2


async def test_every_request_takes_its_time_within_the_latency(make: Make, clock: Clock) -> None:
    channel = make()
    for place in range(50):
        await channel.send(f"-1{place}", NOTICE)
    assert len(clock.slept) == 50
    assert all(0.040 <= seconds <= 0.150 for seconds in clock.slept)
    assert len(set(clock.slept)) > 1


async def test_only_the_last_messages_of_a_chat_are_kept(make: Make) -> None:
    channel = make()
    for number in range(KEPT + 3):
        await channel.send(HERE, Message((f"tin {number}",)))
    kept = channel.messages(HERE)
    assert len(kept) == KEPT
    assert kept[-1].text == f"tin {KEPT + 2}"


async def test_an_edit_rewrites_the_button_and_none_takes_it_off(make: Make) -> None:
    channel = make()
    posted = await channel.send(HERE, NOTICE)
    newer = Button("✅ Đã nhận (5/41)", BUTTON.data)
    await channel.edit_button(HERE, posted.button_id, newer)
    assert channel.messages(HERE)[0].button == newer
    await channel.edit_button(HERE, posted.button_id, None)
    assert channel.messages(HERE)[0].button is None


async def test_editing_a_message_that_is_not_there_is_refused(make: Make) -> None:
    channel = make()
    posted = await channel.send(HERE, NOTICE)
    with pytest.raises(Refused) as refused:
        await channel.edit_button(THERE, posted.button_id, None)
    assert refused.value.reason is RefusedReason.BAD_CONTENT


async def test_whoever_waits_for_a_chat_gets_its_message_once_it_is_there(make: Make) -> None:
    channel = make()
    waiting = asyncio.create_task(channel.latest(HERE))
    await asyncio.sleep(0)
    assert not waiting.done()
    await channel.send(HERE, NOTICE)
    assert (await asyncio.wait_for(waiting, 5)).text == NOTICE.parts[0]


@pytest.mark.parametrize("message", [Message(()), Message(("",)), Message(("ă" * 4097,)), Message(("😀" * 2049,))])
async def test_what_the_platform_would_not_take_is_refused(make: Make, message: Message) -> None:
    channel = make()
    with pytest.raises(Refused) as refused:
        await channel.send(HERE, message)
    assert refused.value.reason is RefusedReason.BAD_CONTENT
    assert channel.messages(HERE) == ()


async def test_length_is_counted_after_markup(make: Make) -> None:
    channel = make()
    await channel.send(HERE, Message((f"<b>{'ă' * 4095}</b>&amp;",)))
    assert len(channel.messages(HERE)) == 1


async def test_a_slow_chat_asks_for_a_pause_once(make: Make) -> None:
    channel = make(slow_share=1.0, slow_after=3.0)
    with pytest.raises(SlowDown) as asked:
        await channel.send(HERE, NOTICE)
    assert (asked.value.after, asked.value.scope) == (3.0, Scope.CHAT)
    assert channel.messages(HERE) == ()
    await channel.send(HERE, NOTICE)
    await channel.send(HERE, NOTICE)
    assert len(channel.messages(HERE)) == 2


async def test_about_the_programmed_share_of_chats_is_slow(make: Make) -> None:
    channel = make(slow_share=0.25)
    slow = 0
    for place in range(400):
        try:
            await channel.send(f"-1{place}", NOTICE)
        except SlowDown:
            slow += 1
    assert 70 <= slow <= 130


async def test_a_refused_chat_refuses_and_its_neighbour_does_not(make: Make) -> None:
    channel = make(refused={HERE: RefusedReason.BLOCKED})
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            await channel.send(HERE, NOTICE)
        assert refused.value.reason is RefusedReason.BLOCKED
    await channel.send(THERE, NOTICE)
    assert (len(channel.messages(HERE)), len(channel.messages(THERE))) == (0, 1)


async def test_an_unsure_chat_has_the_message_although_nobody_says_so(make: Make) -> None:
    channel = make(unsure=frozenset({HERE}))
    with pytest.raises(Unsure):
        await channel.send(HERE, NOTICE)
    assert len(channel.messages(HERE)) == 1
    await channel.send(HERE, NOTICE)
    assert len(channel.messages(HERE)) == 2


async def test_an_error_half_way_names_the_pieces_that_went_out(make: Make) -> None:
    channel = make(strict=True)
    with pytest.raises(SlowDown) as asked:
        await channel.send(HERE, Message(("phần một", "phần hai")))
    assert asked.value.done == (channel.messages(HERE)[0].id,)


async def test_a_strict_channel_takes_one_message_a_second_in_a_chat(make: Make, clock: Clock) -> None:
    channel = make(strict=True)
    await channel.send(HERE, NOTICE)
    clock.now += 0.5
    with pytest.raises(SlowDown) as asked:
        await channel.send(HERE, NOTICE)
    assert asked.value.after == pytest.approx(0.5)
    assert asked.value.scope is Scope.CHAT
    await channel.send(THERE, NOTICE)
    clock.now += 0.5
    await channel.send(HERE, NOTICE)
    assert (channel.requests, channel.too_fast) == (4, 1)


async def test_edits_count_into_the_twenty_a_minute_of_a_chat(make: Make, clock: Clock) -> None:
    channel = make(strict=True)
    posted = await channel.send(HERE, NOTICE)
    for _ in range(19):
        clock.now += 1.0
        await channel.edit_button(HERE, posted.button_id, BUTTON)
    clock.now += 1.0
    with pytest.raises(SlowDown) as asked:
        await channel.edit_button(HERE, posted.button_id, BUTTON)
    assert asked.value.after == pytest.approx(40.0)
    clock.now += asked.value.after
    await channel.edit_button(HERE, posted.button_id, BUTTON)


async def test_a_strict_channel_takes_thirty_a_second_of_the_account(make: Make, clock: Clock) -> None:
    channel = make(strict=True)
    for place in range(30):
        await channel.send(f"-1{place}", NOTICE)
    with pytest.raises(SlowDown) as asked:
        await channel.send(HERE, NOTICE)
    assert asked.value.scope is Scope.ACCOUNT
    clock.now += asked.value.after
    await channel.send(HERE, NOTICE)


async def test_it_says_that_it_is_a_rehearsal(make: Make) -> None:
    assert (await make().health()).name == "tập dượt"
