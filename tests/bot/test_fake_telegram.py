"""The fake Telegram under two clients that other people wrote: aiogram and python-telegram-bot.

What both understand, in their own terms, is what the real server would have said.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiogram.exceptions as aiogram_errors
import pytest
import telegram as ptb
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import BufferedInputFile, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram import error as ptb_errors

from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_faults import RateLimits, cut_after, cut_before, server_error, silent, too_many
from tests.fakes.telegram_membership import Notice
from tests.fakes.telegram_world import Chat, Standing, User

PNG = b"\x89PNG\r\n\x1a\n" + b"synthetic" * 10
BUTTON = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="✅ Đã nhận (0/2)", callback_data="a:1")]])
COUNTED = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="✅ Đã nhận (1/2)", callback_data="a:1")]])


class PromptSession(AiohttpSession):
    """aiogram's own session waits a quarter of a second for TLS connections to close; there are none here."""

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
async def bot(fake: FakeTelegram) -> AsyncIterator[Bot]:
    async with Bot(fake.token, session=PromptSession(api=TelegramAPIServer.from_base(fake.base_url))) as bot:
        yield bot


@pytest.fixture
async def ptb_bot(fake: FakeTelegram) -> AsyncIterator[ptb.Bot]:
    async with ptb.Bot(fake.token, base_url=f"{fake.base_url}/bot", base_file_url=f"{fake.base_url}/file/bot") as bot:
        yield bot


@pytest.fixture
def lan(fake: FakeTelegram) -> User:
    return fake.user("Lan")


@pytest.fixture
def group(fake: FakeTelegram, lan: User) -> Chat:
    return fake.group("Tổ 1", [lan])


async def test_a_message_with_a_button_keeps_its_words_and_its_button(
    fake: FakeTelegram, bot: Bot, group: Chat
) -> None:
    sent = await bot.send_message(
        group.id, "<b>Mời họp</b> &amp; bàn việc", parse_mode="HTML", reply_markup=BUTTON, request_timeout=5
    )

    assert sent.html_text == "<b>Mời họp</b> &amp; bàn việc"
    assert sent.chat.type == "group"
    assert sent.reply_markup is not None
    assert sent.reply_markup.inline_keyboard[0][0].callback_data == "a:1"
    assert [(m.chat_id, m.text, m.buttons[0]["callback_data"]) for m in fake.sent(group.id)] == [
        (group.id, "Mời họp & bàn việc", "a:1")
    ]


async def test_a_press_is_told_answered_once_and_counted_on_the_button(
    fake: FakeTelegram, bot: Bot, lan: User, group: Chat
) -> None:
    await bot.send_message(group.id, "Mời họp", reply_markup=BUTTON)
    press = fake.tap(lan, fake.messages[0], "Đã nhận")

    query = (await bot.get_updates())[0].callback_query
    assert query is not None
    assert (query.data, query.from_user.id) == ("a:1", lan.id)
    await bot.answer_callback_query(query.id, text="Đã ghi nhận", show_alert=True)
    with pytest.raises(aiogram_errors.TelegramBadRequest, match="query is too old"):
        await bot.answer_callback_query(query.id)
    await bot.edit_message_reply_markup(chat_id=group.id, message_id=1, reply_markup=COUNTED)

    assert press.answer is not None
    assert (press.answer.text, press.answer.show_alert) == ("Đã ghi nhận", True)
    assert [e.reply_markup for e in fake.edits_of(fake.messages[0])] == [COUNTED.model_dump(exclude_none=True)]


async def test_a_press_may_point_to_the_bots_own_private_chat_and_nowhere_else(
    fake: FakeTelegram, bot: Bot, lan: User, group: Chat
) -> None:
    press = fake.press(lan, group.id, 99, "a:1")
    with pytest.raises(aiogram_errors.TelegramBadRequest, match="URL_INVALID"):
        await bot.answer_callback_query(press.id, url="https://example.org/")
    await bot.answer_callback_query(press.id, url="https://t.me/loa_thon_bot?start=ABC")
    assert fake.answers[0].url == "https://t.me/loa_thon_bot?start=ABC"


async def test_a_query_grows_too_old_to_be_answered(fake: FakeTelegram, bot: Bot, lan: User, group: Chat) -> None:
    press = fake.press(lan, group.id, 1, "a:1")
    fake.clock.advance(31)
    with pytest.raises(aiogram_errors.TelegramBadRequest, match="query is too old"):
        await bot.answer_callback_query(press.id)


async def test_an_unchanged_edit_a_lost_message_and_a_persons_message_are_refused(
    fake: FakeTelegram, bot: Bot, lan: User, group: Chat
) -> None:
    await bot.send_message(group.id, "Mời họp", reply_markup=BUTTON)
    fake.text(lan, group.id, "vâng")
    for message_id, words in ((1, "message is not modified"), (77, "to edit not found"), (2, "can't be edited")):
        with pytest.raises(aiogram_errors.TelegramBadRequest, match=words):
            await bot.edit_message_text("Mời họp", chat_id=group.id, message_id=message_id, reply_markup=BUTTON)


