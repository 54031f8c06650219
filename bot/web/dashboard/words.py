"""What the pages of notices say about chats, accounts and answers, and what whoever looks is offered."""

from typing import Any

from fastapi import Request
from starlette.responses import Response

from announcements.channels import Moved, Refused, RefusedReason, SlowDown, TryLater, Unsure
from announcements.permissions import Permission, may
from announcements.phrases import label
from announcements.types import ChannelKind, Grade, Role
from bot.office.staff.access import Visitor
from bot.web.office.navigation import menu
from bot.web.office.parts import Office
from bot.web.wording import say
from db.dispatch.deliveries import DeliveryRow


def refused_words(reason: str) -> str:
    """Why a chat or an account is in trouble, as it goes on in a sentence: what it means where we know, never the
    platform's own English."""
    known = reason in set(RefusedReason)
    words = label(RefusedReason(reason)) if known else say("trouble.no_answer")
    return words[:1].lower() + words[1:]


# How a delivery's error begins: the channel's answer.
ANSWERS = {
    TryLater.__name__: "trouble.try_later",
    SlowDown.__name__: "trouble.try_later",
    Refused.__name__: "trouble.refused",
    Moved.__name__: "trouble.refused",
    Unsure.__name__: "trouble.unsure",
}


def delivery_words(row: DeliveryRow) -> str:
    """Why a delivery did not arrive. The platform's own words follow in brackets: they are what one searches for."""
    answer, _, detail = row.error.partition(":")
    if answer not in ANSWERS:
        return row.error
    meaning = say(ANSWERS[answer])
    if answer == Refused.__name__ and row.chat_trouble in set(RefusedReason):
        meaning = label(RefusedReason(row.chat_trouble))
    return f"{meaning} ({detail.strip()})" if detail.strip() else meaning


def channel_words(name: str) -> str:
    return label(ChannelKind(name)) if name in set(ChannelKind) else name


def grade_words(name: str) -> str:
    return label(Grade(name))


def tools(role: Role) -> dict[str, Any]:
    """The words above, what `role` may do and, by name, the pages of its menu: for the templates."""
    return {
        "refused_words": refused_words,
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
