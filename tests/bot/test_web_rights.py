"""Who may open what: every route of staff's pages × every role × their own area and a foreign one.

A route that is in none of the tables below fails the first test: nobody adds a page without saying whose it is.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import select, update

from announcements.permissions import Permission, may
from announcements.types import AnnouncementState, ChannelKind, DeliveryState, Kind, Role, Urgency
from bot.office.notices import attachments
from db.access import people
from db.announcing import drafts, notices
from db.announcing.board import Notice
from db.announcing.drafts import DraftRow, Fields
from db.announcing.notices import BroadcastRow, NewAnnouncement, NewFile
from db.engine import Database
from db.links import wishes as links
from db.links.identities import Link
from db.places import chats
from db.platforms import accounts
from db.tables import Via, t
from tests.bot.conftest_board import Village, open_board
from tests.makers import make_chats, make_question

# For everybody who has the address: the board, the ways in, and what supervisors ask.
PUBLIC = {
    "GET /", "GET /n/{code}", "POST /n/{code}/ack", "GET /n/{code}/files/{file_id}", "POST /h", "GET /h/{card}",
    "POST /h/{card}/remember", "POST /h/{card}/forget", "POST /forget", "GET /login/{token}", "POST /login/{token}",
    "GET /posting/worker.js", "GET /healthz", "GET /readyz", "GET /metrics", "GET /robots.txt",
    "POST /webhooks/{channel}/{account}",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Page:
    """`permission` it needs. `own` and `foreign` fill the route's places from the stage, by name, and where it has no
    such place its query or form; without `foreign` the page is the same for every area. `form` is posted."""

    permission: Permission = Permission.SEE
    own: Mapping[str, str] = field(default_factory=dict)
    foreign: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)


DRAFT = {"draft:int": "draft"}, {"draft:int": "foreign draft"}
QUESTION = {"number:int": "question"}, {"number:int": "foreign question"}
PROPOSAL = {"code": "proposal"}, {"code": "foreign proposal"}


OFFICE: dict[str, Page] = {
    "GET /compose": Page(Permission.ANNOUNCE),
    "POST /compose": Page(Permission.ANNOUNCE),
    "GET /compose/reach": Page(Permission.ANNOUNCE),
    "GET /compose/{draft:int}": Page(Permission.ANNOUNCE, *DRAFT),
    "POST /compose/{draft:int}": Page(Permission.ANNOUNCE, *DRAFT),
    "POST /compose/{draft:int}/words": Page(Permission.ANNOUNCE, *DRAFT, {"title": "Họp", "version": "1"}),
    "POST /compose/{draft:int}/here": Page(Permission.ANNOUNCE, *DRAFT),
    "GET /compose/{draft:int}/files/{path}": Page(
        Permission.ANNOUNCE, {**DRAFT[0], "path": "file"}, {**DRAFT[1], "path": "file"}
    ),
    "GET /compose/{draft:int}/preview": Page(Permission.ANNOUNCE, *DRAFT),
    "POST /compose/{draft:int}/send": Page(Permission.ANNOUNCE, *DRAFT, {"mark": "draft mark"}),
    "GET /compose/{draft:int}/sent": Page(Permission.ANNOUNCE, *DRAFT),
    "POST /compose/{draft:int}/undo": Page(Permission.ANNOUNCE, *DRAFT),
    "POST /compose/{draft:int}/withdraw": Page(Permission.ANNOUNCE, *DRAFT),
    "POST /compose/{draft:int}/delete": Page(Permission.ANNOUNCE, *DRAFT),
    "POST /compose/{draft:int}/restore": Page(Permission.ANNOUNCE, *DRAFT),
    "GET /approvals": Page(Permission.APPROVE),
    "GET /approvals/{code}": Page(Permission.APPROVE, *PROPOSAL),
    "GET /approvals/{code}/files/{path}": Page(
        Permission.APPROVE, {**PROPOSAL[0], "path": "file"}, {**PROPOSAL[1], "path": "file"}
    ),
    "POST /approvals/{code}/approve": Page(Permission.APPROVE, *PROPOSAL),
    "POST /approvals/{code}/return": Page(Permission.APPROVE, *PROPOSAL, {"reason": "Thiếu giờ"}),
    "GET /notices": Page(),
    "GET /notices/{code}": Page(own={"code": "notice"}, foreign={"code": "foreign notice"}),
    "GET /notices/{code}/areas/{area}": Page(
        own={"code": "notice", "area": "area"}, foreign={"code": "foreign notice", "area": "foreign area"}
    ),
    "GET /notices/{code}/curve.svg": Page(own={"code": "notice"}, foreign={"code": "foreign notice"}),
    "GET /notices/{code}/events": Page(own={"code": "notice"}, foreign={"code": "foreign notice"}),
    "GET /notices/{code}/resend": Page(Permission.ANNOUNCE, {"code": "notice"}, {"code": "foreign notice"}),
    "POST /notices/{code}/resend": Page(Permission.ANNOUNCE, {"code": "notice"}, {"code": "foreign notice"}),
    "GET /notices/{code}/withdraw": Page(Permission.ANNOUNCE, {"code": "notice"}, {"code": "foreign notice"}),
    "POST /notices/{code}/withdraw": Page(Permission.ANNOUNCE, {"code": "notice"}, {"code": "foreign notice"}),
    "GET /accounts/{name}/failover": Page(Permission.ANNOUNCE, {"name": "telegram"}),
    "POST /accounts/{name}/failover": Page(Permission.ANNOUNCE, {"name": "telegram"}),
    "POST /logout": Page(),
    "GET /doors": Page(Permission.RECORD),
    "GET /doors/{code}": Page(Permission.RECORD, {"code": "notice"}, {"code": "foreign notice"}),
    "GET /doors/{code}/{household:path}": Page(
        Permission.RECORD,
        {"code": "notice", "household:path": "household"},
        {"code": "foreign notice", "household:path": "foreign household"},
    ),
    "POST /doors/{code}/{household:path}": Page(
        Permission.RECORD,
        {"code": "notice", "household:path": "household"},
        {"code": "foreign notice", "household:path": "foreign household"},
        {"done": "met", "key": "0123456789"},
    ),
    "GET /posting": Page(Permission.RECORD),
    "POST /posting/{code}/{chat}": Page(
        Permission.RECORD,
        {"code": "notice", "chat": "by hand"},
        {"code": "foreign notice", "chat": "foreign by hand"},
        {"done": "posted", "key": "0123456789"},
    ),
    "GET /inbox": Page(Permission.RECORD),
    "GET /inbox/{number:int}": Page(Permission.RECORD, *QUESTION),
    "POST /inbox/{number:int}/credit": Page(Permission.RECORD, *QUESTION),
    "POST /inbox/{number:int}/answer": Page(Permission.RECORD, *QUESTION, {"text": "Ở nhà văn hóa"}),
    "POST /inbox/{number:int}/close": Page(Permission.RECORD, *QUESTION),
    "POST /inbox/{number:int}/reopen": Page(Permission.RECORD, *QUESTION),
    "GET /lists/{name}.{ending}": Page(own={"name": "areas", "ending": "csv"}),
    "GET /menu": Page(),
    "GET /sessions": Page(),
    "POST /sessions/end": Page(form={"session": "others"}),
    "GET /notices/{code}/report.{ending}": Page(
        own={"code": "notice", "ending": "csv"}, foreign={"code": "foreign notice", "ending": "csv"}
    ),
    "GET /doors/{code}/sheet.pdf": Page(Permission.RECORD, own={"code": "notice"}, foreign={"code": "foreign notice"}),
    "GET /months": Page(),
    "GET /months/{month}": Page(own={"month": "2026-11"}),
    "GET /months/{month}.{ending}": Page(own={"month": "2026-11", "ending": "xlsx"}),
    "GET /cards": Page(Permission.KEEP, own={"area": "area"}, foreign={"area": "foreign area"}),
    "GET /cards.pdf": Page(Permission.KEEP, own={"area": "area"}, foreign={"area": "foreign area"}),
    "GET /areas": Page(),
    "POST /areas": Page(Permission.MANAGE, form={"name": "9", "under": "thu-que"}),
    "POST /areas/undo": Page(Permission.MANAGE, form={"change": "1"}),
    "GET /areas/{code}": Page(own={"code": "area"}, foreign={"code": "foreign area"}),
    "POST /areas/{code}/rename": Page(Permission.MANAGE, {"code": "area"}, {"code": "foreign area"}, {"name": "Tổ 9"}),
    "POST /areas/{code}/move": Page(
        Permission.MANAGE, {"code": "area"}, {"code": "foreign area"}, {"under": "thu-que"}
    ),
    "POST /areas/{code}/merge": Page(
        Permission.MANAGE, {"code": "area"}, {"code": "foreign area"}, {"into": "thu-que-to-2"}
    ),
    "POST /areas/{code}/split": Page(
        Permission.MANAGE, {"code": "area"}, {"code": "foreign area"}, {"household": "household", "name": "9"}
    ),
    "GET /households": Page(),
    "POST /households": Page(
        Permission.KEEP, {"home": "area"}, {"home": "foreign area"}, {"home": "area", "head_name": "Bà Tám"}
    ),
    "GET /households/{code:path}": Page(own={"code:path": "household"}, foreign={"code:path": "foreign household"}),
    "POST /households/{code:path}": Page(
        Permission.KEEP,
        {"code:path": "household"},
        {"code:path": "foreign household"},
        {"head_name": "Bà Lan", "address": "Ngõ 3"},
    ),
    "GET /import": Page(Permission.MANAGE),
    "POST /import": Page(Permission.MANAGE),
    "POST /import/apply": Page(Permission.MANAGE),
    "GET /wishes": Page(Permission.RECORD),
    "POST /wishes/{wish:int}": Page(Permission.RECORD, {"wish:int": "wish"}, {"wish:int": "foreign wish"}),
    "GET /staff": Page(),
    "POST /staff": Page(Permission.MANAGE, form={"name": "Ông Tư", "area": "area"}),
    "GET /staff/{code}": Page(Permission.MANAGE, {"code": "staff"}, {"code": "foreign staff"}),
    "POST /staff/{code}": Page(Permission.MANAGE, {"code": "staff"}, {"code": "foreign staff"}, {"name": "Ông Tư"}),
    "GET /chats": Page(),
    "POST /chats": Page(Permission.MANAGE, form={"area": "area"}),
    "POST /chats/check": Page(Permission.MANAGE),
    "GET /chats/{number}": Page(Permission.MANAGE, {"number": "chat"}, {"number": "foreign chat"}),
    "POST /chats/{number}": Page(Permission.MANAGE, {"number": "chat"}, {"number": "foreign chat"}),
    "POST /cards": Page(Permission.KEEP, own={"area": "area"}, foreign={"area": "foreign area"}),
}


@dataclass(frozen=True, slots=True)
class Stage:
    """`names` are what a `Page`'s places may be filled with: `notice` is Thu Quế's, `foreign notice` Thống Nhất's."""

    village: Village
    names: dict[str, str]


