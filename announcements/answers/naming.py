"""Names in a reply: of the account that is mentioned, of people, of the sender's own household."""

from collections.abc import Callable, Sequence
from functools import cache

from announcements.answers.lexicon import spellings
from announcements.text import fold

NAME = "N"  # of somebody
OWN = "O"  # of the sender's household
_LONGEST = 4  # words


def named(typed: Sequence[str], own_names: Sequence[str], is_known: Callable[[str], bool]) -> list[str]:
    """`typed` without mentions, names in it replaced by `NAME` and `OWN`. `is_known`: has the lexicon this word?"""
    lettered = [word for word in typed if word.isalpha()]
    shouted = all(word.isupper() for word in lettered) or (
        len(lettered) > 2 and all(word.istitle() for word in lettered)
    )
    parts = {part for name in own_names for part in fold(name).split()}
    given = {fold(name).split()[-1] for name in own_names if fold(name)}
    found: list[str] = []
    place = 0
    while place < len(typed):
        if typed[place][0] == "@":
            place += 1 + _mention(typed[place + 1 :], is_known)
            continue
        own = _own(typed[place:], parts, given) if parts else 0
        if own and ((place and typed[place - 1].lower() in _titles()) or not is_known(typed[place].lower())):
            found += [OWN] * own
            place += own
            continue
        is_name = not shouted and _is_name(typed, place, found, is_known)
        found.append(NAME if is_name else typed[place])
        place += 1
    return found


def _mention(behind: Sequence[str], is_known: Callable[[str], bool]) -> int:
    """How many words behind "@Loa" still name the account: "Thôn Song Phượng"."""
    count = 0
    for word in behind[:_LONGEST]:
        if fold(word) not in spellings()["names"]["mentioned"] and (is_known(word.lower()) or not word.istitle()):
            break
        count += 1
    return count


def _own(words: Sequence[str], parts: set[str], given: set[str]) -> int:
    """How many words from the first on are a name of the household; 0 unless the given name is among them."""
    run = 0
    while run < min(len(words), _LONGEST) and fold(words[run]) in parts:
        run += 1
    return run if any(fold(word) in given for word in words[:run]) else 0


def _is_name(typed: Sequence[str], place: int, found: Sequence[str], is_known: Callable[[str], bool]) -> bool:
    word = typed[place]
    if not (word.istitle() and word.isalpha()):
        return False
    before = typed[place - 1].lower() if place else ""
    if found and found[-1] == NAME:
        return True
    if before in _called() and typed[place - 1].islower():
        return True
    if before in _titles():
        return not is_known(word.lower()) or word.lower() in spellings()["names"]["words"]
    in_place = len(found) > 1 and found[-1] == NAME and typed[place - 2].lower() in _places()
    if before in _places() or in_place:
        return True
    behind = typed[place + 1] if place + 1 < len(typed) else ""
    names = spellings()["names"]
    if before in _houses() and behind.istitle():
        return True
    if (word.lower() in names["surnames"] and behind.istitle()) or (
        word.lower() in names["given"] and behind in _places()
    ):
        return True
    if is_known(word.lower()):
        return False
    starts = not found or not before[:1].isalpha()
    introduced = behind == ":" or behind.lower() in _places() or (behind.istitle() and not is_known(behind.lower()))
    return not starts or introduced


@cache
def _houses() -> frozenset[str]:
    return frozenset(spellings()["names"]["houses"])


@cache
def _places() -> frozenset[str]:
    return frozenset(spellings()["names"]["places"])


@cache
def _called() -> frozenset[str]:
    """Titles behind which a capital makes a name of any word."""
    titles = spellings()["names"]["called"]
    return frozenset([*titles, *map(fold, titles)])


@cache
def _titles() -> frozenset[str]:
    """As they are and without their marks."""
    titles = spellings()["names"]["titles"]
    return frozenset([*titles, *map(fold, titles)])
