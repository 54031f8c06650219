"""One bot of Zalo as a channel, against a strict platform: what it posts, and what it says of itself."""

from collections.abc import AsyncIterator

import pytest

from announcements.channels import (
    File,
    Message,
    Posted,
    Profile,
    Refused,
    RefusedReason,
    SlowDown,
    TryLater,
    Unsure,
)
from announcements.types import FileKind
from bot.channels.zalo_bot.sender import ZaloBotChannel
from tests.fakes.zalo_bot import FakeZaloBot
from tests.fakes.zalo_bot_faults import refusal, too_many
from tests.fakes.zalo_bot_world import Chat

PICTURE = File(3, FileKind.PHOTO, "so-do.jpg", "/uploads/3", link="https://loa.example.vn/n/TB-7K3M/files/3")


@pytest.fixture
async def zalo() -> AsyncIterator[FakeZaloBot]:
    async with FakeZaloBot() as zalo:
        yield zalo


@pytest.fixture
async def channel(zalo: FakeZaloBot) -> AsyncIterator[ZaloBotChannel]:
    channel = ZaloBotChannel(zalo.token, zalo.base_url)
    yield channel
    await channel.close()


@pytest.fixture
def group(zalo: FakeZaloBot) -> Chat:
    return zalo.group("Tổ 1")


async def test_a_notice_goes_out_as_plain_text_after_its_picture(
    zalo: FakeZaloBot, channel: ZaloBotChannel, group: Chat
) -> None:
    posted = await channel.send(group.id, Message(("Mời họp <b>", "tại nhà văn hoá"), files=(PICTURE,)))
    picture, *texts = zalo.sent(group.id)
    assert picture.photo == PICTURE.link
    assert [message.text for message in texts] == ["Mời họp <b>", "tại nhà văn hoá"]
    assert posted == Posted((picture.id, *(message.id for message in texts)), texts[-1].id)


async def test_a_file_without_a_public_address_is_refused_before_anything_is_asked(
    zalo: FakeZaloBot, channel: ZaloBotChannel, group: Chat
) -> None:
    with pytest.raises(Refused) as caught:
        await channel.send(group.id, Message(("a",), files=(File(3, FileKind.PHOTO, "a.jpg", "/uploads/3"),)))
    assert caught.value.reason is RefusedReason.BAD_CONTENT
    assert zalo.requests == []


async def test_a_group_the_bot_was_taken_out_of_is_gone(
    zalo: FakeZaloBot, channel: ZaloBotChannel, group: Chat
) -> None:
    group.here = False
    for act in (channel.send(group.id, Message(("a",))), channel.look(group.id)):
        with pytest.raises(Refused) as caught:
            await act
        assert caught.value.reason is RefusedReason.CHAT_GONE


async def test_who_never_wrote_to_the_bot_cannot_be_written_to(zalo: FakeZaloBot, channel: ZaloBotChannel) -> None:
    lan = zalo.person("Lan")
    with pytest.raises(Refused):
        await channel.say(lan.id, "Chào")
    zalo.at(lan.id).say(lan, "chào")
    await channel.say(lan.id, "Chào bà Lan.\n")
    assert [message.text for message in zalo.sent(lan.id)] == ["Chào bà Lan."]


async def test_looking_at_a_group_posts_nothing(zalo: FakeZaloBot, channel: ZaloBotChannel, group: Chat) -> None:
    assert await channel.look(group.id) == ""
    assert (zalo.sent(group.id), zalo.state.actions) == ([], [(group.id, "typing")])


async def test_a_bot_says_its_name_and_whether_it_may_join_groups(zalo: FakeZaloBot, channel: ZaloBotChannel) -> None:
    assert await channel.health() == Profile("Bot Loa Thôn")
    zalo.habits.can_join_groups = False
    assert "chưa cho bot này vào nhóm" in (await channel.health()).caution


async def test_a_used_up_quota_pauses_the_account_longer_each_time(
    zalo: FakeZaloBot, channel: ZaloBotChannel, group: Chat
) -> None:
    zalo.state.quota = 1
    await channel.send(group.id, Message(("a",)))
    with pytest.raises(SlowDown) as first:
        await channel.send(group.id, Message(("b",)))
    with pytest.raises(SlowDown) as second:
        await channel.send(group.id, Message(("b",)))
    assert 4 < second.value.after <= first.value.after <= 5  # the same pause, met twice
    assert len(zalo.calls("sendMessage", code=429)) == 2


async def test_nothing_is_ever_sent_again_by_itself(zalo: FakeZaloBot, channel: ZaloBotChannel, group: Chat) -> None:
    for fault in (refusal(403, "Internal server error"), too_many(2)):
        zalo.fault(fault, method="sendMessage")
    with pytest.raises(TryLater):
        await channel.send(group.id, Message(("a",)))
    with pytest.raises(SlowDown):
        await channel.send(group.id, Message(("a",)))
    assert len(zalo.calls("sendMessage")) == 2


async def test_a_webhook_is_set_and_taken_off_and_none_is_known_in_both_ways(
    zalo: FakeZaloBot, channel: ZaloBotChannel
) -> None:
    for says_404 in (True, False):
        zalo.habits.no_webhook_is_404 = says_404
        assert await channel.api.webhook() == ""
    url = "https://loa.example.vn/webhooks/zalo_bot/zalo"
    await channel.api.set_webhook(url, "bi-mat-thu")
    assert await channel.api.webhook() == url
    with pytest.raises(Refused):
        await channel.updates(0)
    await channel.poll_from_now_on()
    assert await channel.updates(0) == []
    with pytest.raises(Refused):
        await channel.api.set_webhook("https://127.0.0.1/hook", "bi-mat-thu")


async def test_a_list_of_updates_is_taken_as_well_as_a_single_one(zalo: FakeZaloBot, channel: ZaloBotChannel) -> None:
    lan = zalo.person("Lan")
    for batches, status in ((False, 200), (True, 408)):
        zalo.habits.batches, zalo.habits.idle_status = batches, status
        assert await channel.updates(0) == []
        for text in ("một", "hai"):
            zalo.at(lan.id).say(lan, text)
        texts: list[str] = []
        while found := await channel.updates(0):
            texts += [one["message"]["text"] for one in found]
        assert texts == ["một", "hai"]


async def test_a_wrong_token_is_said_so(zalo: FakeZaloBot) -> None:
    channel = ZaloBotChannel("4242424242:another-synthetic", zalo.base_url)
    with pytest.raises(Refused) as caught:
        await channel.health()
    assert caught.value.reason is RefusedReason.UNAUTHORISED
    await channel.close()


async def test_an_account_paces_itself_as_its_settings_say() -> None:
    limits = ZaloBotChannel("1:synthetic", "http://127.0.0.1", per_second=9, per_chat_per_minute=60).limits
    assert (limits.per_second, limits.per_chat_per_minute, limits.text_length) == (9, 60, 2_000)


async def test_a_platform_that_is_away_is_surely_not_sent(
    channel: ZaloBotChannel, zalo: FakeZaloBot, group: Chat
) -> None:
    await zalo.server.stop()
    with pytest.raises(TryLater):
        await channel.send(group.id, Message(("a",)))


async def test_an_answer_that_never_comes_is_in_doubt(zalo: FakeZaloBot, group: Chat) -> None:
    channel = ZaloBotChannel(zalo.token, zalo.base_url)
    zalo.server.latency = 3.0
    with pytest.raises(Unsure):
        await channel.api.call("sendMessage", {"chat_id": group.id, "text": "a"}, wait=0.2)
    await channel.close()