async def written(village: Village, area: str) -> tuple[DraftRow, BroadcastRow]:
    """A draft, and an announcement that waits for approval, of somebody over `area`; each with a file."""
    file, place = a_file(village), village.area(area)
    author_id = await village.staff(Role.VILLAGE_HEAD, area)
    new = NewAnnouncement(Kind.NOTICE, Urgency.NORMAL, "Họp", "Mời dự.", [place.id], village.now, created_by=author_id,
                          files=[file], state=AnnouncementState.PROPOSED)  # fmt: skip
    async with village.context.database.write() as connection:
        fields = Fields("Họp", "Mời dự.", areas=(place.id,))
        draft_id = await drafts.create(connection, author_id, place.id, fields, village.now, files=[file])
        draft = await drafts.load(connection, draft_id)
        proposal = await notices.by_id(connection, await notices.create(connection, new, village.now))
    assert draft is not None
    return draft, proposal


async def asked(village: Village, area: str, head: str, notice: Notice) -> int:
    """Something a household wrote about a notice."""
    household_id = village.commune.households[head]
    return await make_question(
        village.context.database, village.area(area), household_id=household_id, broadcast_id=notice.broadcast_id
    )


def a_file(village: Village) -> NewFile:
    return attachments.keep("loa.pdf", b"%PDF-1.7 synthetic", village.context.settings.uploads)


