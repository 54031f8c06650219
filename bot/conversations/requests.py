"""Wishes to be linked to a household: asking the nearest staff, their decision, what still waits.

`linking` asks; `Conversations` brings the staff's presses of `Topic.REQUESTS` and their /choduyet.
"""

from collections.abc import Sequence
from enum import StrEnum
from itertools import groupby

from announcements.channels import Button
from announcements.mistakes import NotFound
from announcements.permissions import Permission, may
from announcements.rendering import phrase
from bot.conversations import officers
from bot.conversations.data import Data, Topic, member, pack
from bot.conversations.messenger import BadPress, Talk, words
from bot.office.homes import wishes
from db.access import people
from db.access.people import StaffRow
from db.links import identities
from db.links import wishes as links
from db.links.identities import IdentityRow, Link
from db.links.linking import Choice
from db.tables import Via

SHOWN = 5  # wishes at once


class Action(StrEnum):
    YES = "y"  # identity
    NO = "n"


async def ask(talk: Talk, chosen: Choice) -> None:
    """Keep the wish and ask the nearest staff who can be asked."""
    wish = Link(talk.kind, talk.external_id, chosen.household_id, Via.LEADER, talk.now, talk.user_name)
    async with talk.context.database.write() as connection:
        identity_id = await links.ask(connection, wish)
    async with talk.context.database.read() as connection:
        identity = await identities.by_id(connection, identity_id)
        everybody = await people.accounts_of_area(connection, talk.kind, chosen.path, talk.now)
    able = [(staff, account) for staff, account in everybody if may(staff.role, Permission.RECORD)]
    if identity is not None and await _asked_somebody(talk, identity, chosen.place, able):
        await talk.show(words("link.waiting", head=chosen.head_name, area=chosen.place))
    else:
        if identity is not None:
            await wishes.tell_nearest(talk.context, identity, chosen)
        await talk.show(words("choose.no_leader_here", area=chosen.place))


async def _asked_somebody(
    talk: Talk, identity: IdentityRow, place: str, able: Sequence[tuple[StaffRow, str]]
) -> bool:  # fmt: skip
    """Ask all staff of the nearest area; those of the next one when none of them takes messages."""
    text, rows = _question(talk, identity, place)
    for _, nearest in groupby(able, key=lambda pair: pair[0].area_id):
        heard = [await talk.tell(int(account), text, rows) for _, account in nearest if account.isdigit()]
        if any(heard):
            return True
    return False


def _question(talk: Talk, identity: IdentityRow, place: str) -> tuple[str, list[list[Button]]]:
    text = words("link.ask_leader", person=wishes.called(identity), head=identity.head_name, area=place)
    profile = talk.channel.profile(identity.external_id) if identity.channel is talk.kind else ""
    if profile:  # the name is whatever that account calls itself: the leader can look who it is before answering
        text += f'\n<a href="{profile}">{words("request.profile")}</a>'
    yes = Button(phrase("button.approve"), pack(Topic.REQUESTS, Action.YES, identity.id))
    no = Button(phrase("button.refuse"), pack(Topic.REQUESTS, Action.NO, identity.id))
    return text, [[yes, no]]


async def press(talk: Talk, data: Data) -> None:
    """A member of staff decides. Raises `BadPress`, `NotAllowed`."""
    approve = member(Action, data.action) is Action.YES
    staff = await officers.required(talk, Permission.RECORD)
    try:
        decided = await wishes.decide(talk.context, staff, data.number(0), approve=approve)
    except NotFound as error:
        raise BadPress from error  # nothing is said of wishes of other areas
    except wishes.TooLate:
        await talk.show(words("request.too_late"))
        return
    wish = decided.wish
    done = "request.done_yes" if approve else "request.done_no"
    await talk.show(words(done, person=wishes.called(wish), head=wish.head_name, area=decided.place))


async def show_waiting(talk: Talk, staff: StaffRow) -> int:
    """The wishes of their area that nobody has decided; returns how many."""
    waiting = await wishes.waiting(talk.context, staff, SHOWN + 1)
    for wish, place in waiting[:SHOWN]:
        await talk.say(*_question(talk, wish, place))
    if len(waiting) > SHOWN:
        await talk.say(words("request.more"))
    return len(waiting)
