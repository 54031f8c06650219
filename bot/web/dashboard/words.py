"""What the pages of notices say about chats, accounts and answers, and what whoever looks is offered."""

from typing import Any

from fastapi import Request
from starlette.responses import Response

from announcements.permissions import Permission, may
from announcements.phrases import label
from announcements.types import ChannelKind, Grade, Role
from bot.office.channels.reasons import delivery_words, reason_within
from bot.office.staff.access import Visitor
from bot.web.office.navigation import menu
from bot.web.office.parts import Office


def channel_words(name: str) -> str:
    return label(ChannelKind(name)) if name in set(ChannelKind) else name


def grade_words(name: str) -> str:
    return label(Grade(name))


def tools(role: Role) -> dict[str, Any]:
    """The words above, what `role` may do and, by name, the pages of its menu: for the templates."""
    return {
        "reason_within": reason_within,
        "delivery_words": delivery_words,
        "channel_words": channel_words,
        "grade_words": grade_words,
        "places": {entry.name: entry.path for entry in menu(role)},
        "may_announce": may(role, Permission.ANNOUNCE),
        "may_record": may(role, Permission.RECORD),
    }


def show(request: Request, office: Office, visitor: Visitor, template: str, **values: Any) -> Response:
    """A page with the tools of the visitor's role."""
    return office.page(request, template, **tools(visitor.staff.role), **values)
