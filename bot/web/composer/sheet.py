"""The page a draft is written on, wherever it is answered: what was typed, what is wrong, who else is there."""

from collections.abc import Mapping

from fastapi import Request
from starlette.responses import Response

from announcements.types import Kind, Urgency
from bot.office.notices.audiences import audience
from bot.office.staff.access import Visitor
from bot.web.composer.form import local
from bot.web.composer.presence import Presence
from bot.web.composer.tree import branches
from bot.web.office.parts import Office
from bot.web.wording import say
from db.announcing import announced
from db.announcing.drafts import DraftRow
from db.places import areas

CORRECTABLE = 20  # the latest announcements that can be chosen as the one that is corrected

# What brings somebody here from a form that was saved, and whether there is a sentence about it.
DONE = {"kept": True, "undone": True, "stored": True, "files": False, "theirs": False}


async def sheet(
    office: Office, request: Request, visitor: Visitor, row: DraftRow, presence: Presence, *,
    wrong: Mapping[str, str] | None = None, done: str = "",
) -> Response:  # fmt: skip
    """The form with the draft in it. `done` is what was just done, a word of `DONE`: then the server has everything."""
    fields, staff, zone = row.fields, visitor.staff, office.context.settings.commune.zone
    async with office.context.database.read() as connection:
        tree = await areas.tree(connection)
        reached = await audience(connection, fields.areas)
        older = await announced.inside(connection, staff.path, CORRECTABLE)
    mine = [area for area in tree if staff.reaches(area.path)]
    codes = [one.announcement for one in older]
    return office.page(
        request,
        "compose.html",
        status=422 if wrong else 200,
        draft=row,
        fields=fields,
        due=local(fields.due_at, zone),
        until=local(fields.valid_until, zone),
        branches=branches(mine, fields.areas),
        elsewhere=[area.name for area in reached.areas if not staff.reaches(area.path)],
        reached=reached,
        older=older,
        other_code=fields.supersedes if fields.supersedes not in ("", *codes) else "",
        others=presence.others(row.id, staff, office.context.clock()),
        kinds=list(Kind),
        urgencies=list(Urgency),
        wrong=dict(wrong or {}),
        stored=done in DONE,
        said=say(f"compose.{done}") if DONE.get(done) else "",
    )
