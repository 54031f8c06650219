"""What can go wrong on a page: a word for programs, a status for browsers, a sentence for people (`wording.toml`)."""

import math
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum

from starlette.responses import Response
from starlette.types import Scope

from bot.web.wording import say


class Problem(StrEnum):
    CARD_MISSING = "card_missing"  # nothing says whose answer it is
    CARD_WRONG = "card_wrong"
    CARD_REVOKED = "card_revoked"
    TOO_MANY = "too_many"  # wrong tries
    NOT_IN_AUDIENCE = "not_in_audience"
    HOUSEHOLD_WRONG = "household_wrong"  # several are remembered and none of them was named
    GRADE_WRONG = "grade_wrong"
    WITHDRAWN = "withdrawn"
    NOTICE_UNKNOWN = "notice_unknown"
    PAGE_UNKNOWN = "page_unknown"
    FOREIGN_PAGE = "foreign_page"
    SIGN_IN = "sign_in"  # a page of staff's, and nobody is signed in
    LINK_DEAD = "link_dead"  # a sign-in link that was used or is too old
    NOT_YOUR_ROLE = "not_your_role"
    NOT_WHOLLY_YOURS = "not_wholly_yours"  # a notice that went beyond their area too
    MISTAKE = "mistake"  # what a service refused, in its own sentence
    TOO_BIG = "too_big"
    FORM_WRONG = "form_wrong"
    METHOD_WRONG = "method_wrong"
    BROKEN = "broken"


STATUS = {
    Problem.CARD_MISSING: 422,
    Problem.CARD_WRONG: 422,
    Problem.CARD_REVOKED: 422,
    Problem.TOO_MANY: 429,
    Problem.NOT_IN_AUDIENCE: 403,
    Problem.HOUSEHOLD_WRONG: 422,
    Problem.GRADE_WRONG: 422,
    Problem.WITHDRAWN: 409,
    Problem.NOTICE_UNKNOWN: 404,
    Problem.PAGE_UNKNOWN: 404,
    Problem.FOREIGN_PAGE: 403,
    Problem.SIGN_IN: 401,
    Problem.LINK_DEAD: 410,
    Problem.NOT_YOUR_ROLE: 403,
    Problem.NOT_WHOLLY_YOURS: 403,
    Problem.MISTAKE: 422,
    Problem.TOO_BIG: 413,
    Problem.FORM_WRONG: 422,
    Problem.METHOD_WRONG: 405,
    Problem.BROKEN: 500,
}


class Refusal(Exception):
    """Ends a request with a problem. `values` fill its sentence; `retry_after` is how long to wait."""

    def __init__(
        self, problem: Problem, *, status: int | None = None, retry_after: timedelta | None = None, **values: object
    ) -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.status = status or STATUS[problem]
        self.typed = str(values.get("card", ""))
        self.headers: dict[str, str] = {}
        if retry_after is not None:
            self.headers["Retry-After"] = str(math.ceil(retry_after.total_seconds()))
            values["minutes"] = math.ceil(retry_after.total_seconds() / 60)
        self.heading = say(f"heading.{problem}")
        self.sentence = say(f"problem.{problem}", **values)

    @property
    def asks_for_card(self) -> bool:
        """Does the page offer to enter a card again?"""
        return self.problem in ABOUT_CARDS


# What the framework itself refuses, in our words; any other status of its own is a form it could not read.
BY_STATUS = {404: Problem.PAGE_UNKNOWN, 405: Problem.METHOD_WRONG, 413: Problem.TOO_BIG}

ABOUT_CARDS = frozenset({Problem.CARD_MISSING, Problem.CARD_WRONG, Problem.CARD_REVOKED, Problem.TOO_MANY})

# Makes the answer to a refused request, before any handler has run.
Refuse = Callable[[Scope, Refusal], Response]