@pytest.fixture
async def stage(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(sqlite_database, tmp_path) as stage:
        yield stage


@asynccontextmanager
async def open_stage(database: Database, folder: Path) -> AsyncIterator[Stage]:
    """Two villages with one of everything that a route can name."""
    async with open_board(database, folder) as village:
        await village.app.state.watching.close()  # streams end at once
        own = await village.announce(to=("Thu Quế",))
        foreign = await village.announce(to=("Thống Nhất",))
        draft, proposal = await written(village, "Thu Quế")
        foreign_draft, foreign_proposal = await written(village, "Thống Nhất")
        names = {
            "draft": str(draft.id),
            "foreign draft": str(foreign_draft.id),
            "draft mark": draft.mark,
            "file": draft.files[0].path,
            "proposal": proposal.announcement,
            "foreign proposal": foreign_proposal.announcement,
            "question": str(await asked(village, "Thu Quế 1", "Bà Lan", own)),
            "foreign question": str(await asked(village, "Thống Nhất 1", "Chị Mai", foreign)),
            "notice": own.announcement,
            "foreign notice": foreign.announcement,
            "area": village.area("Thu Quế 1").code,
            "foreign area": village.area("Thống Nhất 1").code,
            "household": "H-001",
            "foreign household": "H-004",
            **await staff_and_chats(village),
            **await wishes(village),
        }
        names |= await by_hand(village, own, "by hand") | await by_hand(village, foreign, "foreign by hand")
        yield Stage(village, names)


async def by_hand(village: Village, notice: Notice, name: str) -> dict[str, str]:
    """A chat of the notice that waits for somebody to post it."""
    d = t.delivery
    async with village.context.database.write() as connection:
        some = select(d.c.id).where(d.c.broadcast_id == notice.broadcast_id).limit(1).scalar_subquery()
        handed = {"state": DeliveryState.HANDED, "handed_at": village.now}
        chat = await connection.execute(update(d).where(d.c.id == some).values(handed).returning(d.c.chat_id))
        return {name: str(chat.scalar_one())}


async def staff_and_chats(village: Village) -> dict[str, str]:
    """A leader and a chat of each village, by the names of the stage."""
    await make_chats(village.context.database, [village.area("Thu Quế 1"), village.area("Thống Nhất 1")])
    async with village.context.database.write() as connection:
        await accounts.register(connection, "telegram", ChannelKind.TELEGRAM)
    async with village.context.database.read() as connection:
        numbers = [str(chat.id) for chat in await chats.everything(connection)]
    codes = []
    for area in ("Thu Quế 1", "Thống Nhất 1"):
        staff_id = await village.staff(Role.GROUP_LEADER, area)
        async with village.context.database.read() as connection:
            codes.append((await people.by_id(connection, staff_id)).code)
    return {"staff": codes[0], "foreign staff": codes[1], "chat": numbers[0], "foreign chat": numbers[1]}


async def wishes(village: Village) -> dict[str, str]:
    """Somebody without a card asks for a household of each village."""
    numbers = []
    async with village.context.database.write() as connection:
        for head in ("Bà Lan", "Chị Mai"):
            household = village.commune.households[head]
            wish = Link(ChannelKind.ZALO_BOT, "nguoi-la", household, Via.LEADER, village.now, "Người Lạ")
            numbers.append(str(await links.ask(connection, wish)))
    return {"wish": numbers[0], "foreign wish": numbers[1]}


def routes(router: Any) -> set[str]:
    """`GET /path` of everything `router` answers, those of routers within it included, the API apart: keys open it."""
    found: set[str] = set()
    for route in router.routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            found |= routes(inner)
        elif isinstance(route, APIRoute) and not route.path.startswith("/api"):
            found |= {f"{method} {route.path}" for method in route.methods - {"HEAD"}}
    return found


async def test_every_route_says_whose_it_is(stage: Stage) -> None:
    assert routes(stage.village.app) == PUBLIC | set(OFFICE)


async def ask(stage: Stage, role: Role | None, route: str, places: Mapping[str, str], page: Page) -> int:
    """The status that a village head, secretary … of Thu Quế, or with None a passer-by, is answered with."""
    method, _, path = route.partition(" ")
    asked: dict[str, str] = {}
    for place, name in places.items():
        value = stage.names.get(name, name)
        if f"{{{place}}}" in path:
            path = path.replace(f"{{{place}}}", value)
        else:
            asked[place] = value
    browser = stage.village.device() if role is None else await stage.village.sign_in(role, "Thu Quế")
    async with browser:
        form = {key: stage.names.get(value, value) for key, value in page.form.items()}
        if method == "POST":
            return (await browser.post(path, data={**form, **asked})).status_code
        return (await browser.request(method, path, params=asked)).status_code


@pytest.mark.parametrize("route", sorted(OFFICE))
async def test_whoever_is_not_signed_in_sees_nothing(stage: Stage, route: str) -> None:
    before = await stage.village.rows()
    assert await ask(stage, None, route, OFFICE[route].own, OFFICE[route]) == 401
    assert await stage.village.rows() == before


@pytest.mark.parametrize("route", sorted(OFFICE))
async def test_roles_may_what_their_permissions_say(stage: Stage, route: str) -> None:
    page = OFFICE[route]
    allowed = {role: may(role, page.permission) for role in Role}
    got = {role: await ask(stage, role, route, page.own, page) not in (401, 403, 404) for role in Role}
    assert got == allowed


@pytest.mark.parametrize("route", sorted(route for route, page in OFFICE.items() if page.foreign))
async def test_a_foreign_area_is_out_of_reach_for_every_role(stage: Stage, route: str) -> None:
    page = OFFICE[route]
    for role in Role:
        assert await ask(stage, role, route, page.foreign, page) in (403, 404)
