"""`/lists/{name}.{ending}`: what the lists of staff's pages show, whole and as a file to keep or to work on."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import Response

from announcements.permissions import Permission, may
from announcements.phones import show_phone
from announcements.phrases import label, phrase
from announcements.roster import HEADINGS, roster_line
from bot.context import Context
from bot.office.channels import chats
from bot.office.homes import rosters
from bot.office.reach import notice_views
from bot.office.staff import staffing
from bot.office.staff.access import Visitor
from bot.paper.tables import TableEnding
from bot.sheets import Cell
from bot.web import downloads
from bot.web.office.parts import SignedIn, TheOffice
from bot.web.places.parts import full_names, reachable
from bot.web.problems import Problem, Refusal
from db.access.people import StaffRow

router = APIRouter(include_in_schema=False)

MOST = 10_000  # notices in one file

Rows = Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class List:
    """`stem` is the file's name; `columns` are headings, or the names of some in `[column]` of the wording."""

    stem: str
    columns: Sequence[str]
    rows: Callable[[Context, StaffRow], Awaitable[Rows]]
    permission: Permission = Permission.SEE

    @property
    def headings(self) -> list[str]:
        return [heading if heading in HEADINGS else phrase(f"column.{heading}") for heading in self.columns]


async def _areas(context: Context, staff: StaffRow) -> Rows:
    rows = await reachable(context, staff)
    names = full_names(rows)
    return [(row.code, names[row.id], label(row.kind), row.households) for row in rows]


async def _households(context: Context, staff: StaffRow) -> Rows:
    return [roster_line(row) for row in await rosters.listed(context, staff)]


async def _staff(context: Context, staff: StaffRow) -> Rows:
    lines = [line.staff for line in await staffing.listing(context, staff)]
    return [(one.name, label(one.role), one.area_name, show_phone(one.phone) if one.phone else "") for one in lines]


async def _chats(context: Context, staff: StaffRow) -> Rows:
    rows = await chats.listing(context, staff)
    return [(row.title, row.area_name, row.account, row.address, row.lost_reason) for row in rows]


async def _notices(context: Context, staff: StaffRow) -> Rows:
    found, _ = await notice_views.search(context, staff, "", None, skip=0, most=MOST)
    return [
        (one.row.announcement, one.row.title, context.local(one.row.due_at).replace(tzinfo=None), label(one.row.state),
         one.figures.audience, one.figures.acknowledged, one.figures.told_in_person, one.figures.not_reached,
         one.figures.open)
        for one in found
    ]  # fmt: skip


LISTS = {
    "areas": List("dia-ban", ("code", "area", "kind", "households"), _areas),
    "households": List("danh-sach-ho", HEADINGS, _households, Permission.KEEP),
    "staff": List("can-bo", ("name", "role", "area", "phone"), _staff, Permission.MANAGE),
    "chats": List("nhom-chat", ("chat", "area", "account", "chat_address", "problem"), _chats),
    "notices": List(
        "thong-bao",
        ("code", "title", "due_at", "state", "audience", "acknowledged", "told_in_person", "not_reached", "open"),
        _notices,
    ),
}


def may_take(visitor: Visitor, name: str) -> bool:
    """Is this list offered to them?"""
    return may(visitor.staff.role, LISTS[name].permission)


@router.get("/lists/{name}.{ending}")
async def file(name: str, ending: TableEnding, office: TheOffice, visitor: SignedIn) -> Response:
    """A list of what is within reach. Names and telephones by the hundred only for who keeps them."""
    wanted = LISTS.get(name)
    if wanted is None:
        raise Refusal(Problem.PAGE_UNKNOWN)
    if not may_take(visitor, name):
        raise Refusal(Problem.NOT_YOUR_ROLE, role=label(visitor.staff.role))
    rows = await wanted.rows(office.context, visitor.staff)
    return await downloads.table(wanted.stem, ending, wanted.headings, rows)
