"""Linking by words: a card's code, a staff code, a household's name, and leaving again.

Called by `answering`. In a group nobody's household is named, and a code that was wrong is not repeated. What was said
in a group is answered there and nowhere else: platforms let nobody be written to who has not written in private.
"""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from announcements.hearing import Heard
from announcements.mistakes import Mistake, NotFound
from announcements.phrases import label, phrase
from announcements.types import ChannelKind
from announcements.wishes import Card, Household, StaffCode, Unlink, WhichGroup, Wish
from bot.attempts import CODE_WINDOW, CODES, Attempts
from bot.context import Context
from bot.office.homes import joining, wishes
from bot.office.homes.joining import Joined, Outcome, Person
from bot.replies.saying import Speaker
from db.places import chats

GROUP_QUESTIONS, A_MINUTE = 3, timedelta(minutes=1)
_WRONG = {Outcome.WRONG: "link.code_wrong", Outcome.REVOKED: "link.card_revoked"}


@dataclass(slots=True)
class Enrolling:
    """One account's. Remembers, in bounded memory, who has lately typed codes that were none."""

    context: Context
    kind: ChannelKind
    speaker: Speaker
    _wrong: Attempts = field(default_factory=lambda: Attempts(CODES, CODE_WINDOW))
    _groups: Attempts = field(default_factory=lambda: Attempts(GROUP_QUESTIONS, A_MINUTE))
    _asks: Attempts = field(default_factory=lambda: Attempts(wishes.ASKS_A_DAY, wishes.A_DAY))

    async def fulfil(self, heard: Heard, wish: Wish) -> None:
        """Do what `heard` wished, and answer it there."""
        person = Person(self.kind, heard.person, heard.name)
        match wish:
            case Card(code):
                answer = await self._by_card(heard, person, code)
            case StaffCode(code):
                answer = await self._as_staff(heard, person, code)
            case Unlink():
                answer = await self._leave(heard, person)
            case Household(name):
                answer = await self._ask(heard, person, name)
            case WhichGroup():
                answer = self._group(heard)
        if answer:
            await self.speaker.say(heard.address, answer)

    async def _by_card(self, heard: Heard, person: Person, code: str) -> str:
        if self._too_many(heard):
            return self._wait_words(heard)
        joined = await joining.by_card(self.context, person, code, shown=not heard.private)
        if joined.outcome in joining.BAD_CODES:
            self._wrong.wrong(person.external_id, self.context.clock())
            return phrase(_WRONG[joined.outcome], code=code) if heard.private else phrase("enrol.wrong_in_group")
        return _joined(joined, private=heard.private)

    def _too_many(self, heard: Heard) -> bool:
        return bool(self._wrong.wait(heard.person, self.context.clock()))

    def _wait_words(self, heard: Heard) -> str:
        """What whoever typed too many wrong codes is told: in a group nothing."""
        wait = self._wrong.wait(heard.person, self.context.clock())
        return phrase("chat.too_many_tries", minutes=int(wait.total_seconds() // 60) + 1) if heard.private else ""

    async def _as_staff(self, heard: Heard, person: Person, code: str) -> str:
        if not heard.private:
            return phrase("enrol.staff_in_private")
        if self._too_many(heard):
            return self._wait_words(heard)
        try:
            staff = await joining.as_staff(self.context, person, code)
        except NotFound:
            self._wrong.wrong(person.external_id, self.context.clock())
            return phrase("chat.staff_code_wrong", code=code)
        except Mistake as mistake:
            return mistake.sentence
        return phrase("enrol.staff_linked", name=staff.name, role=label(staff.role), area=staff.area_name,
                      link=self.context.link("/"))  # fmt: skip

    async def _leave(self, heard: Heard, person: Person) -> str:
        left = await joining.leave(self.context, person)
        if not left:
            return phrase("choose.nothing_to_unlink")
        if not heard.private:
            return phrase("enrol.unlinked_in_group")
        return "\n".join(phrase("enrol.unlinked", head=one.head_name) for one in left)

    def _group(self, heard: Heard) -> str:
        """A group's id is no secret, whoever asks; asked again and again it is not repeated."""
        now = self.context.clock()
        if self._groups.wait(heard.address, now):
            return ""
        self._groups.wrong(heard.address, now)
        return phrase("chat.group_id", address=heard.address, account=self.speaker.account)

    async def _ask(self, heard: Heard, person: Person, name: str) -> str:
        """Whoever has no card: a group knows where to look, in private only a full name tells."""
        now = self.context.clock()
        if self._asks.wait(heard.person, now):
            return phrase("choose.too_many_asks") if heard.private else ""
        self._asks.wrong(heard.person, now)
        async with self.context.database.read() as connection:
            chat = await chats.by_address(connection, self.speaker.account, heard.address)
            path = chat.path if chat is not None and not heard.private else None
            chosen = await wishes.meant(connection, name, path) if heard.private or path else None
        if chosen is None:
            return phrase("wish.unsure")
        if not person.name:  # the leader must know who asks
            person = replace(person, name=await self.speaker.name_of(person.external_id))
        asked = await wishes.ask(self.context, person, chosen)
        if not heard.private:
            return phrase("wish.asked_in_group" if asked else "enrol.already_in_group")
        if not asked:
            return phrase("link.already_linked", head=chosen.head_name, area=chosen.place)
        return phrase("wish.asked", name=name)  # no more than they wrote: who lives where can't be asked this way


def _joined(joined: Joined, *, private: bool) -> str:
    household = joined.household
    already = joined.outcome is Outcome.ALREADY
    if household is None:  # it has left since: its card opens nothing
        return phrase("reply.stranger") if private else phrase("enrol.wrong_in_group")
    if not private:
        return phrase("enrol.already_in_group" if already else "enrol.linked_in_group")
    name = "link.already_linked" if already else "enrol.linked"
    text = phrase(name, head=household.head_name, area=household.place)
    return f"{text}\n{phrase('enrol.credited')}" if joined.credited else text
