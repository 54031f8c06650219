"""Residents: linking by a card's code or by their own phone number, asking for help, unlinking.

Called by `Conversations` for whatever is not a staff matter. Choosing a household without a card is `linking`'s.
"""

import re
import unicodedata

from announcements.channels import Button
from announcements.codes import ALPHABET, read_code
from announcements.phones import read_phone
from announcements.rendering import phrase
from bot.channels.telegram.keyboards import NoKeyboard, PhoneRequest
from bot.channels.telegram.updates import ContactUpdate
from bot.conversations.data import Topic, pack
from bot.conversations.linking import Action
from bot.conversations.messenger import Talk, words
from bot.conversations.tries import Tries
from db import cards, identities, linking, phones
from db.identities import Link
from db.tables import Via

# One gap at most, and in the middle: "ok ok ok" is no code.
_CARD = re.compile(rf"[{ALPHABET}OIL]{{3}}[ -]?[{ALPHABET}OIL]{{3}}")
_NAMED_CARD = re.compile(r"LK[\s:.-]+(\S.{0,30})|LK([0-9A-Z]{6})")


def card_in(text: str) -> str | None:
    """The card code a message consists of ("7k3m9q", "LK 7K3M9Q"), or None. After LK anything is taken for one."""
    upper = unicodedata.normalize("NFKC", text).strip().upper()
    if _CARD.fullmatch(upper):
        return read_code(upper)
    named = _NAMED_CARD.fullmatch(upper)
    return read_code(named[1] or named[2]) if named else None


class Residents:
    """Shares the count of wrong codes with the staff's codes."""

    def __init__(self, tries: Tries) -> None:
        self._tries = tries

    async def welcome(self, talk: Talk) -> None:
        """Open linking: the card's code, the phone number, or the list."""
        linked = await _linked(talk)
        if linked:
            await talk.say(words("chat.help_linked", households=linked), NoKeyboard())
            return
        async with talk.context.database.read() as connection:
            pressed = await linking.pressed(connection, talk.kind, talk.external_id)
        text = words("link.ask")
        if pressed:
            text += "\n" + words("choose.press_counts")
        await talk.say(text, PhoneRequest(phrase("button.share_phone")))
        await _offer_list(talk)

    async def by_card(self, talk: Talk, code: str) -> None:
        """Link by the code on a card."""
        if not await self._tries.allowed(talk):
            return
        async with talk.context.database.read() as connection:
            card = await cards.find(connection, code)
        if card is None:
            self._tries.wrong(talk)
            await talk.say(words("link.code_wrong", code=code))
        elif card.revoked:
            self._tries.wrong(talk)
            await talk.say(words("link.card_revoked", code=code))
        else:
            await _link(talk, card.household_id, Via.CARD)

    async def by_phone(self, talk: Talk, update: ContactUpdate) -> None:
        """Link by the person's own number, when exactly one household has it."""
        if not update.own:
            await talk.say(words("link.phone_of_another"), PhoneRequest(phrase("button.share_phone")))
            return
        # The platform writes numbers with their country code, the plus sign now and then left out.
        number = read_phone("+" + update.phone.lstrip("+"))
        async with talk.context.database.read() as connection:
            households = await phones.households_with(connection, number) if number else []
        if len(households) == 1:
            await _link(talk, households[0], Via.PHONE)
            return
        await talk.say(words("link.phone_shared" if households else "link.phone_unknown"), NoKeyboard())
        await _offer_list(talk)

    async def help(self, talk: Talk) -> None:
        """One short answer to whatever else was written."""
        linked = await _linked(talk)
        await talk.say(words("chat.help_linked", households=linked) if linked else words("chat.help_stranger"))

    async def unlink(self, talk: Talk) -> None:
        """Take the account off its household, at the person's own wish."""
        async with talk.context.database.write() as connection:
            mine = await identities.of(connection, talk.kind, talk.external_id)
            for one in mine:
                await identities.unlink(connection, talk.kind, talk.external_id, one.household_id, talk.now)
        for one in mine:
            await talk.say(words("link.unlinked", head=one.head_name))
        if not mine:
            await talk.say(words("choose.nothing_to_unlink"))


async def _linked(talk: Talk) -> str:
    """The households this account stands for, as words; empty when there is none."""
    async with talk.context.database.read() as connection:
        mine = await identities.of(connection, talk.kind, talk.external_id)
    return "; ".join(f"{one.head_name}, {one.area_name}" for one in mine)


async def _offer_list(talk: Talk) -> None:
    button = Button(phrase("choose.open"), pack(Topic.LINKING, Action.VILLAGES))
    await talk.say(words("choose.offer"), [[button]])


async def _link(talk: Talk, household_id: int, via: Via) -> None:
    async with talk.context.database.read() as connection:
        mine = await identities.of(connection, talk.kind, talk.external_id)
        waiting = await linking.pressed(connection, talk.kind, talk.external_id)
        chosen = await linking.household(connection, household_id)
    if chosen is None:  # it has left since: its card opens nothing
        await talk.say(words("chat.help_stranger"))
        return
    if any(one.household_id == household_id for one in mine):
        await talk.say(words("link.already_linked", head=chosen.head_name, area=chosen.place), NoKeyboard())
        return
    intent = Link(talk.kind, talk.external_id, household_id, via, talk.now, talk.user_name)
    joined = await talk.context.writer.submit(identities.link, intent)
    for broadcast_id in waiting:
        talk.context.answered(broadcast_id)
    text = words("link.linked", head=chosen.head_name, area=chosen.place)
    if joined.credited:
        text += "\n" + words("choose.credited", count=joined.credited)
    await talk.say(text, NoKeyboard())
