"""What every channel promises to the dispatcher, asked of every adapter."""

import asyncio
import logging
import unicodedata
from collections.abc import AsyncIterator

import pytest

from announcements.channels import (
    CHAT_IS_LOST,
    ChannelError,
    Message,
    Refused,
    RefusedReason,
    SlowDown,
    TryLater,
    Unsure,
)
from announcements.rendering import NoticeText, render
from announcements.text import utf16_length
from announcements.types import ChannelKind, Kind, Urgency
from bot.channels.registry import MECHANISMS
from tests.bot.channels_contract import STANDS, Stand, Trouble
from tests.makers import NOON

PARTS = ("Mời họp thôn", "Lúc 19 giờ 30 tại nhà văn hoá", "Mã thông báo: TB-7K3M")
SENTENCE = "Kính mời bà con tới nhà văn hoá thôn Thu Quế dự họp về việc nạo vét mương và đường nước sạch. "


@pytest.fixture(params=[kind for kind in ChannelKind if kind in STANDS])
async def stand(request: pytest.FixtureRequest) -> AsyncIterator[Stand]:
    async with STANDS[request.param]() as stand:
        yield stand


def posting(stand: Stand) -> None:
    if not stand.posts:
        pytest.skip("nothing is posted piece by piece there")


def provoked(stand: Stand, trouble: Trouble, skip: int = 0) -> None:
    if stand.provoke is None or trouble not in stand.troubles:
        pytest.skip("this can't happen there")
    stand.provoke(trouble, skip)


async def failed(stand: Stand, message: Message) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await stand.channel.send(stand.address, message)
    return caught.value


async def test_parts_are_posted_in_order_and_the_last_one_is_named(stand: Stand) -> None:
    posting(stand)
    posted = await stand.channel.send(stand.address, Message(PARTS))
    assert stand.texts() == list(PARTS)
    assert len(set(posted.message_ids)) == 3
    assert posted.button_id == posted.message_ids[-1]


async def test_pieces_that_are_done_are_not_posted_again(stand: Stand) -> None:
    posting(stand)
    posted = await stand.channel.send(stand.address, Message(PARTS, done=("11", "12")))
    assert stand.texts() == [PARTS[2]]
    assert posted.message_ids[:2] == ("11", "12")
    assert len(posted.message_ids) == 3


async def test_a_message_that_broke_off_is_finished_and_nothing_comes_twice(stand: Stand) -> None:
    posting(stand)
    trouble = Trouble.TOO_MANY if Trouble.TOO_MANY in stand.troubles else None
    if trouble is None:
        pytest.skip("this can't happen there")
    provoked(stand, trouble, skip=1)
    error = await failed(stand, Message(PARTS))
    assert len(error.done) == 1
    posted = await stand.channel.send(stand.address, Message(PARTS, done=error.done))
    assert stand.texts() == list(PARTS)
    assert posted.message_ids[0] == error.done[0]


MEANS: dict[Trouble, type[ChannelError]] = {
    Trouble.WRONG_TOKEN: Refused,
    Trouble.CHAT_GONE: Refused,
    Trouble.BAD_CONTENT: Refused,
    Trouble.TOO_MANY: SlowDown,
    Trouble.SERVER_ERROR: Unsure,
    Trouble.NO_ANSWER: Unsure,
    Trouble.NOT_TAKEN: Unsure,
}


@pytest.mark.parametrize("trouble", Trouble)
async def test_every_trouble_has_one_meaning_and_nothing_is_tried_again(stand: Stand, trouble: Trouble) -> None:
    provoked(stand, trouble)
    error = await failed(stand, Message(("Mời họp",)))
    assert isinstance(error, MEANS[trouble])
    assert len(stand.texts()) == (1 if trouble is Trouble.NO_ANSWER else 0)
    assert error.done == ()


