"""A call's parameters: from whatever form they came in to values, with the server's refusals for bad ones.

The Bot API takes the query string, a form, JSON or multipart; numbers and objects may come as text in all of them.
"""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

from aiohttp import BodyPartReader
from aiohttp.web import BaseRequest

from tests.fakes.telegram_errors import bad_request
from tests.fakes.telegram_html import Entity, parse_html, trim, utf16_length
from tests.fakes.telegram_world import ChatType, Json

TEXT_LENGTH, CAPTION_LENGTH = 4096, 1024
MOST_BUTTONS, MOST_IN_A_ROW, DATA_BYTES = 100, 8, 64

# Parameters that are objects or lists: JSON when they come as text.
STRUCTURED = frozenset(
    [
        "allowed_updates",
        "caption_entities",
        "commands",
        "entities",
        "link_preview_options",
        "reply_markup",
        "reply_parameters",
        "scope",
        "ephemeral_message_parameters",
        "suggested_post_parameters",
    ]
)


@dataclass(frozen=True, slots=True)
class Upload:
    name: str
    mime_type: str
    content: bytes


@dataclass(slots=True)
class Call:
    """One call: `params` as values, `files` by the name of their part."""

    method: str
    params: Json = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A text parameter; empty when it isn't there."""
        value = self.params.get(name, "")
        return value if isinstance(value, str) else json.dumps(value)

    def integer(self, name: str, default: int | None = None) -> int:
        value = self.params.get(name, default)
        try:
            return int(value)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            raise bad_request(f"{name} must be an integer" if name in self.params else f"{name} is empty") from None

    def number(self, name: str, default: float) -> float:
        return float(self.params.get(name, default))

    def flag(self, name: str) -> bool:
        return str(self.params.get(name, "")).lower() in ("true", "1", "yes", "y")

    @property
    def chat_id(self) -> int | str:
        value = self.params.get("chat_id", "")
        if value in ("", None):
            raise bad_request("chat_id is empty")
        return value if isinstance(value, int) else str(value)


async def read_call(method: str, request: BaseRequest) -> Call:
    """The call in `request`. Raises the server's refusal for a body that can't be read."""
    call = Call(method, _form(request.query_string))
    kind = request.content_type
    if kind == "application/json":
        call.params.update(_object(await request.read()))
    elif kind == "multipart/form-data":
        await _read_parts(call, request)
    elif request.can_read_body:
        call.params.update(_form((await request.read()).decode()))
    for name in STRUCTURED & call.params.keys():
        call.params[name] = _structure(name, call.params[name])
    return call


# One notice goes to many chats: its long text is decoded and parsed once.
_decoded = functools.lru_cache(maxsize=1024)(unquote_plus)


@functools.lru_cache(maxsize=1024)
def _parsed(source: str) -> tuple[str, list[Entity]]:
    return trim(*parse_html(source))


def _form(body: str) -> Json:
    """A URL-encoded form or query string."""
    if not body:
        return {}
    pairs = (pair.partition("=") for pair in body.split("&"))
    return {_decoded(name): _decoded(value) for name, _, value in pairs if name}


def _object(body: bytes) -> Json:
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise bad_request("can't parse JSON encoded data")
    return value


async def _read_parts(call: Call, request: BaseRequest) -> None:
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            raise bad_request("can't parse multipart form data")
        content = await part.read()
        if part.filename is None:
            call.params[part.name] = content.decode()
        else:
            mime_type = part.headers.get("Content-Type", "application/octet-stream")
            call.files[part.name] = Upload(part.filename, mime_type, bytes(content))


def _structure(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None


def words(call: Call, text: str, entities: str, limit: int) -> tuple[str, list[Entity]]:
    """The plain text of parameter `text` and its entities. Raises when it is badly marked, or too long once parsed."""
    source = call.text(text)
    mode = call.text("parse_mode").lower()
    if mode not in ("", "html"):
        raise bad_request(f"the fake reads parse_mode HTML only, got {mode}")
    plain, found = _parsed(source) if mode else trim(source, list(call.params.get(entities) or []))
    if utf16_length(plain) > limit:
        raise bad_request("message caption is too long" if text == "caption" else "message is too long")
    return plain, found


def inline_keyboard(call: Call, chat_type: ChatType) -> Json | None:
    """The inline keyboard to be kept with a message; None for none or for another kind of markup."""
    markup = call.params.get("reply_markup")
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "keyboard" in markup:
        _require_keyboard(markup["keyboard"], chat_type)
    rows = markup.get("inline_keyboard") or []
    if sum(map(len, rows)) > MOST_BUTTONS or any(len(row) > MOST_IN_A_ROW for row in rows):
        raise bad_request("reply markup is too long")
    for row in rows:
        for button in row:
            _require_button(button)
    rows = [row for row in rows if row]
    return {"inline_keyboard": rows} if rows else None


def _require_button(button: Mapping[str, Any]) -> None:
    if not button.get("text"):
        raise bad_request('can\'t parse inline keyboard button: Field "text" must be of type String')
    actions = button.keys() - {"text", "style", "icon_custom_emoji_id"}
    if len(actions) != 1:
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if "callback_data" in button and not 1 <= len(str(button["callback_data"]).encode()) <= DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    if "url" in button and not str(button["url"]).startswith(("http://", "https://", "tg://")):
        raise bad_request(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")


def _require_keyboard(rows: list[list[Any]], chat_type: ChatType) -> None:
    asks_phone = any(isinstance(button, dict) and button.get("request_contact") for row in rows for button in row)
    if asks_phone and chat_type is not ChatType.PRIVATE:
        raise bad_request("phone number can be requested in private chats only")
