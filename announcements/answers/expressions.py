"""The patterns of `patterns.toml` as regular expressions, each made once."""

import re
from functools import cache
from threading import Lock

from announcements.answers.lexicon import grammar, patterns
from announcements.answers.weighing import weights


def prepare() -> None:
    """Make every expression now: it takes seconds of processor time, which a loop that answers people has not.

    Whoever calls it from a second thread waits for the first instead of making them again.
    """
    with _making:
        weights()
        for table, key in _WHOLE:
            whole(table, key)
        for table, key in _FOUND:
            found(table, key)
        ending("asks", "at_the_end")
        ending("against", "in_front")
        ending("beside", "rounded_off")
        ending("idioms", "insists")
        starts("beside", "by_itself")
        gap()


_making = Lock()
_WHOLE = [("says", key) for key in ("received", "understood", "will_attend", "will_not_attend")]
_WHOLE += [("beside", key) for key in ("weak", "harmless", "behind_but", "before", "behind", "own_doings")]
_FOUND = [("asks", "anywhere"), ("beside", "behind_a_mark")]
_FOUND += [("outright", key) for key in ("received", "understood", "will_attend", "will_not_attend")]
_FOUND += [("idioms", key) for key in ("nothing", "me", "again")]
_FOUND += [
    ("against", key)
    for key in (
        "but_not", "anywhere", "unless_outright", "beside_outright", "before_outright", "behind_outright",
        "before", "before_meeting", "meeting", "attend", "before_a_mark", "beside", "behind_ok", "reasons",
    )
]  # fmt: skip


@cache
def whole(table: str, key: str) -> re.Pattern[str]:
    """Matches a clause that is one of these patterns from its first word to its last."""
    return grammar().whole(patterns()[table][key])


@cache
def found(table: str, key: str) -> re.Pattern[str]:
    """Finds one of these patterns anywhere."""
    return grammar().anywhere(patterns()[table][key])


@cache
def ending(table: str, key: str) -> re.Pattern[str]:
    """Finds one of these patterns at the end of a clause."""
    return grammar().ending(patterns()[table][key])


@cache
def starts(table: str, key: str) -> re.Pattern[str]:
    """Matches a clause that begins with one of these patterns."""
    return grammar().start(patterns()[table][key])


@cache
def core(grade: str) -> frozenset[str]:
    """The words of which an acknowledgement of this grade has one."""
    return frozenset(patterns()["core"][grade])


@cache
def buts() -> frozenset[str]:
    """The words behind which something else than before is said."""
    return frozenset(patterns()["but"]["words"])


@cache
def insists_with() -> str:
    """The word that only insists: it and what stands behind it say nothing."""
    (word,) = patterns()["idioms"]["insists_with"]
    return f"{word} "


@cache
def gap() -> re.Pattern[str]:
    """Between two words of a clause, with an "and" or without."""
    return re.compile(rf" (?:(?:{'|'.join(patterns()['and']['words'])}) )?")