async def test_a_refusal_says_whether_the_account_the_chat_or_the_words_are_at_fault(stand: Stand) -> None:
    for trouble, reasons in (
        (Trouble.WRONG_TOKEN, {RefusedReason.UNAUTHORISED}),
        (Trouble.CHAT_GONE, CHAT_IS_LOST),
        (Trouble.BAD_CONTENT, {RefusedReason.BAD_CONTENT}),
    ):
        if stand.provoke is not None and trouble in stand.troubles:
            stand.provoke(trouble, 0)
            error = await failed(stand, Message(("Mời họp",)))
            assert isinstance(error, Refused)
            assert error.reason in reasons


async def test_a_pause_is_named(stand: Stand) -> None:
    provoked(stand, Trouble.TOO_MANY)
    error = await failed(stand, Message(("Mời họp",)))
    assert isinstance(error, SlowDown)
    assert error.after > 0


async def test_a_platform_that_is_not_there_has_surely_taken_nothing(stand: Stand) -> None:
    if stand.leave is None:
        pytest.skip("it is in this process")
    await stand.leave()
    assert isinstance(await failed(stand, Message(("Mời họp",))), TryLater)


async def test_a_channel_that_is_closed_has_surely_sent_nothing(stand: Stand) -> None:
    if stand.leave is None:
        pytest.skip("there is nothing to close")
    await stand.channel.close()
    await stand.channel.close()
    assert isinstance(await failed(stand, Message(("Mời họp",))), TryLater)


async def test_no_secret_is_in_anything_that_is_said_or_logged(stand: Stand, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    said = [repr(stand.channel)]
    for trouble in stand.troubles:
        assert stand.provoke is not None
        stand.provoke(trouble, 0)
        error: BaseException | None = await failed(stand, Message(("Mời họp",)))
        while error is not None:
            said += [str(error), repr(error)]
            error = error.__cause__ or error.__context__
    said += [record.getMessage() for record in caplog.records]
    assert not [text for text in said for secret in stand.secrets if secret in text]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
async def test_a_long_notice_arrives_whole_in_parts_the_platform_takes(stand: Stand, form: str) -> None:
    posting(stand)
    body = unicodedata.normalize(form, SENTENCE * 90)  # type: ignore[arg-type]
    notice = NoticeText(
        code="TB-7K3M", kind=Kind.MEETING, urgency=Urgency.NORMAL, title="Họp thôn", body=body, area_name="Thu Quế",
        sender_name="Trưởng thôn", due_at=NOON, link="https://loa.example.vn/n/TB-7K3M",
    )  # fmt: skip
    limits = stand.channel.limits
    posted = await stand.channel.send(stand.address, Message(render(notice, limits)))
    texts = stand.texts()
    assert len(texts) == len(posted.message_ids) > 1
    assert all(utf16_length(text) <= limits.text_length for text in texts)
    assert sum(text.count("nạo vét mương") for text in texts) >= 89  # one may be cut in two
    assert texts[-1].endswith("TB-7K3M")


async def test_a_send_that_is_broken_off_leaves_a_channel_that_works(stand: Stand) -> None:
    if stand.slow is None:
        pytest.skip("it answers at once")
    stand.slow(5.0)
    task = asyncio.create_task(stand.channel.send(stand.address, Message(("Mời họp",))))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    stand.slow(0.0)
    await stand.channel.send(stand.address, Message(("Họp lúc 20 giờ",)))
    assert stand.texts()[-1] == "Họp lúc 20 giờ"


async def test_an_account_that_works_has_a_name_and_looks_without_posting(stand: Stand) -> None:
    assert (await stand.channel.health()).name
    assert isinstance(await stand.channel.look(stand.address), str)
    assert stand.texts() == []


async def test_only_channels_with_edits_rewrite_buttons_and_the_others_are_not_hurt(stand: Stand) -> None:
    if stand.channel.limits.edits:
        pytest.skip("it has edits, with tests of their own")
    await stand.channel.edit_button(stand.address, "1", None)


def test_every_channel_of_the_configuration_has_a_stand() -> None:
    assert set(MECHANISMS) <= set(STANDS)
