"""From what people type to words that can be looked up: one spelling, no drawn-out letters, and a word with some of its
marks left out taken for the word it can only be."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

from announcements.answers.lexicon import marks, spellings, vocabulary
from announcements.answers.naming import NAME, OWN, named
from announcements.text import fold

BREAK = ","
COLON = ":"  # a break too, and somebody may be quoted behind it
NUMBER = "#"
TIME = "T"  # of day: "19h30"

_TOKEN = re.compile(r"@?[^\W\d_]\w*|\d[\w:./]*|\n|[^\w\s]")
_BREAKS = frozenset(",;.!-–—…\n()/*~•|+=>")
_FIXED = frozenset({BREAK, COLON, NAME, OWN, NUMBER, TIME, "?"})
_SIGNS = frozenset("👍👎?")
_LAUGHTER = re.compile(r"k{2,}|(?:h[aeijuo]+){2,}|hi{2,}")
_TONES = frozenset(map(chr, (0x300, 0x301, 0x303, 0x309, 0x323)))
_LONG_U = re.compile(r"[^\W\d_aeiouy]{1,2}uu")  # "huu" without its marks is "hưu", and nobody draws out a "hu"
_CLOCK = re.compile(r"\d{1,2}[hg:]\d{0,2}p?")
_STROKE = {0x111: "d"}  # of đ, which is no mark to Unicode
_fold = lru_cache(maxsize=32_768)(fold)
_LONGEST = 3  # words that are written short together


def words(text: str, own_names: Sequence[str] = ()) -> list[str]:
    """The words of a cleaned text as the lexicon spells them, with `BREAK` between clauses and "?" where it asks."""
    typed = _TOKEN.findall(re.sub(r"(?:\.{2,}|…)(?=\w)", " ", text))
    marked_words = sum(not word.isascii() for word in typed if word.isalpha())
    toneless = marked_words * 5 <= sum(map(str.isalpha, typed))
    spelt = [_kind(token) for token in named(typed, own_names, is_known)]
    if len(typed) == 1 and not typed[0].isascii() and not is_known(typed[0].lower()):
        return [undrawn(typed[0].lower())]  # alone, what is not quite a word is too little
    if toneless and [word for word in spelt if word not in ("", BREAK)] in spellings()["open"]["texts"]:
        return [word for word in spelt if word]
    marked = _with_marks(_longhand([word for word in spelt if word]), toneless=toneless)
    return [
        word for place, word in enumerate(marked) if place < 2 or not word == marked[place - 1] == marked[place - 2]
    ]


def is_known(word: str) -> bool:
    """Has the lexicon this word, in lower case, or one it is short for?"""
    plain = undrawn(word)
    return plain in _long() or plain in vocabulary()


def _kind(token: str) -> str:
    """The fixed word that stands for `token`, or `token` in lower case without drawn-out letters; "" for noise."""
    if token in _FIXED:
        return token
    lower = token.lower()
    if _LAUGHTER.fullmatch(_fold(lower)) or not (token in _BREAKS or token in _SIGNS or token[0].isalnum()):
        return ""
    if token in _BREAKS:
        return BREAK
    if token[0].isdecimal():
        return "ok" if lower.startswith("0k") else TIME if _CLOCK.fullmatch(lower) else NUMBER
    return undrawn(lower)


@lru_cache(maxsize=32_768)
def undrawn(word: str) -> str:
    """ "nhậnnnn" is "nhận", "rồôôi" is "rồi"; "hưu" stays."""
    if len(word) == 2 or _LONG_U.fullmatch(word):
        return word
    kept = ""
    for letter in word:
        if kept and _toneless(kept[-1]) == _toneless(letter):
            kept = kept if kept[-1] != _toneless(kept[-1]) else kept[:-1] + letter
        elif len(kept) < len(word) - 2 and kept and fold(kept[-1]) == fold(letter) and f"{letter}{letter}" in word:
            continue
        else:
            kept += letter
    return kept


@lru_cache(maxsize=1024)
def _toneless(letter: str) -> str:
    apart = unicodedata.normalize("NFD", letter)
    return unicodedata.normalize("NFC", "".join(mark for mark in apart if mark not in _TONES))


def _longhand(spelt: Sequence[str]) -> list[str]:
    found: list[str] = []
    place = 0
    while place < len(spelt):
        for count in range(_LONGEST, 0, -1):
            long = _long().get(" ".join(spelt[place : place + count]))
            if long is not None:
                found += long
                break
        else:
            count = 1
            found.append(spelt[place])
        place += count
    return found


def _with_marks(spelt: Sequence[str], *, toneless: bool) -> list[str]:
    pairs = marks()
    around = [BREAK, *spelt, BREAK]
    found: list[str] = []
    for place, word in enumerate(spelt, start=1):
        lacks = toneless or (word.isascii() and word not in vocabulary() and not _usual(word))
        with_before = lacks and pairs.get(f"{_fold(around[place - 1])} {word}")
        with_behind = lacks and pairs.get(f"{word} {_fold(around[place + 1])}")
        if with_before or with_behind:
            found.append(with_before.split()[1] if with_before else str(with_behind).split()[0])
        elif toneless and around[place - 1] in (BREAK, COLON) and word in spellings()["first"]:
            found.append(spellings()["first"][word])
        elif word == "a":
            found.append(_a(around, place, toneless=toneless))
        else:
            found.append(_marked(word, toneless=toneless))
    return found


def _a(around: Sequence[str], place: int, *, toneless: bool) -> str:
    """What a mere "a" is. At the end of a text without marks it may ask ("nhận rồi à?"), unless somebody speaks of
    themselves in front of it, or is called by name behind it."""
    kinds = spellings()["a"]
    behind = around[place + 1]
    if toneless and behind in kinds["selves"]:
        return str(kinds["last"])
    if behind == NAME or behind not in _FIXED:
        return str(kinds["before_another"])
    clause = around[_start(around, place) : place]
    asks = (
        toneless
        and not set(kinds["asked"]).isdisjoint(clause)
        and clause[-1] not in kinds["called"]
        and clause[0] not in kinds["starts"]
        and set(kinds["sure"]).isdisjoint(around)
    )
    return str(kinds["may_ask" if asks else "last"])


def _start(around: Sequence[str], place: int) -> int:
    """Where the clause of the word at `place` begins."""
    return next(at + 1 for at in range(place - 1, -1, -1) if around[at] in (BREAK, COLON))


def _usual(word: str) -> bool:
    return word in spellings()["bare"] or word in spellings()["toneless"]


@lru_cache(maxsize=32_768)
def _marked(word: str, *, toneless: bool) -> str:
    """`word` with the marks it lacks; itself where the lexicon has no such word."""
    if word in _FIXED:
        return word
    if word.isascii():
        if usual := (toneless and spellings()["toneless"].get(word)) or spellings()["bare"].get(word):
            return str(usual)
        if toneless and word in marks():
            return marks()[word]
        if not toneless:
            usual = word if word in vocabulary() else spellings()["toneless"].get(word)
            return str(usual) if usual else _respelt(word, toneless=toneless)
    if word in vocabulary():
        return word
    known = next((known for known in _by_fold().get(fold(word), ()) if can_be(word, known)), None)
    return known or _respelt(word, toneless=toneless)


def _respelt(word: str, *, toneless: bool) -> str:
    """ "fép" is "phép", "dok" is "đọc": letters that the young write for others."""
    for pattern, letters in spellings()["letters"].items():
        other = re.sub(pattern, letters, word)
        if other != word and (known := _marked(other, toneless=toneless)) in vocabulary():
            return known
    return word


def can_be(typed: str, word: str) -> bool:
    """May `typed` be `word` with marks left out? "da", "đa" may be "đã"; "nhắn" is not "nhận", "máy" is not "mấy"."""
    if typed.isascii():
        return typed == fold(word)
    untoned = "".join(map(_toneless, word))
    return typed in (untoned, word.translate(_STROKE), untoned.translate(_STROKE))


@cache
def _by_fold() -> Mapping[str, Sequence[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for word in sorted(vocabulary()):
        found[fold(word)].append(word)
    return found


@cache
def _long() -> Mapping[str, list[str]]:
    short = spellings()["short"]
    return {undrawn(short): long.split() for long, shorts in short.items() for short in shorts}
