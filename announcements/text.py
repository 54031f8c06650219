"""Text at the door: one normal form for everything people type, and the folded form that only matching looks at.

Called wherever text comes in (forms, rosters, updates of a platform, the command line) and by whatever compares or
counts it. The same Vietnamese word may arrive composed or decomposed and then is up to 28 % longer: normalise first,
count afterwards. Every function here gives the same again when applied to its own result, except `utf16_length`.
"""

import re
import unicodedata

# What turns a visible order of letters into another one, and what nobody sees: a name must not hide anything.
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_INVISIBLE = "\u00ad\u200b\u2060\ufeff"
_SURROGATES = "\ud800-\udfff"  # half a letter cannot be stored or sent
_CONTROLS = "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # all but white space and line ends, which have a meaning
_UNWANTED = re.compile(f"[{_CONTROLS}{_BIDI}{_INVISIBLE}{_SURROGATES}]")

_LINE_END = re.compile("\r\n|[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_TRAILING_SPACE = re.compile(r"[^\S\n]+$", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n{3,}")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_FOLDED_BY_HAND = str.maketrans({"đ": "d", "ð": "d"})  # the stroke is part of the letter, not a mark on it


def nfc(text: str) -> str:
    """One line in composed form (NFC): no control or invisible characters, trimmed, single spaces inside."""
    return " ".join(unicodedata.normalize("NFC", _UNWANTED.sub("", text)).split())


def nfc_block(text: str) -> str:
    """Several lines in composed form (NFC): line ends as LF, at most one blank line in a row, trimmed all round.

    Spaces inside and at the start of a line stay: people indent lists.
    """
    lines = _LINE_END.sub("\n", _UNWANTED.sub("", text)).replace("\x1f", " ")
    lines = _TRAILING_SPACE.sub("", unicodedata.normalize("NFC", lines))
    return _BLANK_LINES.sub("\n\n", lines).strip()


def fold(text: str) -> str:
    """For matching only: lower case, tone marks and đ folded to plain letters, full-width forms too, single spaces."""
    decomposed = unicodedata.normalize("NFKD", nfc(text).lower())
    letters = "".join(letter for letter in decomposed if unicodedata.category(letter) != "Mn")
    return " ".join(letters.lower().translate(_FOLDED_BY_HAND).split())


def slug(text: str) -> str:
    """ASCII letters and digits of `fold(text)` with single dashes between them; empty when there are none."""
    return _NOT_SLUG.sub("-", fold(text)).strip("-")


def search_words(*texts: str) -> str:
    """The folded words of `texts`, a space in front of each: `" lan"` in it asks for a word that begins so."""
    words = _NOT_SLUG.sub(" ", fold(" ".join(texts))).split()
    return "".join(f" {word}" for word in words)


def utf16_length(text: str) -> int:
    """How many UTF-16 code units `text` takes: what Telegram and Zalo count. An emoji is usually 2."""
    return len(text) + sum(letter > "\uffff" for letter in text)
