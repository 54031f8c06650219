"""Deciding what a reply means: which of its clauses acknowledge, and whether anything in it stands against that."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from announcements.answers import expressions
from announcements.answers.cleaning import clean
from announcements.answers.spelling import BREAK, COLON, words
from announcements.answers.weighing import likelihood
from announcements.help_wanted import asks_for_help
from announcements.types import GRADE_RANK, Grade

LONGEST = 400  # characters; whoever writes more says more than that it has arrived

LONGEST_CLAUSE = 30  # words

# How likely a reply must be an acknowledgement to be one: where a pattern says so, where none does, and where a word
# in it may ask.
DOUBTFUL = 0.4
SURE = 0.9
DESPITE = 0.93


class Meaning(StrEnum):
    ACKNOWLEDGED = "acknowledged"
    QUESTION = "question"  # somebody wants to know something
    UNCLEAR = "unclear"  # neither, or not surely: for the leader to read


@dataclass(frozen=True, slots=True)
class Reading:
    """`grade` where it is an acknowledgement; `notice`: the code of the announcement that the text names, or ""."""

    meaning: Meaning
    grade: Grade | None = None
    notice: str = ""


def read_answer(text: str, *, own_names: Sequence[str] = ()) -> Reading:
    """What `text` says about a notice. `own_names`: of the sender's own household, whose mention does no harm."""
    if len(text) > 2 * LONGEST:
        return Reading(Meaning.UNCLEAR)
    cleaned = clean(text)
    notice = cleaned.codes[0] if len(cleaned.codes) == 1 else ""
    spelt = words(cleaned.text, own_names)
    said = _without_idioms(spelt)
    if "?" in said or _asks_at_the_end(said):
        return Reading(Meaning.QUESTION, notice=notice)
    # Who has it and calls for help beside is no household that is done: a person reads it, and says so.
    for_a_person = len(cleaned.codes) > 1 or len(text) > LONGEST or asks_for_help(text)
    grade = None if for_a_person else _weighed(cleaned.text, spelt, said)
    if grade:
        return Reading(Meaning.ACKNOWLEDGED, grade, notice)
    return Reading(Meaning.QUESTION if _may_ask(said) else Meaning.UNCLEAR, notice=notice)


def _weighed(typed: str, spelt: Sequence[str], said: Sequence[str]) -> Grade | None:
    """The grade that the patterns find, unless it is unlikely; "received" where it is very likely without them."""
    if _breaks_off(said) or _stands_against("anywhere", _joined(said)):
        return None
    likely = likelihood(spelt, typed)
    long = len(typed.split()) > LONGEST_CLAUSE
    may_ask = _may_ask(said)
    if not may_ask and (grade := _grade(said, long=long)):
        return grade if likely >= DOUBTFUL else None
    return Grade.RECEIVED if likely >= (DESPITE if may_ask else SURE) and not long else None


def _without_idioms(said: Sequence[str]) -> list[str]:
    whole = expressions.found("idioms", "nothing").sub("", _joined(said))
    whole = expressions.found("idioms", "again").sub("", expressions.found("idioms", "me").sub("em , ", whole))
    insists = expressions.ending("idioms", "insists")
    return insists.sub(lambda match: match[0].partition(expressions.insists_with())[0], whole).split()


def _asks_at_the_end(said: Sequence[str]) -> bool:
    return any(expressions.ending("asks", "at_the_end").search(clause) for clause, _ in _clauses(said))


def _may_ask(said: Sequence[str]) -> bool:
    """Is there a word that asks, though it may do something else there: "ai mà chẳng hiểu"?"""
    whole = _joined(said)
    asks = expressions.found("asks", "anywhere")
    return bool(asks.search(whole) and asks.search(expressions.found("against", "but_not").sub("", whole)))


def _grade(said: Sequence[str], *, long: bool) -> Grade | None:
    """The grade of an acknowledgement; None when it is none, or not surely, though no word stands against it."""
    clauses = list(_clauses(said))
    whole = _joined(said)
    if (long and len(clauses) == 1) or any(clause.count(" ") > LONGEST_CLAUSE for clause, _ in clauses):
        grade = _outright_grade(clauses[0][0]) if len(clauses) == 1 else None
        return None if grade in _OF_A_MEETING else grade
    grades = [_clause_grade(clause) for clause, _ in clauses]
    outright = any(grade and _is_outright(clause) for grade, (clause, _) in zip(grades, clauses, strict=True))
    if not outright and _stands_against("unless_outright", whole):
        return None
    weak = all(grade is None or expressions.whole("beside", "weak").match(clause)
               for grade, (clause, _) in zip(grades, clauses, strict=True))  # fmt: skip
    against = (
        "reasons" if Grade.WILL_NOT_ATTEND in grades
        else "weakly" if weak
        else "beside_outright" if outright
        else "beside"
    )  # fmt: skip
    for place, (clause, behind_but) in enumerate(clauses):
        last = not any(grades[place:])
        if grades[place] is None and not _is_harmless(clause, against, last=last, open_but=behind_but and last):
            return None
    return _highest(*grades)


def _is_outright(clause: str) -> bool:
    return any(True for _ in _outright(clause))


def _outright_grade(clause: str) -> Grade | None:
    """The grade of what is said outright somewhere in `clause`."""
    said = _outright(clause)
    return next((grade for grade, right in said if not _stands_against("behind_outright", right)), None)


