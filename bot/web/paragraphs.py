"""Plain text as people typed it, made safe HTML: paragraphs, line ends, and web addresses that can be tapped."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from announcements.text import nfc_block

_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>\"“”]+", re.IGNORECASE)
_CLOSES_A_SENTENCE = ".,;:!?…'’)]}"
_PAIRS = {")": "(", "]": "[", "}": "{"}
_LINK = Markup('<a href="{}" rel="noopener nofollow">{}</a>')
_PARAGRAPH = Markup("<p>{}</p>\n")
_LINE_END = Markup("<br>\n")


def paragraphs(text: str) -> Markup:
    """`text` as `<p>` elements: a blank line parts them, a single line end stays one."""
    blocks = nfc_block(text).split("\n\n")
    return Markup().join(_PARAGRAPH.format(_LINE_END.join(map(_line, block.split("\n")))) for block in blocks if block)


def _line(line: str) -> Markup:
    return Markup().join(_pieces(line))


def _pieces(line: str) -> Iterator[Markup]:
    end = 0
    for found in _ADDRESS.finditer(line):
        address = _without_sentence_end(found[0])
        if not _is_plain(address):
            continue
        yield escape(line[end : found.start()])
        yield _LINK.format(_full(address), address)
        end = found.start() + len(address)
    yield escape(line[end:])


def _without_sentence_end(address: str) -> str:
    """What stands behind an address in a sentence is not part of it; a bracket is when it was opened inside."""
    while address and address[-1] in _CLOSES_A_SENTENCE:
        opening = _PAIRS.get(address[-1])
        if opening and address.count(opening) >= address.count(address[-1]):
            break
        address = address[:-1]
    return address


def _full(address: str) -> str:
    return address if "://" in address else f"https://{address}"


def _is_plain(address: str) -> bool:
    """Has a host, and nothing in front of it that could pass for one: `https://xa.gov.vn@bad.example`."""
    try:
        parts = urlsplit(_full(address))
    except ValueError:
        return False
    return bool(parts.hostname) and "." in parts.netloc and "@" not in parts.netloc