async def test_new_words_without_buttons_take_the_buttons_off(fake: FakeTelegram, bot: Bot, group: Chat) -> None:
    await bot.send_message(group.id, "Mời họp", reply_markup=BUTTON)
    await bot.edit_message_text("Đã hoãn", chat_id=group.id, message_id=1)
    assert (fake.messages[0].text, fake.messages[0].reply_markup) == ("Đã hoãn", None)


async def test_a_file_is_uploaded_once_and_reused_by_its_id(fake: FakeTelegram, bot: Bot, group: Chat) -> None:
    other = fake.group("Tổ 2")
    sent = await bot.send_document(group.id, BufferedInputFile("Nội dung".encode(), "moi-hop.txt"), caption="Kèm theo")
    assert sent.document is not None
    await bot.send_document(other.id, sent.document.file_id)

    assert [(file.name, file.sent) for file in fake.uploads] == [("moi-hop.txt", 2)]
    content = await bot.download(sent.document.file_id)
    assert content is not None
    assert content.read().decode() == "Nội dung"
    with pytest.raises(aiogram_errors.TelegramBadRequest, match="type Document as Photo"):
        await bot.send_photo(other.id, sent.document.file_id)


@pytest.mark.parametrize(
    ("standing", "kind", "words"),
    [
        (Standing.KICKED, aiogram_errors.TelegramForbiddenError, "bot was kicked from the group chat"),
        (Standing.LEFT, aiogram_errors.TelegramForbiddenError, "bot is not a member of the group chat"),
        (Standing.RESTRICTED, aiogram_errors.TelegramBadRequest, "have no write access to the chat"),
    ],
)
async def test_a_chat_closed_to_the_bot_refuses_it(
    fake: FakeTelegram, bot: Bot, lan: User, group: Chat, standing: Standing, kind: type[Exception], words: str
) -> None:
    fake.set_standing(group.id, standing, lan)
    with pytest.raises(kind, match=words):
        await bot.send_message(group.id, "Mời họp")
    changed = (await bot.get_updates())[0].my_chat_member
    assert changed is not None
    assert changed.new_chat_member.status == standing.value
    assert fake.messages == []


async def test_people_must_have_written_first_and_may_block(fake: FakeTelegram, bot: Bot, lan: User) -> None:
    with pytest.raises(aiogram_errors.TelegramForbiddenError, match="can't initiate conversation"):
        await bot.send_message(lan.id, "Chào")
    with pytest.raises(aiogram_errors.TelegramBadRequest, match="chat not found"):
        await bot.send_message(12345, "Chào")
    fake.text(lan, lan.id, "/start")
    await bot.send_message(lan.id, "Chào")
    fake.block(lan)
    with pytest.raises(aiogram_errors.TelegramForbiddenError, match="blocked by the user"):
        await bot.send_message(lan.id, "Chào")


async def test_a_migrated_group_names_its_new_id(fake: FakeTelegram, bot: Bot, ptb_bot: ptb.Bot, group: Chat) -> None:
    await bot.send_message(group.id, "Mời họp", reply_markup=BUTTON)
    new = fake.migrate(group.id, [Notice.NEW_CHAT, Notice.OLD_CHAT])

    with pytest.raises(aiogram_errors.TelegramMigrateToChat) as moved:
        await bot.send_message(group.id, "Mời họp")
    assert moved.value.migrate_to_chat_id == new.id
    with pytest.raises(ptb_errors.ChatMigrated) as ptb_moved:
        await ptb_bot.send_message(group.id, "Mời họp")
    assert ptb_moved.value.new_chat_id == new.id
    with pytest.raises(aiogram_errors.TelegramBadRequest, match="message to edit not found"):
        await bot.edit_message_reply_markup(chat_id=new.id, message_id=77, reply_markup=COUNTED)
    notices = [update.message for update in await bot.get_updates()]
    assert [(m.migrate_to_chat_id, m.migrate_from_chat_id) for m in notices if m] == [(None, group.id), (new.id, None)]
    assert (await bot.send_message(new.id, "Mời họp")).chat.type == "supergroup"


