"""Names of villages and groups: one way to write each, and finding the place somebody meant.

Called by the roster and by whoever matches a name from a file with the areas there are. Tone marks are part of a name
(Thuận Thượng is not Thuần Thượng); case, spacing and where a tone mark sits in its syllable (Hoà, Hòa) are not.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from announcements.text import fold, nfc

VILLAGE = "Thôn"
GROUP = "Tổ"

# Longer ones first, so that “Khu phố 3” is not the “Khu” called “phố 3”.
_SETTLEMENTS = (
    "Tổ dân phố, Khu dân cư, Khu phố, Tiểu khu, Thôn, Xóm, Ấp, Bản, Làng, Khu, Buôn, Khóm, Phum, Sóc, Plei, Phố"
)
_GROUPS = (
    "Tổ tự quản, Tổ dân phố, Tổ TQ, Liên gia, Khu dân cư, Khu phố, Tổ, Ngõ, Ngách, Hẻm, Xóm, Đội, Khu, Cụm, Nhóm, Dãy, "
    "Phố, Ấp, Bản, Làng, Thôn, Khóm"
)
_SETTLEMENT_WORDS = tuple(_SETTLEMENTS.split(", "))
_GROUP_WORDS = tuple(_GROUPS.split(", "))
_SAID_LONGER = {"Tổ tự quản": GROUP, "Tổ TQ": GROUP}
# Without tone marks the other words could as well begin a name: “Ban Mai”, “Lang Son”.
_PLAIN_ENOUGH = frozenset(
    {"thon", "xom", "to", "to tu quan", "to tq", "khu pho", "khu dan cu", "to dan pho", "lien gia"}
)

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_TONE = re.compile(f"[{_TONES}]")
_NOT_NAME = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"(?:(?:số|so|thứ)\b\.?\s*)?0*(\d{1,9})(?:\.0+)?\s*([a-z]?)", re.IGNORECASE)
_ROMAN = re.compile(r"i{1,3}|iv|vi{0,3}|ix|x", re.IGNORECASE)
_ONLY_ROMAN = re.compile(r"i{2,3}|iv|vi{2,3}|ix", re.IGNORECASE)  # after other words: “vi” may be a syllable there
_EDGES = " \t:;,.-–_"


@lru_cache(maxsize=4096)
def village_name(text: str) -> str:
    """`thôn thu quế`, `THU QUẾ` and `Thu Quế` are `Thôn Thu Quế`; another settlement word (Xóm, Ấp …) stays.

    Empty when `text` names nothing. Gives the same again for its own result.
    """
    return _named(text, VILLAGE, _SETTLEMENT_WORDS)


@lru_cache(maxsize=4096)
def group_name(text: str) -> str:
    """`3`, `3.0`, `TỔ 03` and `tổ tự quản số 3` are `Tổ 3`; `tổ chợ` is `Tổ Chợ`, `Ngõ 5` stays.

    Empty when `text` names nothing. Gives the same again for its own result.
    """
    return _named(text, GROUP, _GROUP_WORDS)


class PlaceIndex:
    """Places by name: the first spelling added of each is the one given back.

    Built over names made by `village_name` or `group_name`, or the names of areas that came from them.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._by_key: dict[str, str] = {}
        self._alike: dict[str, list[str]] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        key = _key(name)
        if key not in self._by_key:
            self._by_key[key] = name
            self._alike.setdefault(fold(key), []).append(key)

    def find(self, name: str) -> str | None:
        """The name as added, or None. A name without tone marks finds the only one that has them, and the reverse."""
        key = _key(name)
        alike = self._alike.get(fold(key), [])
        marked = [other for other in alike if not other.isascii()]
        if key.isascii():
            key = marked[0] if len(marked) == 1 else key
        elif key not in self._by_key and alike and not marked:
            key = alike[0]
        return self._by_key.get(key)


def _named(text: str, default: str, words: tuple[str, ...]) -> str:
    word, rest = _split(nfc(text).strip(_EDGES), words)
    while rest and _SAID_LONGER.get(word, word) in ("", default):
        longer, shorter = _split(f"{default} {rest}", words)  # “TQ 3”, “dân phố 3”: the first word was left out
        if len(shorter) >= len(rest):
            break
        word, rest = longer, shorter
    if not any(letter.isalnum() for letter in rest):
        return ""
    return f"{_SAID_LONGER.get(word, word) or default} {_proper(rest)}"


def _split(text: str, words: tuple[str, ...]) -> tuple[str, str]:
    """The settlement or group word `text` begins with, as we write it ("" for none), and what follows."""
    said = text.split(" ")
    for word in words:
        count = word.count(" ") + 1
        head, rest = " ".join(said[:count]).rstrip(_EDGES), " ".join(said[count:]).strip(_EDGES)
        if _syllables(head) == _syllables(word):
            return word, rest
        plain = fold(word)
        if head.lower() == plain and (plain in _PLAIN_ENOUGH or rest[:1].isdigit()):
            return word, rest
    return "", text


def _proper(rest: str) -> str:
    """A name's own part as a person would write it: numbers bare, all-capitals and all-small words as proper names."""
    if number := _NUMBER.fullmatch(rest):
        return f"{int(number[1])}{number[2].upper()}"
    if _ROMAN.fullmatch(rest) and (rest.isupper() or rest.islower()):
        return rest.upper()
    begun = rest[0].upper() + rest[1:]
    if rest.islower() or begun.isupper():
        begun = " ".join(word.upper() if _ONLY_ROMAN.fullmatch(word) else word.capitalize() for word in rest.split())
    return nfc(begun)


def _key(name: str) -> str:
    """The word we may leave out is parted from the rest, so that marks are looked for in the name's own part."""
    for default in (VILLAGE, GROUP):
        word, rest = _split(name, (default,))
        if word:
            return f"{fold(word)}/{_syllables(rest)}"
    return f"/{_syllables(name)}"


def _syllables(text: str) -> str:
    """Small letters, each syllable's tone mark moved to its end, one space between: equal for equal names."""
    words = _NOT_NAME.sub(" ", unicodedata.normalize("NFC", text.lower())).split()
    return " ".join(_tone_last(unicodedata.normalize("NFD", word)) for word in words)


def _tone_last(letters: str) -> str:
    return _TONE.sub("", letters) + "".join(_TONE.findall(letters))