def _outright(clause: str) -> Iterator[tuple[Grade, str]]:
    """What is said outright in `clause`, and what stands behind it."""
    for grade in _possible(clause):
        for match in expressions.found("outright", grade).finditer(clause):
            left, right = clause[: match.start()], clause[match.end() :]
            near = f"{_last(left)}{match[0]}{_first(right)}"
            if (
                not expressions.ending("against", "in_front").search(left)
                and not _stands_against("unless_outright", near)
                and (grade in _OF_A_MEETING or not _stands_against("before_outright", left))
            ):
                yield grade, right


def _last(said: str, words: int = 3) -> str:
    return _joined(said.split()[-words:])


def _first(said: str, words: int = 3) -> str:
    return _joined(said.split()[:words])


def _breaks_off(said: Sequence[str]) -> bool:
    """Is there nothing behind their last "but"?"""
    words = [word for word in said if word not in (BREAK, COLON)]
    return not words or words[-1] in expressions.buts()


def _stands_against(key: str, text: str) -> bool:
    against = expressions.found("against", key)
    return bool(against.search(text) and against.search(expressions.found("against", "but_not").sub("", text)))


def _clause_grade(clause: str) -> Grade | None:
    """The grade of one clause, or of two that stand beside each other without a mark between them."""
    short = clause.count(" ") <= LONGEST_CLAUSE
    grade = (_plain_grade(clause) or _split_grade(clause) if short else None) or _outright_grade(clause)
    if grade in _OF_A_MEETING and _stands_against("meeting", clause):
        return None
    if grade is Grade.WILL_ATTEND and _stands_against("attend", f"{clause}{BREAK} "):
        return None
    return grade


def _plain_grade(clause: str) -> Grade | None:
    return next((grade for grade in _possible(clause) if expressions.whole("says", grade.value).match(clause)), None)


def _possible(clause: str) -> list[Grade]:
    """The grades that a clause of these words may have at all, the highest first."""
    said = clause.split()
    return [grade for grade in _HIGHEST_FIRST if not expressions.core(grade.value).isdisjoint(said)]


_HIGHEST_FIRST = (Grade.WILL_NOT_ATTEND, Grade.WILL_ATTEND, Grade.UNDERSTOOD, Grade.RECEIVED)
_OF_A_MEETING = frozenset({Grade.WILL_NOT_ATTEND, Grade.WILL_ATTEND})


def _split_grade(clause: str) -> Grade | None:
    for gap in expressions.gap().finditer(clause[:-1]):
        left, right = clause[: gap.start() + 1], clause[gap.end() :]
        grades = _plain_grade(left), _plain_grade(right)
        if all(grades) or (grades[1] and _may_precede(left, right, grades[1])):
            return _highest(*grades)
        if grades[0] and _may_follow(left, right):
            return grades[0]
    return None


def _may_precede(left: str, right: str, grade: Grade) -> bool:
    if expressions.whole("beside", "before").match(left):
        return True
    if left.count(" ") < 3 or expressions.ending("against", "in_front").search(left):
        return False
    by_itself = expressions.starts("beside", "by_itself").match(right) and not expressions.whole(
        "beside", "weak"
    ).match(right)
    return bool(by_itself) and not _stands_against("before_meeting" if grade in _OF_A_MEETING else "before", left)


def _may_follow(left: str, right: str) -> bool:
    if expressions.whole("beside", "behind").match(right):
        return not _stands_against("behind_ok", f"{right}{BREAK} ")
    rounded_off = expressions.ending("beside", "rounded_off").search(left)
    return (
        bool(rounded_off)
        and not expressions.whole("beside", "weak").match(left)
        and not _stands_against("beside", right)
    )


def _highest(*grades: Grade | None) -> Grade | None:
    """Of equals the first: "I can't come tomorrow, I will some other day"."""
    given = [grade for grade in grades if grade is not None]
    return max(given, key=GRADE_RANK.__getitem__, default=None)


def _is_harmless(clause: str, against: str, *, last: bool, open_but: bool) -> bool:
    """May this clause stand beside an acknowledgement? `last`: none comes behind it; `open_but`: and it is a "but"."""
    if open_but:
        return bool(expressions.whole("beside", "behind_but").match(clause))
    if expressions.whole("beside", "harmless").match(clause):
        return True
    key = "beside" if against == "weakly" else against if last or against != "beside" else "before_a_mark"
    if _stands_against(key, clause):
        return False
    if against == "weakly":
        said_of_themselves = expressions.whole("beside", "own_doings").match(clause)
        return bool(said_of_themselves) and not _stands_against("behind_ok", f"{clause}{BREAK} ")
    return not last or against != "beside" or bool(expressions.found("beside", "behind_a_mark").search(clause))


def _clauses(said: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Each clause, and whether it stands behind a "but"."""
    clause: list[str] = []
    behind_but = False
    for word in [*said, BREAK]:
        if word not in (BREAK, COLON) and word not in expressions.buts():
            clause.append(word)
            continue
        if clause:
            yield _joined(clause), behind_but
        behind_but = word in expressions.buts() or (behind_but and not clause)
        clause = []


def _joined(said: Sequence[str]) -> str:
    return "".join(f"{word} " for word in said)
