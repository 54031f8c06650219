"""The methods that post, edit and delete messages."""

from typing import Any

from tests.fakes.telegram_errors import NOT_MODIFIED, bad_request
from tests.fakes.telegram_html import Entity
from tests.fakes.telegram_params import CAPTION_LENGTH, TEXT_LENGTH, Call, Upload, inline_keyboard, words
from tests.fakes.telegram_state import State
from tests.fakes.telegram_world import ADMINS, Chat, ChatType, Edit, Json, MediaKind, Message, RemoteFile

DELETE_DEADLINE = 48 * 3600.0
LARGEST_PHOTO, LARGEST_DOCUMENT = 10_000_000, 50_000_000
IMAGE_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"RIFF")


def send_message(state: State, call: Call) -> Json:
    chat = _open(state, call, "text messages")
    text, entities = words(call, "text", "entities", TEXT_LENGTH)
    if not text:
        raise bad_request("message text is empty")
    return _post(state, call, chat, text, entities, None)


def send_photo(state: State, call: Call) -> Json:
    return _send_file(state, call, MediaKind.PHOTO)


def send_document(state: State, call: Call) -> Json:
    return _send_file(state, call, MediaKind.DOCUMENT)


def edit_message_text(state: State, call: Call) -> Json:
    message = _own_message(state, call)
    if message.file is not None:
        raise bad_request("there is no text in the message to edit")
    text, entities = words(call, "text", "entities", TEXT_LENGTH)
    if not text:
        raise bad_request("message text is empty")
    return _rewrite(state, call, message, text, entities)


def edit_message_caption(state: State, call: Call) -> Json:
    message = _own_message(state, call)
    if message.file is None:
        raise bad_request("there is no caption in the message to edit")
    return _rewrite(state, call, message, *words(call, "caption", "caption_entities", CAPTION_LENGTH))


def edit_message_reply_markup(state: State, call: Call) -> Json:
    message = _own_message(state, call)
    return _rewrite(state, call, message, None, [])


def delete_message(state: State, call: Call) -> bool:
    chat = state.chat(call.chat_id)
    message = state.find_message(chat.id, call.integer("message_id"))
    if message is None:
        raise bad_request("message to delete not found")
    fresh = state.clock.now() - message.at <= DELETE_DEADLINE
    if not (chat.bot in ADMINS or (fresh and (message.own or chat.type is ChatType.PRIVATE))):
        raise bad_request("message can't be deleted")
    message.deleted = True
    return True


def _open(state: State, call: Call, what: str) -> Chat:
    chat = state.chat(call.chat_id)
    state.require_post_right(chat, what)
    return chat


def _send_file(state: State, call: Call, kind: MediaKind) -> Json:
    chat = _open(state, call, f"{kind.value}s")
    caption, entities = words(call, "caption", "caption_entities", CAPTION_LENGTH)
    return _post(state, call, chat, caption, entities, _file(state, call, kind))


def _post(state: State, call: Call, chat: Chat, text: str, entities: list[Entity], file: RemoteFile | None) -> Json:
    markup = inline_keyboard(call, chat.type)
    reply_to = _reply_target(state, call, chat)
    state.spend(chat)
    message = Message(
        chat=chat,
        message_id=state.next_message_id(chat),
        at=state.clock.now(),
        sender=None if chat.type is ChatType.CHANNEL else state.me,
        text=text,
        entities=entities,
        reply_markup=markup,
        file=file,
        reply_to=reply_to,
        own=True,
        had_reply_keyboard="keyboard" in (call.params.get("reply_markup") or {}),
    )
    if file is not None:
        state.files[file.file_id] = file
        file.sent += 1
    state.store(message)
    state.messages.append(message)
    return message.json()


def _reply_target(state: State, call: Call, chat: Chat) -> int | None:
    asked: dict[str, Any] = call.params.get("reply_parameters") or {}
    if not asked:
        return None
    if state.find_message(chat.id, int(asked.get("message_id", 0))) is not None:
        return int(asked["message_id"])
    if asked.get("allow_sending_without_reply"):
        return None
    raise bad_request("message to be replied not found")


def _file(state: State, call: Call, kind: MediaKind) -> RemoteFile:
    """The uploaded file, or the one a `file_id` names."""
    given = call.text(kind.value)
    upload = call.files.get(given.removeprefix("attach://") if given.startswith("attach://") else kind.value)
    if upload is not None:
        return _uploaded(state, kind, upload)
    if not given:
        raise bad_request(f"there is no {kind.value} in the request")
    known = state.files.get(given)
    if known is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if known.kind is not kind:
        raise bad_request(f"can't use file of type {known.kind.value.title()} as {kind.value.title()}")
    return known


def _uploaded(state: State, kind: MediaKind, upload: Upload) -> RemoteFile:
    if not upload.content:
        raise bad_request("file must be non-empty")
    if len(upload.content) > (LARGEST_PHOTO if kind is MediaKind.PHOTO else LARGEST_DOCUMENT):
        raise bad_request("file is too big")
    if kind is MediaKind.PHOTO and not upload.content.startswith(IMAGE_STARTS):
        raise bad_request("IMAGE_PROCESS_FAILED")
    file_id = f"FAKE{kind.value}-{len(state.files) + 1:06d}"
    return RemoteFile(file_id, kind, upload.name, upload.mime_type, upload.content)


def _own_message(state: State, call: Call) -> Message:
    """The message to edit. Raises when the chat is closed to the bot, or the message is gone or somebody else's."""
    chat = state.chat(call.chat_id)
    message = state.find_message(chat.id, call.integer("message_id"))
    if message is None:
        raise bad_request("message to edit not found")
    if not message.own or message.had_reply_keyboard:
        raise bad_request("message can't be edited")
    return message


def _rewrite(state: State, call: Call, message: Message, text: str | None, entities: list[Entity]) -> Json:
    """Put the new words (None: leave them) and the new buttons; buttons not given again are taken off."""
    markup = inline_keyboard(call, message.chat.type)
    same_words = text is None or (text, entities) == (message.text, message.entities)
    if same_words and markup == message.reply_markup:
        raise bad_request(NOT_MODIFIED)
    state.spend(message.chat)
    if text is not None:
        message.text, message.entities = text, entities
    message.reply_markup = markup
    message.edited_at = state.clock.now()
    state.edits.append(Edit(message.chat_id, message.message_id, message.edited_at, text, markup))
    return message.json()
