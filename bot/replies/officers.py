"""Staff who write in private, where there is no button to press: what they posted by hand, and that they want to sign
in to the pages.
"""

from dataclasses import dataclass

from announcements.hearing import Heard
from announcements.mistakes import Mistake
from announcements.permissions import Permission
from announcements.phrases import phrase
from announcements.postings import read_posting
from announcements.types import ChannelKind
from announcements.wishes import asks_to_sign_in
from bot.context import Context
from bot.office.channels import posting_said
from bot.office.staff import access
from bot.replies.saying import Speaker
from db.access import people
from db.access.people import StaffRow


@dataclass(slots=True)
class Officers:
    """Of one account."""

    context: Context
    kind: ChannelKind
    speaker: Speaker

    async def take(self, heard: Heard) -> bool:
        """Do what a member of staff asks for, and answer it; False for everything else, and for everybody else."""
        if not heard.private or not (asks_to_sign_in(heard.text) or read_posting(heard.text)):
            return False
        async with self.context.database.read() as connection:
            staff = await people.of_account(connection, self.kind, heard.person, self.context.clock())
        if staff is None:
            return False
        texts = [await self._link(staff)] if asks_to_sign_in(heard.text) else await self._posting(staff, heard.text)
        for text in texts:
            await self.speaker.say(heard.address, text)
        return bool(texts)

    async def _link(self, staff: StaffRow) -> str:
        made = await access.sign_in_link(self.context, staff)
        return phrase("enrol.sign_in", minutes=int(access.LINK_LASTS.total_seconds() // 60), link=made.url)

    async def _posting(self, staff: StaffRow, text: str) -> list[str]:
        """What is answered; nothing to those whose role posts nothing."""
        said = read_posting(text)
        if said is None or not staff.may(Permission.RECORD):
            return []
        try:
            return await posting_said.answer(self.context, staff, said)
        except Mistake as mistake:
            return [mistake.sentence]
