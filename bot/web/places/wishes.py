"""`/wishes`: people without a card who want to be linked to a household; the visitor says whether they belong to it."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from bot.office.homes import wishes
from bot.web.office.parts import Recorder, TheOffice
from bot.web.places.parts import go
from bot.web.wording import say, sentences

router = APIRouter(include_in_schema=False)

SHOWN = 50


@router.api_route("/wishes", methods=["GET", "HEAD"])
async def listing(
    request: Request, office: TheOffice, visitor: Recorder, done: Annotated[str, Query()] = "",
    head: Annotated[str, Query()] = "",
) -> Response:  # fmt: skip
    """What waits within reach, the oldest first. `done` is what was just decided about the household of `head`."""
    waiting = await wishes.waiting(office.context, visitor.staff, SHOWN)
    said = say(f"wishes.{done}", head=head[:60]) if done in sentences()["wishes"] else ""
    return office.page(request, "places/wishes.html", waiting=waiting, said=said, called=wishes.called)


@router.post("/wishes/{wish:int}")
async def decide(wish: int, office: TheOffice, visitor: Recorder, yes: Annotated[bool, Form()] = False) -> Response:
    """Link them, or not."""
    try:
        decided = await wishes.decide(office.context, visitor.staff, wish, approve=yes)
    except wishes.TooLate:
        return go("/wishes", done="too_late")
    return go("/wishes", done="approved" if yes else "refused", head=decided.wish.head_name)
