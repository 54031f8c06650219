"""What every handler of staff's pages works with, and the two questions each begins with: who is it, and may they.

A handler asks for `TheOffice`, and for `SignedIn` or, with `needs(Permission.…)`, for somebody whose role has that
permission. Which areas they reach is asked of `bot/office/` by the service that does the work.
"""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.responses import Response

from announcements.permissions import Permission, may
from announcements.rendering import label
from bot.context import Context
from bot.office.staff import access
from bot.office.staff.access import Visitor
from bot.web.headers import OFFICE_POLICY
from bot.web.office.cookie import SessionCookie
from bot.web.office.navigation import menu
from bot.web.pages import Pages
from bot.web.problems import Problem, Refusal


@dataclass(frozen=True, slots=True)
class Office:
    context: Context
    pages: Pages
    cookie: SessionCookie

    async def visitor(self, request: Request) -> Visitor | None:
        """Whoever is signed in, looked up once a request."""
        if not hasattr(request.state, "visitor"):
            secret = self.cookie.of(request)
            request.state.visitor = await access.visitor(self.context, secret) if secret else None
        found: Visitor | None = request.state.visitor
        return found

    def page(
        self, request: Request, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None,
        **values: object,
    ) -> Response:  # fmt: skip
        """A page within the frame of staff's pages: `template` extends `office.html`."""
        frame = frame_of(request, request.state.visitor)
        policy = {"Content-Security-Policy": OFFICE_POLICY, **(headers or {})}
        return self.pages.page(template, status=status, headers=policy, **frame, **values)


def frame_of(request: Request, visitor: Visitor | None) -> dict[str, object]:
    """What `office.html` itself needs: who is signed in, and the menu with the present place in it."""
    path = request.url.path
    entries = menu(visitor.staff.role) if visitor else []
    if visitor is None or visitor.to_post is None:  # no chat of theirs is posted to by hand
        entries = [one for one in entries if one.name != "posting"]
    counts = {"posting": visitor.to_post or 0, "inbox": visitor.to_read} if visitor else {}
    return {
        "visitor": visitor,
        "menu": entries,
        "here": next((one for one in entries if one.is_here(path)), None),
        "counts": counts,
        "counts_in_rest": sum(counts.get(one.name, 0) for one in entries if not one.first),
    }


def _office(request: Request) -> Office:
    office: Office = request.app.state.office
    return office


TheOffice = Annotated[Office, Depends(_office)]


async def signed_in(request: Request, office: TheOffice) -> Visitor:
    """Whoever is signed in. Raises `Refusal`: sign in first."""
    visitor = await office.visitor(request)
    if visitor is None:
        raise Refusal(Problem.SIGN_IN)
    return visitor


SignedIn = Annotated[Visitor, Depends(signed_in)]


def needs(permission: Permission) -> Callable[..., Coroutine[Any, Any, Visitor]]:
    """A dependency: somebody signed in whose role has `permission`."""

    async def allowed(visitor: SignedIn) -> Visitor:
        if not may(visitor.staff.role, permission):
            raise Refusal(Problem.NOT_YOUR_ROLE, role=label(visitor.staff.role))
        return visitor

    return allowed


Announcer = Annotated[Visitor, Depends(needs(Permission.ANNOUNCE))]
Recorder = Annotated[Visitor, Depends(needs(Permission.RECORD))]
Approver = Annotated[Visitor, Depends(needs(Permission.APPROVE))]
Keeper = Annotated[Visitor, Depends(needs(Permission.KEEP))]
Manager = Annotated[Visitor, Depends(needs(Permission.MANAGE))]
