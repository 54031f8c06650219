"""Leaders who say in private that they posted a text by hand, where there is no button to press."""

from dataclasses import dataclass

from announcements.hearing import Heard
from announcements.mistakes import Mistake
from announcements.permissions import Permission
from announcements.postings import read_posting
from announcements.types import ChannelKind
from bot.context import Context
from bot.office.channels import posting_said
from bot.replies.saying import Speaker
from db.access import people


@dataclass(slots=True)
class ByHand:
    """Of one account."""

    context: Context
    kind: ChannelKind
    speaker: Speaker

    async def take(self, heard: Heard) -> bool:
        """Do what a leader says of posting by hand, and answer it; False for everything else."""
        said = read_posting(heard.text) if heard.private else None
        if said is None:
            return False
        async with self.context.database.read() as connection:
            staff = await people.of_account(connection, self.kind, heard.person, self.context.clock())
        if staff is None or not staff.may(Permission.RECORD):
            return False
        try:
            texts = await posting_said.answer(self.context, staff, said)
        except Mistake as mistake:
            texts = [mistake.sentence]
        for text in texts:
            await self.speaker.say(heard.address, text)
        return True
