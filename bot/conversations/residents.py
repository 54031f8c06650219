"""Residents: linking by a card's code or by their own phone number, asking for help, unlinking.

Called by `Conversations` for whatever is not a staff matter. Choosing a household without a card is `linking`'s.
"""

from announcements.channels import Button
from announcements.phones import read_phone
from announcements.rendering import phrase
from bot.channels.telegram.keyboards import NoKeyboard, PhoneRequest
from bot.channels.telegram.updates import ContactUpdate
from bot.conversations.data import Topic, pack
from bot.conversations.linking import Action
from bot.conversations.messenger import Talk, words
from bot.conversations.tries import Tries
from bot.office.homes import joining
from bot.office.homes.joining import Joined, Outcome, Person
from db.links import identities, linking
from db.places import phones
from db.tables import Via

CODE_WORDS = {Outcome.WRONG: "code_wrong", Outcome.REVOKED: "card_revoked"}


def person(talk: Talk) -> Person:
    """Who speaks, as `joining` knows them."""
    return Person(talk.kind, talk.external_id, talk.user_name)


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
            pressed = await linking.has_pressed(connection, talk.kind, talk.external_id)
        text = words("link.ask")
        if pressed:
            text += "\n" + words("choose.press_counts")
        await talk.say(text, PhoneRequest(phrase("button.share_phone")))
        await _offer_list(talk)

    async def by_card(self, talk: Talk, code: str) -> None:
        """Link by the code on a card."""
        if not await self._tries.allowed(talk):
            return
        joined = await joining.by_card(talk.context, person(talk), code)
        if joined.outcome in joining.BAD_CODES:
            self._tries.wrong(talk)
            await talk.say(words(f"link.{CODE_WORDS[joined.outcome]}", code=code))
        else:
            await _say_joined(talk, joined)

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
            await _say_joined(talk, await joining.to_household(talk.context, person(talk), households[0], Via.PHONE))
            return
        await talk.say(words("link.phone_shared" if households else "link.phone_unknown"), NoKeyboard())
        await _offer_list(talk)

    async def help(self, talk: Talk) -> None:
        """One short answer to whatever else was written."""
        linked = await _linked(talk)
        await talk.say(words("chat.help_linked", households=linked) if linked else words("chat.help_stranger"))

    async def unlink(self, talk: Talk) -> None:
        """Take the account off its household, at the person's own wish."""
        mine = await joining.leave(talk.context, person(talk))
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


async def _say_joined(talk: Talk, joined: Joined) -> None:
    household = joined.household
    if household is None:  # it has left since: its card opens nothing
        await talk.say(words("chat.help_stranger"))
        return
    name = "link.already_linked" if joined.outcome is Outcome.ALREADY else "link.linked"
    text = words(name, head=household.head_name, area=household.place)
    if joined.credited:
        text += "\n" + words("choose.credited", count=joined.credited)
    await talk.say(text, NoKeyboard())
