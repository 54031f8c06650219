"""`/accounts/{name}/failover`: what other chats would take over from an account that is down."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from announcements.failover import Choice
from announcements.mistakes import Mistake, NotAllowed, NotFound
from bot.office.channels import chats, failover
from bot.web.dashboard.words import show
from bot.web.numbers import RowNumber
from bot.web.office.parts import Announcer, TheOffice
from bot.web.pages import PRIVATE
from db.announcing.fanout import ASSISTED

router = APIRouter(include_in_schema=False)


@router.api_route("/accounts/{name}/failover", methods=["GET", "HEAD"])
async def look(
    name: str, request: Request, office: TheOffice, visitor: Announcer, to: str = "", by_hand: bool = False,
    unconfirmed: bool = False, done: RowNumber | None = None,
) -> Response:  # fmt: skip
    """What would go where. `done` says how many were moved just now."""
    choice, refused = Choice(to or None, by_hand, unconfirmed), ""
    try:
        found = await failover.look(office.context, name, choice, visitor.staff)
    except (NotAllowed, NotFound):
        raise
    except Mistake as mistake:  # the account that was chosen is down, too
        refused = mistake.sentence
        found = await failover.look(office.context, name, Choice(), visitor.staff)
    others = [one for one in chats.accounts(office.context) if one != name]
    return show(request, office, visitor, "failover.html", move=found, choice=found.choice, others=others,
                assisted=ASSISTED, refused=refused, done=done)  # fmt: skip


@router.post("/accounts/{name}/failover")
async def move(
    name: str, office: TheOffice, visitor: Announcer, to: Annotated[str, Form()] = "",
    by_hand: Annotated[bool, Form()] = False, unconfirmed: Annotated[bool, Form()] = False,
) -> Response:  # fmt: skip
    """Move them."""
    moved = await failover.move(office.context, name, Choice(to or None, by_hand, unconfirmed), visitor.staff)
    return RedirectResponse(f"/accounts/{quote(name)}/failover?done={moved.leaving}", 303, PRIVATE)
