"""What is taken out of a reply before its words are looked at: the notice's code, quotes, mention tokens, smiles."""

import re
from dataclasses import dataclass
from functools import cache

from announcements.answers.lexicon import spellings
from announcements.codes import read_code
from announcements.text import nfc_block

ACCEPTS = "👍"
REFUSES = "👎"
_TYPED_ACCEPTING = re.compile(r"\(y\)|/-(?:strong|ok)\b", re.IGNORECASE)
_TYPED_REFUSING = re.compile(r":-?\(+|=\(+|/-(?:weak|no)\b|\(n\)", re.IGNORECASE)
_SMILE = re.compile(r"[:=;]-?[)\]>3]+|[:=]-?[DPpvV]+\b|\^_*\^|<3+|/-[a-z]+|-_-|\b[xX]D+\b|[:=]\*")

_QUOTE = re.compile(r"«[^»]*»|“[^”]*”|\"[^\"]*\"")
_MENTION_TOKEN = re.compile(r"\[@[^\]]*\]")

_TIME = re.compile(r"\d{1,2}[hg]\d{0,2}", re.IGNORECASE)
_VOWELS = frozenset("AEIOUY")
_SPACES = re.compile(r"[^\S\n]+")
_IN_CODE = re.compile(r"[ \-]")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """`text` without what was taken out; `codes` of the announcements it named, each once."""

    text: str
    codes: tuple[str, ...]


def clean(text: str) -> Cleaned:
    """`text` in composed form, without what says nothing about the answer."""
    said = _MENTION_TOKEN.sub(" ", _SPACES.sub(" ", nfc_block(text)))
    said = _brackets().sub(" ", _quoted().sub(" ", said))
    said, codes = _without_codes(said)
    said = _QUOTE.sub(_without_quote, said)
    said = _TYPED_REFUSING.sub(f" {REFUSES} ", _TYPED_ACCEPTING.sub(f" {ACCEPTS} ", said))
    return Cleaned(_SMILE.sub(" ", said).translate(_signs()), codes)


def _without_codes(text: str) -> tuple[str, tuple[str, ...]]:
    found: list[str] = []

    def take(match: re.Match[str]) -> str:
        bare = _IN_CODE.sub("", match["code"]).upper()
        if not _is_code(bare, match[0]):
            return match[0]
        found.append(read_code(f"TB-{bare}{match['n'] or ''}"))
        return " "

    return _code().sub(take, text), tuple(dict.fromkeys(found))


def _is_code(bare: str, typed: str) -> bool:
    """ "TB nhan", "tb 7h30" and "TB - rồi" are words and a time, not codes."""
    if any(sign.isdecimal() for sign in bare):
        return not _TIME.fullmatch(bare)
    return bare.isascii() and "-" in typed and _VOWELS.isdisjoint(bare)


def _without_quote(match: re.Match[str]) -> str:
    """A longer quote repeats the notice; a word or two in quotes is the sender's own."""
    return " , " if len(match[0].split()) > 2 else f" {match[0][1:-1]} "


@cache
def _signs() -> dict[int, str]:
    """What each sign is read as."""
    signs = spellings()["signs"]
    read_as = {"accepting": f" {ACCEPTS} ", "refusing": f" {REFUSES} ", "asking": "? ", "drawing": ""}
    return {ord(sign): meant for kind, meant in read_as.items() for sign in signs[kind]}


@cache
def _code() -> re.Pattern[str]:
    """A notice's code however it is typed: "TB-7K3M", "tb 7k3m.2", "#tb_7k3m", "t b 7 k 3 m", "TB7K-3M"."""
    before = "|".join(spellings()["codes"]["before"])
    return re.compile(
        rf"(?<![^\W_])(?:(?:{before}) ){{0,2}}#?t ?b[ \-–—_.:]{{0,3}}"
        r"(?P<code>[0-9a-z]{4}|[0-9a-z]{2}-[0-9a-z]{2}|[0-9a-z](?: [0-9a-z]){3})(?P<n>\.\d{1,6})?(?![^\W_])",
        re.IGNORECASE,
    )


@cache
def _brackets() -> re.Pattern[str]:
    """What a platform writes before a reply, in square brackets."""
    before = "|".join(map(re.escape, spellings()["brackets"]["before"]))
    return re.compile(rf"\[(?:{before})[^\]]*\]", re.IGNORECASE)


@cache
def _quoted() -> re.Pattern[str]:
    """A line that repeats a message."""
    words = "|".join(map(re.escape, spellings()["brackets"]["quotes"]))
    return re.compile(rf"^[ \t]*(?:[>|]|(?:{words})[ \t]*:).*$", re.MULTILINE | re.IGNORECASE)
