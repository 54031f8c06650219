"""The small language in which `patterns.toml` says what replies look like, made into regular expressions.

A pattern is words with a space between them. `{me}` is a group of the file, `_` any one word, `X` one that may be a
name (none of the file's `not_names`), `$` the end of a clause, `(a | b)` a choice; `?`, `*`, `+` and `{0,4}` behind one
of these repeat it. The text it is matched with has each word with a space behind it, in the spelling that
`spelling.words` gives.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache

_ATOM = re.compile(r"(\()|(\))|(\|)|\{([a-z_]+)\}|(_)(?=[\s?*+{)|]|$)|([^\s(){}|?*+]+)")
_REPEAT = re.compile(r"(?:[?*+]|\{\d+,\d+\})\??")
_GROUP = re.compile(r"\{[a-z_]+\}(?:[*+?]|\{\d+,\d+\})?")
_FEW = 5
_START = r"(?:(?<=\s)|(?<![^\s]))"


class Grammar:
    """Groups by name, and what is made of patterns with them."""

    def __init__(self, groups: Mapping[str, Iterable[str]]) -> None:
        self._groups = groups
        self._group = cache(self._group_regex)

    def whole(self, patterns: Iterable[str]) -> re.Pattern[str]:
        """Matches a clause that is one of `patterns` from its first word to its last."""
        return re.compile(rf"(?:{self._any(patterns)})\Z")

    def anywhere(self, patterns: Iterable[str]) -> re.Pattern[str]:
        """Finds one of `patterns` in a text, at the start of a word."""
        return re.compile(rf"{_START}(?:{self._any(patterns)})")

    def start(self, patterns: Iterable[str]) -> re.Pattern[str]:
        """Matches a clause that begins with one of `patterns`."""
        return re.compile(self._any(patterns))

    def ending(self, patterns: Iterable[str]) -> re.Pattern[str]:
        """Finds one of `patterns` at the end of a clause."""
        return re.compile(rf"{_START}(?:{self._any(patterns)})\Z")

    def _any(self, patterns: Iterable[str]) -> str:
        """Patterns that begin with the same group share it, as do those that end with one, and so on between."""
        behind: defaultdict[str, list[str]] = defaultdict(list)
        for pattern in map(str.strip, patterns):
            first, _, rest = pattern.partition(" ")
            shares = bool(rest) and _GROUP.fullmatch(first) is not None
            behind[first if shares else ""].append(rest if shares else pattern)
        return "|".join(
            f"{self._few(first)}(?:{self._ended(rests)})" if first else self._ended(rests)
            for first, rests in behind.items()
        )

    def _ended(self, patterns: Iterable[str]) -> str:
        before: defaultdict[str, list[str]] = defaultdict(list)
        for pattern in patterns:
            rest, _, last = pattern.rpartition(" ")
            shares = bool(rest) and _GROUP.fullmatch(last) is not None
            before[last if shares else ""].append(rest if shares else pattern)
        return "|".join(
            f"(?:{self._any(rests)}){self._greedy(last)}" if last else "|".join(map(self._one, rests))
            for last, rests in before.items()
        )

    def _few(self, group: str) -> str:
        """A group that may come again and again at the beginning does so a few times: to try every way in which its
        words may be divided would take for ever."""
        return f"{self._one(group[:-1])}{{0,{_FEW}}}" if group.endswith("*") else self._one(group)

    def _greedy(self, group: str) -> str:
        """The same at the end takes all it can, once and for all."""
        return f"{self._one(group)}{'+' * group.endswith('*')}"

    def _group_regex(self, name: str) -> str:
        return f"(?:{self._any(self._groups[name])})"

    def _one(self, pattern: str) -> str:
        parts: list[str] = []
        place = 0
        while place < len(pattern):
            if pattern[place].isspace():
                place += 1
                continue
            atom = _ATOM.match(pattern, place)
            if atom is None:
                raise ValueError(f"pattern {pattern!r}: cannot be read from {pattern[place:]!r}")
            opens, closes, bar, group, any_word, word = atom.groups()
            place = atom.end()
            if opens:
                parts.append("(?:")
                continue
            if bar:
                parts.append("|")
                continue
            parts.append(")" if closes else self._group(group) if group else self._word(word or any_word))
            if repeat := _REPEAT.match(pattern, place):
                if word:
                    parts[-1] = f"(?:{parts[-1]})"
                parts.append(repeat[0])
                place = repeat.end()
        return "".join(parts)

    def _word(self, word: str) -> str:
        if word == "_":
            return r"(?:[^\s,:]+ )"
        if word == "$":
            return r"(?=, |\Z)"
        if word == "X":
            return rf"(?:(?!{self._group('not_names')})[^\s,:]+ )"
        return f"{re.escape(word)} "
