"""Staff: linking their account by their code, what their role may do here, and which notices they can ask about.

Called by `Conversations`, and by every staff conversation for `required`: who acts is looked up anew each time.
"""

from html import escape

from announcements.channels import Button, Refused
from announcements.mistakes import Mistake, NotAllowed, NotFound
from announcements.permissions import Permission, may
from announcements.rendering import label, phrase
from announcements.splitting import shorten
from announcements.types import AnnouncementState
from bot.channels.telegram.keyboards import Link, NoKeyboard
from bot.conversations import menu
from bot.conversations.data import Topic, pack
from bot.conversations.messenger import Talk, words
from bot.conversations.tries import Tries
from bot.office.homes import joining
from bot.office.homes.joining import Person
from bot.office.staff import access
from db.access.people import StaffRow
from db.announcing import notices
from db.announcing.notices import BroadcastRow

OFFERED = 8  # notices to choose from
LABEL_LENGTH = 48
WENT_OUT = frozenset({AnnouncementState.PUBLISHED, AnnouncementState.WITHDRAWN})


async def required(talk: Talk, permission: Permission = Permission.SEE) -> StaffRow:
    """The member of staff who speaks. Raises `NotAllowed` for everybody else and for roles without `permission`."""
    staff = await talk.staff()
    if staff is None:
        raise NotAllowed(phrase("chat.staff_only"))
    if not may(staff.role, permission):
        raise NotAllowed(phrase("chat.not_your_role", name=staff.name))
    return staff


async def link(talk: Talk, code: str, tries: Tries) -> None:
    """Tie this account to the member of staff with `code`. Wrong codes count as tries. Raises `NotAllowed`."""
    if not await tries.allowed(talk):
        return
    try:
        staff = await joining.as_staff(talk.context, Person(talk.kind, talk.external_id), code)
    except NotFound:
        tries.wrong(talk)
        await talk.say(words("chat.staff_code_wrong", code=code))
        return
    await talk.say(words("chat.staff_linked", name=staff.name), NoKeyboard())
    await greet(talk, staff)


async def greet(talk: Talk, staff: StaffRow) -> None:
    """Name, role and area, and the commands the role has."""
    lines = [words("chat.greet_staff", name=staff.name, role=label(staff.role), area=staff.area_name), ""]
    commands = menu.of_role(staff.role)
    lines += [words("menu.line", command=name, does=does) for name, does in commands]
    await talk.say("\n".join(lines))
    await menu.offer(talk.channel, commands, talk.user_id)


async def open_pages(talk: Talk) -> None:
    """/web: a link that signs them in to the pages, once. Raises `NotAllowed`."""
    staff = await required(talk)
    made = await access.sign_in_link(talk.context, staff)
    text = words("chat.sign_in", minutes=int(access.LINK_LASTS.total_seconds() // 60))
    try:
        await talk.say(text, [[Link(phrase("chat.sign_in_button"), made.url)]])
    except Refused:  # the platform takes no address without a domain for a button: a trial on one's own machine
        await talk.say(f"{text}\n{escape(made.url, quote=False)}")


async def offer_notices(talk: Talk, staff: StaffRow, topic: Topic, action: str) -> None:
    """The latest notices of their area, a button each; its data is `topic:action:CODE`."""
    async with talk.context.database.read() as connection:
        latest = await notices.latest_under(connection, staff.path, OFFERED)
    if not latest:
        await talk.say(words("chat.no_notices", area=staff.area_name))
        return
    rows = [
        [Button(shorten(f"{talk.context.local(row.due_at):%d/%m %H:%M} · {row.title}", LABEL_LENGTH),
                pack(topic, action, row.code))]
        for row in latest
    ]  # fmt: skip
    await talk.say(words("chat.choose_notice", area=staff.area_name), rows)


async def notice(talk: Talk, code: str) -> BroadcastRow:
    """A notice that went out, by what a person typed or a button carries. Raises `NotFound`, `Mistake`."""
    async with talk.context.database.read() as connection:
        row = await notices.find(connection, code)
    if row.published_at is None or row.state not in WENT_OUT:
        raise Mistake(phrase("chat.not_sent_yet", code=row.announcement))
    return row
