"""One bot as a channel: notices out, each piece once, and nothing lost when a piece fails."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from announcements.channels import (
    Button,
    Channel,
    ChannelError,
    File,
    Message,
    Moved,
    Refused,
    RefusedReason,
    SlowDown,
    TryLater,
    Unsure,
)
from announcements.types import FileKind
from bot.channels.telegram.keyboards import Link, NoKeyboard, PhoneRequest, Rows
from bot.channels.telegram.sender import TelegramChannel
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_faults import Fault, cut_after, cut_before, late, refusal, server_error, too_many
from tests.fakes.telegram_world import Chat, User

PNG = b"\x89PNG\r\n\x1a\n" + b"synthetic" * 10
BUTTON = Button("✅ Đã nhận (0/2)", "a:1")
COUNTED = Button("✅ Đã nhận (1/2)", "a:1")


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
async def channel(fake: FakeTelegram) -> AsyncIterator[TelegramChannel]:
    channel = TelegramChannel(fake.token, fake.base_url)
    yield channel
    await channel.close()


@pytest.fixture
def lan(fake: FakeTelegram) -> User:
    return fake.user("Lan")


@pytest.fixture
def group(fake: FakeTelegram, lan: User) -> Chat:
    return fake.group("Tổ 1", [lan])


@pytest.fixture
def paper(tmp_path: Path) -> File:
    """An attachment that this account has not uploaded yet."""
    path = tmp_path / "17"
    path.write_bytes(b"%PDF synthetic")
    return File(17, FileKind.DOCUMENT, "Giấy mời họp.pdf", str(path))


@pytest.fixture
def picture(tmp_path: Path) -> File:
    path = tmp_path / "18"
    path.write_bytes(PNG)
    return File(18, FileKind.PHOTO, "ngập lụt.png", str(path))


async def refused(channel: Channel, chat: Chat, message: Message) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await channel.send(str(chat.id), message)
    return caught.value


async def test_a_notice_goes_out_as_html_with_its_button_under_the_last_part(
    fake: FakeTelegram, channel: TelegramChannel, group: Chat
) -> None:
    posted = await channel.send(str(group.id), Message(("<b>Mời họp</b>", "tại nhà văn hoá"), BUTTON))

    first, last = fake.sent(group.id)
    assert (first.text, first.buttons) == ("Mời họp", [])
    assert (last.text, last.buttons) == ("tại nhà văn hoá", [{"text": BUTTON.label, "callback_data": "a:1"}])
    assert posted.message_ids == (str(first.message_id), str(last.message_id))
    assert posted.button_id == str(last.message_id)
    assert [call.params["link_preview_options"] for call in fake.calls("sendMessage")] == [{"is_disabled": True}] * 2


async def test_files_go_before_the_words(
    fake: FakeTelegram, channel: TelegramChannel, group: Chat, paper: File, picture: File
) -> None:
    posted = await channel.send(str(group.id), Message(("Mời họp",), BUTTON, (picture, paper)))

    assert [m.file and m.file.name for m in fake.sent(group.id)] == ["ngập lụt.png", "Giấy mời họp.pdf", None]
    assert [file.content for file in fake.uploads] == [PNG, b"%PDF synthetic"]
    assert posted.uploaded == {file.id: kept.file_id for file, kept in zip((picture, paper), fake.uploads, strict=True)}
    assert fake.sent(group.id)[-1].buttons


async def test_a_lone_file_carries_the_button(
    fake: FakeTelegram, channel: TelegramChannel, group: Chat, paper: File
) -> None:
    await channel.send(str(group.id), Message((), BUTTON, (paper,)))
    assert fake.sent(group.id)[0].buttons


async def test_a_files_name_keeps_its_letters_but_nothing_that_would_cut_it_short(
    fake: FakeTelegram, channel: TelegramChannel, group: Chat, paper: File
) -> None:
    file = File(17, FileKind.DOCUMENT, 'Mời họp; "tổ 1".pdf', paper.path)
    await channel.send(str(group.id), Message((), None, (file,)))
    assert fake.uploads[0].name == "Mời họp_ _tổ 1_.pdf"


async def test_a_file_for_thirty_chats_at_once_is_uploaded_once(
    fake: FakeTelegram, channel: TelegramChannel, paper: File
) -> None:
    groups = [fake.group(f"Tổ {number}") for number in range(30)]
    message = Message(("Mời họp",), None, (paper,))
    posted = await asyncio.gather(*(channel.send(str(group.id), message) for group in groups))

    assert [(file.name, file.sent) for file in fake.uploads] == [("Giấy mời họp.pdf", 30)]
    assert {tuple(one.uploaded.items()) for one in posted} == {((17, fake.uploads[0].file_id),)}
    assert sum(one.uploads for one in posted) == 1
    assert fake.duplicates() == {}


async def test_a_file_known_to_the_platform_is_not_uploaded_again(
    fake: FakeTelegram, channel: TelegramChannel, group: Chat, paper: File
) -> None:
    first = await channel.send(str(group.id), Message(("Mời họp",), None, (paper,)))
    known = File(99, FileKind.DOCUMENT, paper.name, "/nowhere", first.uploaded[17])
    posted = await channel.send(str(group.id), Message(("Nhắc lại",), None, (known,)))
    assert len(fake.uploads) == 1
    assert posted.uploaded == {}


async def test_a_file_id_the_platform_forgot_is_made_good_by_a_new_upload(
    fake: FakeTelegram, channel: TelegramChannel, group: Chat, paper: File
) -> None:
    stale = File(17, FileKind.DOCUMENT, paper.name, paper.path, "of-another-bot")
    posted = [await channel.send(str(group.id), Message(("Mời họp",), None, (stale,))) for _ in range(2)]
    assert [one.uploaded for one in posted] == [{17: fake.uploads[0].file_id}] * 2
    assert len(fake.uploads) == 1
    assert len(fake.calls("sendDocument", status=400)) == 1


async def test_an_upload_refused_by_one_chat_is_left_to_the_next(
    fake: FakeTelegram, channel: TelegramChannel, lan: User, paper: File
) -> None:
    lost, well = fake.group("Tổ 1"), fake.group("Tổ 2")
    fake.kick(lost.id, lan, told=False)
    message = Message(("Mời họp",), None, (paper,))
    error, posted = await asyncio.gather(refused(channel, lost, message), channel.send(str(well.id), message))
    assert isinstance(error, Refused)
    assert error.reason is RefusedReason.BLOCKED
    assert len(posted.message_ids) == 2


async def test_a_file_missing_on_the_disk_is_a_fault_of_the_notice(
    fake: FakeTelegram, channel: TelegramChannel, group: Chat, tmp_path: Path
) -> None:
    missing = File(17, FileKind.DOCUMENT, "mất.pdf", str(tmp_path / "mất.pdf"))
    error = await refused(channel, group, Message(("Mời họp",), None, (missing,)))
    assert isinstance(error, Refused)
    assert error.reason is RefusedReason.BAD_CONTENT
    assert str(tmp_path) not in error.detail
    assert fake.messages == []


async def test_a_failure_in_the_middle_says_what_went_out_and_is_carried_on_from_there(
    fake: FakeTelegram, channel: TelegramChannel, group: Chat, paper: File
) -> None:
    fake.fault(too_many(3), method="sendMessage", skip=1)
    message = Message(("phần 1", "phần 2", "phần 3"), BUTTON, (paper,))
    error = await refused(channel, group, message)
    assert isinstance(error, SlowDown)
    assert error.after == 3.0
    assert error.done == tuple(str(m.message_id) for m in fake.messages)
    assert len(error.done) == 2

    rest = Message(message.parts, BUTTON, message.files, error.done)
    posted = await channel.send(str(group.id), rest)
    assert posted.message_ids == tuple(str(m.message_id) for m in fake.messages)
    assert [m.text for m in fake.messages] == ["", "phần 1", "phần 2", "phần 3"]
    assert fake.duplicates() == {}


async def test_an_error_before_anything_new_keeps_what_was_done_earlier(
    fake: FakeTelegram, channel: TelegramChannel, group: Chat
) -> None:
    fake.fault(server_error())
    error = await refused(channel, group, Message(("phần 1", "phần 2"), None, (), ("7",)))
    assert error.done == ("7",)


async def test_a_message_already_out_whole_is_only_reported(
    fake: FakeTelegram, channel: TelegramChannel, group: Chat
) -> None:
    posted = await channel.send(str(group.id), Message(("phần 1",), BUTTON, (), ("7",)))
    assert (posted.message_ids, posted.button_id) == (("7",), "7")
    assert fake.requests == []


async def test_a_message_of_nothing_is_refused(channel: TelegramChannel, group: Chat) -> None:
    assert isinstance(await refused(channel, group, Message(())), Refused)


async def test_a_hundred_chats_are_served_at_once(fake: FakeTelegram, channel: TelegramChannel) -> None:
    groups = [fake.group(f"Tổ {number}") for number in range(100)]
    fake.server.latency = 1.0
    started = asyncio.get_running_loop().time()
    await asyncio.gather(*(channel.send(str(group.id), Message(("Mời họp",), BUTTON)) for group in groups))
    assert asyncio.get_running_loop().time() - started < 20.0  # one after another: 100 s
    assert [len(fake.sent(group.id)) for group in groups] == [1] * 100


async def test_an_answer_to_a_press_overtakes_notices_on_their_way(
    fake: FakeTelegram, channel: TelegramChannel, lan: User, group: Chat
) -> None:
    groups = [fake.group(f"Tổ {number}") for number in range(60)]
    fake.fault(late(1.0), method="sendMessage", times=None)
    sends = [asyncio.create_task(channel.send(str(one.id), Message(("Mời họp",)))) for one in groups]
    await fake.wait_for(lambda: len(fake.calls("sendMessage")) == 60)
    press = fake.press(lan, group.id, 1, "a:1")
    await channel.answer(press.id, "Đã ghi nhận")
    assert press.answer is not None
    assert not any(send.done() for send in sends)
    await asyncio.gather(*sends)


async def test_a_platform_that_is_away_is_surely_not_sent(channel: TelegramChannel, fake: FakeTelegram) -> None:
    group = fake.group("Tổ 1")
    await fake.server.stop()
    assert isinstance(await refused(channel, group, Message(("Mời họp",))), TryLater)


@pytest.mark.parametrize(("fault", "arrived"), [(cut_before(), 0), (cut_after(), 1), (server_error(500), 0)])
async def test_a_broken_answer_is_the_same_to_us_whether_or_not_it_was_posted(
    fake: FakeTelegram, channel: TelegramChannel, group: Chat, fault: Fault, arrived: int
) -> None:
    fake.fault(fault)
    assert isinstance(await refused(channel, group, Message(("Mời họp",))), Unsure)
    assert len(fake.sent(group.id)) == arrived


async def test_a_group_that_became_a_supergroup_names_its_new_address(
    fake: FakeTelegram, channel: TelegramChannel, group: Chat
) -> None:
    new = fake.migrate(group.id, notices=())
    error = await refused(channel, group, Message(("Mời họp",)))
    assert isinstance(error, Moved)
    assert error.new_address == str(new.id)
    await channel.send(error.new_address, Message(("Mời họp",)))
    assert len(fake.sent(new.id)) == 1


async def test_the_counter_is_rewritten_and_an_equal_one_is_no_error(
    fake: FakeTelegram, channel: TelegramChannel, group: Chat
) -> None:
    posted = await channel.send(str(group.id), Message(("Mời họp",), BUTTON))
    for button in (COUNTED, COUNTED, None):
        await channel.edit_button(str(group.id), posted.button_id, button)
    texts = [[button["text"] for row in (e.reply_markup or {}).get("inline_keyboard", []) for button in row]
             for e in fake.edits]  # fmt: skip
    assert texts == [[COUNTED.label], []]


async def test_a_message_that_is_gone_or_not_ours_is_edited_no_more(
    fake: FakeTelegram, channel: TelegramChannel, lan: User, group: Chat
) -> None:
    fake.text(lan, group.id, "/baocao")
    for message_id in ("1", "99"):
        with pytest.raises(Refused) as caught:
            await channel.edit_button(str(group.id), message_id, COUNTED)
        assert caught.value.reason is RefusedReason.BAD_CONTENT


async def test_a_chat_that_threw_the_bot_out_says_so_to_an_edit_too(
    fake: FakeTelegram, channel: TelegramChannel, lan: User, group: Chat
) -> None:
    posted = await channel.send(str(group.id), Message(("Mời họp",), BUTTON))
    fake.kick(group.id, lan, told=False)
    with pytest.raises(Refused) as caught:
        await channel.edit_button(str(group.id), posted.button_id, COUNTED)
    assert caught.value.reason is RefusedReason.BLOCKED


async def test_a_healthy_account_says_its_name(channel: TelegramChannel) -> None:
    assert (await channel.health()).name == "@loa_thon_bot"


async def test_an_answer_may_stay_open_until_it_is_closed_or_open_the_private_chat(
    fake: FakeTelegram, channel: TelegramChannel, lan: User, group: Chat
) -> None:
    presses = [fake.press(lan, group.id, 1, "a:1") for _ in range(3)]
    await channel.answer(presses[0].id)
    await channel.answer(presses[1].id, "Mời bà liên kết hộ. " * 20, alert=True)
    await channel.answer(presses[2].id, url="https://t.me/loa_thon_bot?start=LAN")
    assert [(a.show_alert, len(a.text), a.url) for a in fake.answers] == [
        (False, 0, None),
        (True, 200, None),
        (False, 0, "https://t.me/loa_thon_bot?start=LAN"),
    ]


async def test_an_answer_that_comes_too_late_is_no_error(
    fake: FakeTelegram, channel: TelegramChannel, lan: User, group: Chat
) -> None:
    press = fake.press(lan, group.id, 1, "a:1")
    fake.clock.advance(60)
    await channel.answer(press.id, "Đã ghi nhận")
    assert fake.answers == []


async def test_any_other_refused_answer_is_an_error(
    fake: FakeTelegram, channel: TelegramChannel, lan: User, group: Chat
) -> None:
    with pytest.raises(Refused):
        await channel.answer(fake.press(lan, group.id, 1, "a:1").id, url="https://example.org")


async def test_a_private_conversation_has_buttons_links_and_a_request_for_the_number(
    fake: FakeTelegram, channel: TelegramChannel, lan: User
) -> None:
    fake.private(lan)
    rows: Rows = [
        [Button("Bà Lan", "h:1"), Button("Ông Hải", "h:2")],
        [Link("Bảng tin", "https://example.org/n/TB-7K3M")],
    ]
    message_id = await channel.say(lan.id, "Bà thuộc hộ nào?", rows)
    await channel.say(lan.id, "Hoặc chia sẻ số điện thoại.", PhoneRequest("Chia sẻ số điện thoại"))
    await channel.say(lan.id, "Cảm ơn bà.", NoKeyboard())

    asked, number, thanks = (call.params["reply_markup"] for call in fake.calls("sendMessage", lan.id))
    assert [[sorted(button) for button in row] for row in asked["inline_keyboard"]] == [
        [["callback_data", "text"], ["callback_data", "text"]],
        [["text", "url"]],
    ]
    assert number["keyboard"][0][0]["request_contact"] is True
    assert thanks["remove_keyboard"] is True
    assert message_id == str(fake.messages[0].message_id)


async def test_a_private_message_is_redrawn_in_place(fake: FakeTelegram, channel: TelegramChannel, lan: User) -> None:
    fake.private(lan)
    message_id = await channel.say(lan.id, "Chọn hộ", [[Button("Bà Lan", "h:1")]])
    for _ in range(2):
        await channel.redraw(lan.id, message_id, "<b>Xong</b>")
    assert [(edit.text, edit.reply_markup) for edit in fake.edits] == [("Xong", None)]


async def test_a_picture_made_on_the_spot_is_sent(fake: FakeTelegram, channel: TelegramChannel, lan: User) -> None:
    fake.private(lan)
    message_id = await channel.send_photo_bytes(lan.id, PNG + b"x" * 2_000_000, "<i>Kết quả</i>")
    assert (message_id, fake.messages[0].text) == (str(fake.messages[0].message_id), "Kết quả")


async def test_who_never_wrote_to_the_bot_cannot_be_written_to(channel: TelegramChannel, lan: User) -> None:
    with pytest.raises(Refused) as caught:
        await channel.say(lan.id, "Xin chào")
    assert caught.value.reason is RefusedReason.BLOCKED


async def test_the_token_is_in_no_log_no_error_and_no_name(
    fake: FakeTelegram, lan: User, group: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for logger in ("telegram", "telegram.Bot", "aiohttp"):
        caplog.set_level(logging.DEBUG, logger)
    channel = TelegramChannel(fake.token, fake.base_url)
    wrong = TelegramChannel("424242:another-synthetic-token", fake.base_url)
    message = Message(("Mời họp",), BUTTON)
    await channel.health()
    await channel.send(str(group.id), message)
    fake.fault(cut_after(), times=1)
    errors = [await refused(channel, group, message), await refused(wrong, group, message)]
    await fake.server.stop()
    errors.append(await refused(channel, group, message))
    for error in errors:
        logging.getLogger("test").error("sending failed", exc_info=error)
    await channel.close()
    await wrong.close()

    assert [type(error) for error in errors] == [Unsure, Refused, TryLater]
    told = " ".join([caplog.text, repr(channel), *(f"{error!r} {error} {error.detail}" for error in errors)])
    assert "sendMessage" in told
    assert "synthetic" not in told


async def test_a_token_that_is_refused_takes_the_account_down(fake: FakeTelegram) -> None:
    channel = TelegramChannel("424242:another-synthetic-token", fake.base_url)
    with pytest.raises(Refused) as caught:
        await channel.health()
    await channel.close()
    assert caught.value.reason is RefusedReason.UNAUTHORISED


def test_the_pace_is_the_accounts_own() -> None:
    limits = TelegramChannel("1:synthetic", "http://127.0.0.1", per_second=900, per_chat_per_minute=60).limits
    assert (limits.per_second, limits.per_chat_per_minute, limits.offshore) == (900, 60, True)


async def test_a_closed_topic_is_for_an_administrator(
    fake: FakeTelegram, channel: TelegramChannel, group: Chat
) -> None:
    fake.fault(refusal(400, "Bad Request: TOPIC_CLOSED"))
    error = await refused(channel, group, Message(("Mời họp",)))
    assert isinstance(error, Refused)
    assert error.reason is RefusedReason.NO_RIGHTS


async def test_a_look_at_a_group_tells_its_title_and_posts_nothing(
    fake: FakeTelegram, channel: TelegramChannel, group: Chat
) -> None:
    assert await channel.look(str(group.id)) == "Tổ 1"
    assert fake.sent(group.id) == []


async def test_a_look_says_what_sending_would_meet(
    fake: FakeTelegram, channel: TelegramChannel, group: Chat, lan: User
) -> None:
    fake.restrict(group.id, lan)
    with pytest.raises(Refused) as muted:
        await channel.look(str(group.id))
    fake.kick(group.id, lan)
    with pytest.raises(Refused) as gone:
        await channel.look(str(group.id))
    with pytest.raises(Refused) as unknown:
        await channel.look("-100404")
    reasons = [one.value.reason for one in (muted, gone, unknown)]
    assert reasons == [RefusedReason.NO_RIGHTS, RefusedReason.BLOCKED, RefusedReason.CHAT_GONE]
