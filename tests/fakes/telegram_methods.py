"""Every method the fake plays, with the type of its result; those about messages live in `telegram_messages.py`."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.fakes import telegram_messages
from tests.fakes.telegram_errors import QUERY_TOO_OLD, bad_request
from tests.fakes.telegram_html import utf16_length
from tests.fakes.telegram_members import member_json
from tests.fakes.telegram_params import Call
from tests.fakes.telegram_state import State
from tests.fakes.telegram_world import Answer, ChatType, Json, Standing

ANSWER_LENGTH = 200
LARGEST_DOWNLOAD = 20_000_000
COMMAND = re.compile(r"[a-z0-9_]{1,32}")
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
ACTIONS = frozenset(
    [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]
)
NO_GIFTS = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")

Handler = Callable[[State, Call], Any]


def get_me(state: State, _: Call) -> Json:
    abilities = {"can_join_groups": True, "can_read_all_group_messages": not state.privacy}
    return {**state.me.json(), **abilities, "supports_inline_queries": False}


async def get_updates(state: State, call: Call) -> list[Json]:
    state.updates.allow(call.params.get("allowed_updates"))
    return await state.updates.poll(call.integer("offset", 0), call.integer("limit", 100), call.number("timeout", 0.0))


def set_webhook(state: State, call: Call) -> bool:
    url, secret = call.text("url"), call.text("secret_token")
    if not url:
        return delete_webhook(state, call)
    if not url.startswith("https://"):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if secret and not SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    state.updates.allow(call.params.get("allowed_updates"))
    if call.flag("drop_pending_updates"):
        state.updates.clear()
    state.updates.set_webhook(url, secret)
    return True


def delete_webhook(state: State, call: Call) -> bool:
    if call.flag("drop_pending_updates"):
        state.updates.clear()
    state.updates.set_webhook("", "")
    return True


def get_webhook_info(state: State, _: Call) -> Json:
    waiting = len(state.updates.waiting())
    info: Json = {"url": state.updates.webhook_url, "has_custom_certificate": False, "pending_update_count": waiting}
    if state.updates.allowed is not None:
        info["allowed_updates"] = sorted(state.updates.allowed)
    if state.updates.last_webhook_error:
        info["last_error_date"] = int(state.updates.last_webhook_error_at)
        info["last_error_message"] = state.updates.last_webhook_error
    return info


def answer_callback_query(state: State, call: Call) -> bool:
    press = state.presses.get(call.text("callback_query_id"))
    now = state.clock.now()
    if press is None or press.answer is not None or now - press.at > state.answer_deadline:
        raise bad_request(QUERY_TOO_OLD)
    text, url = call.text("text"), call.text("url") or None
    if utf16_length(text) > ANSWER_LENGTH:
        raise bad_request("MESSAGE_TOO_LONG")
    if url is not None and not url.startswith(f"https://t.me/{state.me.username}?start="):
        raise bad_request("URL_INVALID")
    press.answer = Answer(press.id, press.user.id, text, call.flag("show_alert"), url, now)
    state.answers.append(press.answer)
    return True


def get_chat(state: State, call: Call) -> Json:
    chat = state.chat(call.chat_id)
    gifts = dict.fromkeys(NO_GIFTS, False)
    return {**chat.json(), "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}


def get_chat_member(state: State, call: Call) -> Json:
    chat, user_id = state.chat(call.chat_id), call.integer("user_id")
    if user_id == state.me.id:
        return member_json(state.me, chat.bot)
    user = state.users.get(user_id)
    if user is None:
        raise bad_request("user not found")
    standing = Standing.MEMBER if chat.user is user else chat.members.get(user_id, Standing.LEFT)
    return member_json(user, standing)


def get_file(state: State, call: Call) -> Json:
    file = state.files.get(call.text("file_id"))
    if file is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if len(file.content) > LARGEST_DOWNLOAD:
        raise bad_request("file is too big")
    named = {"file_id": file.file_id, "file_unique_id": file.unique_id}
    return {**named, "file_size": len(file.content), "file_path": file.path}


def send_chat_action(state: State, call: Call) -> bool:
    chat, action = state.chat(call.chat_id), call.text("action")
    if action not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    if chat.type is ChatType.CHANNEL:
        raise bad_request("can't send chat actions to channels")
    state.actions.append((chat.id, action))
    return True


def set_my_commands(state: State, call: Call) -> bool:
    commands = call.params.get("commands")
    if not isinstance(commands, list) or len(commands) > 100:
        raise bad_request("can't parse commands: an array of at most 100 is expected")
    for command in commands:
        if not COMMAND.fullmatch(str(command.get("command", "")).removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(str(command.get("description", ""))) <= 256:
            raise bad_request("command description must be 1-256 characters")
    state.menus[_scope(call)] = commands
    return True


def get_my_commands(state: State, call: Call) -> list[Json]:
    return state.menus.get(_scope(call), [])


def _scope(call: Call) -> str:
    scope = call.params.get("scope") or {"type": "default"}
    return str(scope.get("chat_id", scope["type"]))


@dataclass(frozen=True, slots=True)
class Method:
    """What carries a method out, and the Bot API type of what it gives back."""

    name: str
    result: str
    run: Handler | Callable[[State, Call], Awaitable[Any]]


METHODS = {
    method.name.lower(): method
    for method in (
        Method("getMe", "User", get_me),
        Method("getUpdates", "Array of Update", get_updates),
        Method("setWebhook", "True", set_webhook),
        Method("deleteWebhook", "True", delete_webhook),
        Method("getWebhookInfo", "WebhookInfo", get_webhook_info),
        Method("sendMessage", "Message", telegram_messages.send_message),
        Method("sendPhoto", "Message", telegram_messages.send_photo),
        Method("sendDocument", "Message", telegram_messages.send_document),
        Method("editMessageText", "Message", telegram_messages.edit_message_text),
        Method("editMessageCaption", "Message", telegram_messages.edit_message_caption),
        Method("editMessageReplyMarkup", "Message", telegram_messages.edit_message_reply_markup),
        Method("deleteMessage", "True", telegram_messages.delete_message),
        Method("answerCallbackQuery", "True", answer_callback_query),
        Method("getChat", "ChatFullInfo", get_chat),
        Method("getChatMember", "ChatMember", get_chat_member),
        Method("getFile", "File", get_file),
        Method("sendChatAction", "True", send_chat_action),
        Method("setMyCommands", "True", set_my_commands),
        Method("getMyCommands", "Array of BotCommand", get_my_commands),
    )
}