async def test_too_many_requests_strike_one_chat_and_no_other(
    fake: FakeTelegram, bot: Bot, ptb_bot: ptb.Bot, group: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # without it python-telegram-bot warns of its own coming change
    other = fake.group("Tổ 2")
    programmed = fake.fault(too_many(7), chat_id=group.id, times=2)

    with pytest.raises(aiogram_errors.TelegramRetryAfter) as refused:
        await bot.send_message(group.id, "Mời họp")
    await bot.send_message(other.id, "Mời họp")
    with pytest.raises(ptb_errors.RetryAfter, match="0:00:07"):
        await ptb_bot.send_message(group.id, "Mời họp")
    await bot.send_message(group.id, "Mời họp")

    assert refused.value.retry_after == 7
    assert programmed.taken == 2
    assert [len(fake.sent(chat.id)) for chat in (group, other)] == [1, 1]


async def test_the_groups_rate_limit_counts_edits_with_messages(fake: FakeTelegram, bot: Bot, group: Chat) -> None:
    fake.limit_rates(RateLimits(per_group_minute=2))
    await bot.send_message(group.id, "Mời họp", reply_markup=BUTTON)
    await bot.edit_message_reply_markup(chat_id=group.id, message_id=1, reply_markup=COUNTED)
    with pytest.raises(aiogram_errors.TelegramRetryAfter) as refused:
        await bot.send_message(group.id, "Mời họp")
    assert 58 <= refused.value.retry_after <= 60

    fake.clock.advance(refused.value.retry_after)
    await bot.send_message(group.id, "Mời họp")
    assert len(fake.calls("sendMessage", group.id, status=429)) == 1


@pytest.mark.parametrize(
    ("fault", "delivered"),
    [(cut_before(), 0), (cut_after(), 1), (silent(), 1), (server_error(), 0), (server_error(500, done=True), 1)],
)
async def test_an_unanswered_message_may_or_may_not_be_there(
    fake: FakeTelegram, ptb_bot: ptb.Bot, group: Chat, fault: Any, delivered: int
) -> None:
    fake.fault(fault)
    with pytest.raises(ptb_errors.NetworkError):
        await ptb_bot.send_message(group.id, "Mời họp", read_timeout=0.2)
    assert len(fake.sent(group.id)) == delivered
    await ptb_bot.send_message(group.id, "Mời họp")
    assert fake.duplicates() == ({(group.id, "Mời họp"): 2} if delivered else {})


async def test_wrong_tokens_are_refused_as_the_real_server_does(fake: FakeTelegram) -> None:
    for token, kind in (("424242:wrong-token", ptb_errors.InvalidToken), ("nonsense", ptb_errors.InvalidToken)):
        stranger = ptb.Bot(token, base_url=f"{fake.base_url}/bot")
        with pytest.raises(kind):
            await stranger.initialize()
        await stranger.shutdown()


async def test_everything_the_fake_tells_is_an_update_to_aiogram_too(
    fake: FakeTelegram, lan: User, group: Chat
) -> None:
    hai, channel = fake.user("Hải", username="ong_hai"), fake.channel("Loa thôn", username="loa_kenh")
    told = [
        fake.text(lan, lan.id, "/start ABC"),
        fake.text(hai, group.id, "/thongbao@loa_thon_bot"),
        fake.text(hai, group.id, "/thongbao", anonymous=True),
        fake.text(hai, channel.id, "Tin"),
        fake.contact(lan, lan.id, "+84900000001"),
        fake.contact(lan, lan.id, "+84900000002", own=False),
        fake.press(lan, group.id, 99, "a:1").update,
        fake.kick(group.id, hai),
        *(fake.set_standing(group.id, standing, hai) for standing in Standing),
    ]
    assert [Update.model_validate(update).update_id for update in told] == [500_000_001 + i for i in range(len(told))]
    assert fake.violations == []


async def test_privacy_mode_hides_what_isnt_for_the_bot(fake: FakeTelegram, bot: Bot, lan: User, group: Chat) -> None:
    await bot.send_message(group.id, "Mời họp")
    assert fake.text(lan, group.id, "đã nhận") is None
    assert fake.text(lan, group.id, "/baocao@another_bot") is None
    assert fake.text(lan, group.id, "đã nhận", reply_to=1) is not None
    fake.set_standing(group.id, Standing.ADMINISTRATOR, lan, told=False)
    assert fake.text(lan, group.id, "đã nhận") is not None


async def test_the_second_poller_ends_the_first(fake: FakeTelegram, bot: Bot, ptb_bot: ptb.Bot, lan: User) -> None:
    fake.state.updates.conflict_delay = 0.0
    first = asyncio.create_task(bot.get_updates(timeout=10))
    await fake.wait_for(lambda: fake.calls("getUpdates"))
    second = asyncio.create_task(ptb_bot.get_updates(timeout=10))
    with pytest.raises(aiogram_errors.TelegramConflictError, match="terminated by other getUpdates"):
        await first
    fake.text(lan, lan.id, "/start")
    assert len(await second) == 1


async def test_both_clients_read_the_bot_its_chats_and_its_members(
    fake: FakeTelegram, bot: Bot, ptb_bot: ptb.Bot, lan: User, group: Chat
) -> None:
    assert (await bot.me()).username == ptb_bot.username == "loa_thon_bot"
    assert (await bot.get_chat(group.id)).title == (await ptb_bot.get_chat(group.id)).title == "Tổ 1"
    assert (await bot.get_chat_member(group.id, lan.id)).status == "member"
    assert (await ptb_bot.get_chat_member(group.id, fake.me.id)).status == "member"
    await ptb_bot.set_my_commands([("thongbao", "Soạn thông báo")])
    assert [command.command for command in await bot.get_my_commands()] == ["thongbao"]
    await ptb_bot.send_chat_action(group.id, "typing")
    await bot.send_photo(group.id, BufferedInputFile(PNG, "so-do.png"))
    await bot.delete_message(group.id, 1)
    assert fake.messages[0].deleted
