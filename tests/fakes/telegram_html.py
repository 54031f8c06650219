"""Telegram's HTML: from marked-up text to plain text with entities, refusing what the real server refuses.

Offsets and lengths are in UTF-16 code units, as in the Bot API's `MessageEntity`. Used by the sending and editing
methods of the fake.
"""

import re
from dataclasses import dataclass
from typing import Any

from tests.fakes.telegram_errors import BotApiError, bad_request

Entity = dict[str, Any]

ENTITY_OF_TAG = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "blockquote": "blockquote",
}
NAMED_CHARACTERS = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}

TOKEN = re.compile(
    r"<(?P<close>/?)(?P<tag>[A-Za-z0-9-]*)(?P<attributes>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>"
    r"|(?P<broken><)"
    r"|&(?P<named>lt|gt|amp|quot);"
    r"|&#(?P<decimal>[0-9]{1,7});|&#[xX](?P<hexadecimal>[0-9A-Fa-f]{1,6});"
)
ATTRIBUTE = re.compile(r"([A-Za-z-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")


def utf16_length(text: str) -> int:
    """How long Telegram holds `text` to be: characters beyond the basic plane count twice."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(slots=True)
class _Open:
    """A tag still to be closed, with where its text began."""

    tag: str
    attributes: dict[str, str]
    start: int


class _Parser:
    """One pass over one text."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.length = 0
        self.open: list[_Open] = []
        self.entities: list[Entity] = []

    def add(self, text: str) -> None:
        self.pieces.append(text)
        self.length += utf16_length(text)

    def begin(self, tag: str, attributes: str, at: int) -> None:
        given = {m[1].lower(): m[2] or m[3] or m[4] or "" for m in ATTRIBUTE.finditer(attributes)}
        if tag not in ENTITY_OF_TAG:
            raise _cannot_parse(f'Unsupported start tag "{tag}" at byte offset {at}')
        if tag == "span" and given.get("class") != "tg-spoiler":
            raise _cannot_parse(f'Tag "span" must have class "tg-spoiler" at byte offset {at}')
        self.open.append(_Open(tag, given, self.length))

    def end(self, tag: str, at: int) -> None:
        if not self.open:
            raise _cannot_parse(f"Unexpected end tag at byte offset {at}")
        opened = self.open.pop()
        if tag and tag != opened.tag:
            raise _cannot_parse(f'Unmatched end tag at byte offset {at}, expected "</{opened.tag}>", found "</{tag}>"')
        entity = self._entity(opened)
        if entity is not None:
            self.entities.append(entity)

    def _entity(self, opened: _Open) -> Entity | None:
        length = self.length - opened.start
        entity: Entity = {"type": ENTITY_OF_TAG[opened.tag], "offset": opened.start, "length": length}
        if not length:
            return None
        if opened.tag == "a":
            url = opened.attributes.get("href") or "".join(self.pieces)[-length:]
            if not url.lower().startswith(("http://", "https://", "tg://", "mailto:", "tel:")):
                return None  # the server keeps the words and drops a link it doesn't take for one
            entity["url"] = url
        if opened.tag == "blockquote" and "expandable" in opened.attributes:
            entity["type"] = "expandable_blockquote"
        return self._language(opened, entity)

    def _language(self, opened: _Open, entity: Entity) -> Entity:
        """`<pre><code class="language-x">` is one `pre` with a language, not two entities."""
        inside = self.entities[-1] if self.entities else None
        fills = inside is not None and inside == {**inside, **entity, "type": "code"}
        if opened.tag == "pre" and fills:
            language = self.entities.pop().get("language")
            return {**entity, "language": language} if language else entity
        if opened.tag == "code" and self.open and self.open[-1].tag == "pre":
            name = opened.attributes.get("class", "")
            if name.startswith("language-"):
                return {**entity, "language": name.removeprefix("language-")}
        return entity


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """The plain text of `source` and its entities in order. Raises the server's "can't parse entities" refusal."""
    if "<" not in source and "&" not in source:
        return source, []
    parser, position = _Parser(), 0
    for token in TOKEN.finditer(source):
        parser.add(source[position : token.start()])
        position = token.end()
        _feed(parser, token, len(source[: token.start()].encode()))
    parser.add(source[position:])
    if parser.open:
        raise _cannot_parse(f'Can\'t find end tag corresponding to start tag "{parser.open[-1].tag}"')
    entities = [e if e["type"] == "pre" else {k: v for k, v in e.items() if k != "language"} for e in parser.entities]
    return "".join(parser.pieces), sorted(entities, key=lambda e: (e["offset"], -e["length"]))


def _feed(parser: _Parser, token: re.Match[str], at: int) -> None:
    if token["broken"]:
        raise _cannot_parse(f"Unclosed start tag at byte offset {at}")
    if token["named"]:
        parser.add(NAMED_CHARACTERS[token["named"]])
    elif token["decimal"] or token["hexadecimal"]:
        code = int(token["decimal"]) if token["decimal"] else int(token["hexadecimal"], 16)
        parser.add(chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else token[0])
    elif token["close"]:
        parser.end(token["tag"].lower(), at)
    else:
        parser.begin(token["tag"].lower(), token["attributes"], at)


def trim(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Telegram cuts white space off both ends; entities move and shrink with the text."""
    cut = utf16_length(text) - utf16_length(text.lstrip())
    text = text.strip()
    end, kept = utf16_length(text), []
    for entity in entities:
        start = min(max(entity["offset"] - cut, 0), end)
        stop = min(max(entity["offset"] + entity["length"] - cut, 0), end)
        if stop > start:
            kept.append({**entity, "offset": start, "length": stop - start})
    return text, kept


def _cannot_parse(reason: str) -> BotApiError:
    return bad_request(f"can't parse entities: {reason}")
