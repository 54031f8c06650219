"""Events of an Official Account as values: what a person said, what became of a group, and None for the rest. Pure.

Everything in an event comes from outside: any field may be missing or of another kind. Catalogues name the same event
differently, so every name is taken.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from announcements.hearing import Heard
from announcements.text import nfc
from bot.channels.webhook import Event, moment
from bot.channels.zalo_oa.addresses import private
from bot.channels.zalo_oa.mentions import without

SAID_IN_GROUP, SAID_IN_PRIVATE = "user_send_group_", "user_send_"


class GroupChange(StrEnum):
    """What an event says has become of a group, or of the account."""

    GONE = "gone"  # disbanded
    NAMED = "named"  # made, or called otherwise
    REVOKED = "revoked"  # the account took back what it allowed the app


CHANGES = {
    "disperse_group": GroupChange.GONE,
    "delete_group": GroupChange.GONE,
    "create_group": GroupChange.NAMED,
    "update_group_info": GroupChange.NAMED,
    "permission_revoked": GroupChange.REVOKED,
}
# Known, and nothing to be done about: who joins a group becomes a household's account by linking, and leaving takes
# nothing back; nobody's reading is tracked; echoes of our own posts.
QUIET = frozenset(
    {
        "user_join_group",
        "user_request_join_group",
        "react_request_join_group",
        "accept_request_join_group",
        "react_request_join_group_accept",
        "user_out_group",
        "user_leave_group",
        "add_group_admin",
        "remove_group_admin",
        "user_seen_message",
        "user_received_message",
        "user_reacted_message",
        "follow",
        "unfollow",
        "user_click_chatnow",
        "user_submit_info",
        "user_withdraw",
    }
)
ECHOES = ("oa_send_",)


@dataclass(frozen=True, slots=True)
class Change:
    """`group` is empty for the account as a whole, `name` where the event tells none. `oa`: whose it is, where that is
    told; an app may serve several accounts, and all their events come to one address."""

    what: GroupChange
    group: str = ""
    name: str = ""
    oa: str = ""


def is_known(payload: Mapping[str, Any]) -> bool:
    """Do we know what this event is?"""
    name = _text(payload.get("event_name"))
    return name in CHANGES or name in QUIET or name.startswith((SAID_IN_PRIVATE, *ECHOES))


def event_of(payload: dict[str, Any], body: bytes) -> Event:
    """Messages are known by their own id, which every repetition bears; other events by all they say."""
    message_id = _text(_inside(payload, "message").get("msg_id"))
    said = _text(payload.get("event_name")).startswith(SAID_IN_PRIVATE)
    key = message_id if said and message_id else hashlib.sha256(body).hexdigest()
    return Event(key[:200], payload, moment(payload.get("timestamp")))


def read_heard(payload: Mapping[str, Any]) -> Heard | None:
    """What a person said in a group or privately; None for everything else, our own echo included."""
    event, message = _text(payload.get("event_name")), _inside(payload, "message")
    person, message_id = _text(_inside(payload, "sender").get("id")), _text(message.get("msg_id"))
    if not event.startswith(SAID_IN_PRIVATE) or not person or not message_id:
        return None
    group = event.startswith(SAID_IN_GROUP)
    place = _text(_inside(payload, "recipient").get("id")) or _text(payload.get("group_id"))
    if group and not place:
        return None
    text = without(_words(message.get("text")))
    return Heard(
        message_id=message_id,
        address=place if group else private(person),
        person=person,
        private=not group,
        text=text,
        name=_text(_inside(payload, "sender").get("name")),
        quoted=_text(message.get("quote_msg_id")) or None,
        readable=bool(text),
    )


def read_change(payload: Mapping[str, Any]) -> Change | None:
    """What became of a group or of the account; None when nothing did."""
    what = CHANGES.get(_text(payload.get("event_name")))
    if what is None:
        return None
    group = _text(payload.get("group_id")) or _text(_inside(payload, "recipient").get("id"))
    oa = _text(payload.get("oa_id"))
    if what is GroupChange.REVOKED:
        return Change(what, oa=oa)
    info = _inside(payload, "group_info") or payload
    return Change(what, group, _text(info.get("group_name") or info.get("name")), oa) if group else None


def _words(value: object) -> str:
    """A message's text. An object, or one written as text, is what somebody's button sent: its words, if it has any."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return value if isinstance(value, str) else ""
    if isinstance(value, dict):
        value = value.get("text") or value.get("payload") or ""
    return value if isinstance(value, str) else ""


def _inside(payload: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    inside = payload.get(name)
    return inside if isinstance(inside, dict) else {}


def _text(value: object) -> str:
    """Ids are texts; a number is taken for one, too. Nothing in them that a database would refuse."""
    return nfc(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else ""
