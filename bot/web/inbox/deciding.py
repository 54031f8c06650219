"""What staff make of a message: forms of `/inbox`, each carried out once and taken back by "Mở lại"."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from announcements.mistakes import Mistake, NotFound
from announcements.types import Grade
from bot.office.inbox import questions
from bot.office.inbox.answering import Reply
from bot.office.staff.access import Visitor
from bot.web.inbox.listing import one_page
from bot.web.office.parts import Office, Recorder, TheOffice
from bot.web.pages import PRIVATE
from bot.web.problems import Problem, Refusal
from db.answering.question_lists import Box, QuestionRow

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Sent:
    """A form about the message `number`, and who sent it."""

    request: Request
    office: Office
    visitor: Visitor
    number: int

    async def carry_out(
        self, move: Callable[[], Awaitable[QuestionRow]], done: str, reply: Reply | None = None
    ) -> Response:
        """Back to the box somebody was in, which says that it is `done`; where it can't be, the message with why."""
        try:
            one = await move()
        except Mistake as mistake:
            if isinstance(mistake, NotFound):
                raise
            return await one_page(
                self.request, self.office, self.visitor, self.number, wrong=mistake.sentence, reply=reply
            )
        box = Box.TOUCHED if one.touched else Box.OPEN
        return RedirectResponse(f"/inbox?box={box}&ok={done}&number={self.number}", 303, PRIVATE)


def _form(number: int, request: Request, office: TheOffice, visitor: Recorder) -> Sent:
    return Sent(request, office, visitor, number)


TheForm = Annotated[Sent, Depends(_form)]


@router.post("/inbox/{number:int}/credit")
async def credit(
    form: TheForm, grade: Annotated[str, Form()] = Grade.RECEIVED.value, household: Annotated[str, Form()] = "",
    notice: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """It was an acknowledgement."""
    if grade not in set(Grade):
        raise Refusal(Problem.FORM_WRONG)

    async def move() -> QuestionRow:
        done = await questions.credit(form.office.context, form.number, staff=form.visitor.staff, grade=Grade(grade),
                                      household=household, notice=notice)  # fmt: skip
        return done.question

    return await form.carry_out(move, "credited")


@router.post("/inbox/{number:int}/answer")
async def answer(
    form: TheForm, text: Annotated[str, Form()] = "", public: Annotated[bool, Form()] = False,
    question: Annotated[str, Form()] = "", notice: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Answer it, for everybody when `public`."""
    reply = Reply(text, public, question, notice)

    async def move() -> QuestionRow:
        return await questions.answer(form.office.context, form.number, reply, staff=form.visitor.staff)

    return await form.carry_out(move, "answered", reply)


@router.post("/inbox/{number:int}/close")
async def close(form: TheForm) -> Response:
    """Nothing is to be done about it."""
    return await form.carry_out(
        lambda: questions.close(form.office.context, form.number, staff=form.visitor.staff), "closed"
    )


@router.post("/inbox/{number:int}/reopen")
async def reopen(form: TheForm) -> Response:
    """Take back what was made of it."""
    return await form.carry_out(
        lambda: questions.reopen(form.office.context, form.number, staff=form.visitor.staff), "reopened"
    )
