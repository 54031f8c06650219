"""The dashboard of one's area: what goes out, what is stuck, how far the latest notices got, which groups are quiet."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements import quiet_groups
from announcements.quiet_groups import Quiet
from announcements.reach import Figures
from announcements.types import AnnouncementState
from bot.context import Context
from bot.office.channels import account_tokens, quotas
from bot.office.channels.account_tokens import Trouble
from bot.office.channels.quotas import NearLimit
from bot.office.notices import approving
from db.access import people
from db.access.people import StaffRow
from db.announcing import notice_lists, notices
from db.announcing.lifecycle import Proposal
from db.announcing.notices import BroadcastRow
from db.counting import reach
from db.dispatch import postings, stuck
from db.dispatch.postings import Behind
from db.dispatch.stuck import DownAccount, Going, LostChat, StuckDeliveries
from db.places import areas

SHOWN = 6  # latest notices, and notices to come
LOOKED_AT = 40  # broadcasts whose deliveries may be stuck
SLOW = timedelta(minutes=10)  # what has waited longer is stuck
MISSED_FOR = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Latest:
    """A notice with the figures of somebody's part of it."""

    row: BroadcastRow
    figures: Figures


@dataclass(frozen=True, slots=True)
class Stuck:
    """What a person should look at. `waiting` are broadcasts that have waited for longer than `SLOW`,
    `by_hand` those that people have yet to post."""

    deliveries: Sequence[StuckDeliveries] = ()
    waiting: Sequence[Going] = ()
    chats: Sequence[LostChat] = ()
    accounts: Sequence[DownAccount] = ()
    missed: Sequence[BroadcastRow] = ()
    by_hand: Sequence[Behind] = ()
    tokens: Sequence[Trouble] = ()
    plans: Sequence[NearLimit] = ()

    def __bool__(self) -> bool:
        return any(getattr(self, one.name) for one in fields(self))


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a new installation has already."""

    households: int
    staff: int
    chats: int
    notices: int


@dataclass(frozen=True, slots=True)
class Overview:
    """`beginning` is set as long as nothing was ever announced in the area. `names` are of quiet groups."""

    going: Sequence[Going]
    upcoming: Sequence[BroadcastRow]
    stuck: Stuck
    waiting: Sequence[Proposal]  # for the word of whoever looks
    latest: Sequence[Latest]
    quiet: Sequence[Quiet]
    names: dict[int, str]
    beginning: Beginning | None


async def overview(context: Context, staff: StaffRow) -> Overview:
    """Everything the dashboard of `staff` shows."""
    now, path = context.clock(), staff.path
    waiting = await approving.waiting_for(context, staff)
    troubles = await account_tokens.troubles_below(context, path)
    async with context.database.read() as connection:
        rows = await notices.latest_under(connection, path, LOOKED_AT)
        upcoming = await notice_lists.upcoming(connection, path, SHOWN)
        going = await stuck.going_out(connection, [row.id for row in rows], path)
        quiet = await _quiet(connection, rows, path, now)
        return Overview(
            going=[one for one in going if now - one.since <= SLOW],
            upcoming=upcoming,
            stuck=replace(
                await _stuck(connection, rows, going, path, now),
                tokens=troubles,
                plans=await quotas.near(context, connection, staff),
            ),
            waiting=waiting,
            latest=await with_figures(connection, rows[:SHOWN], path),
            quiet=quiet,
            names=await areas.names(connection) if quiet else {},
            beginning=None if rows else await _beginning(connection, staff, len(upcoming), now),
        )


async def _stuck(
    connection: AsyncConnection, rows: Sequence[BroadcastRow], going: Sequence[Going], path: str, now: datetime
) -> Stuck:
    return Stuck(
        deliveries=await stuck.deliveries(connection, [row.id for row in rows], path, now),
        waiting=[one for one in going if now - one.since > SLOW],
        chats=await stuck.lost_chats(connection, path),
        accounts=await stuck.down_accounts(connection, path, now),
        missed=await stuck.missed(connection, path, now - MISSED_FOR),
        by_hand=await postings.behind(connection, path, now),
    )


async def with_figures(connection: AsyncConnection, rows: Sequence[BroadcastRow], path: str) -> list[Latest]:
    """Each with what it comes to below `path`."""
    figures = await reach.totals_under(connection, [row.id for row in rows], path)
    return [Latest(row, figures.get(row.id, Figures())) for row in rows]


async def _quiet(connection: AsyncConnection, rows: Sequence[BroadcastRow], path: str, now: datetime) -> list[Quiet]:
    ripe = [
        row.id for row in rows if row.state is AnnouncementState.PUBLISHED and now - row.due_at >= quiet_groups.RIPE
    ]
    latest = ripe[: quiet_groups.LATEST]
    by_notice: dict[int, dict[int, Figures]] = {broadcast: {} for broadcast in latest}
    for broadcast, area, figures in await reach.groups_of(connection, latest, path):
        by_notice[broadcast][area] = figures
    return quiet_groups.quiet(list(by_notice.values()))


async def _beginning(connection: AsyncConnection, staff: StaffRow, waiting: int, now: datetime) -> Beginning:
    tree = await areas.tree(connection)
    return Beginning(
        households=next((area.households for area in tree if area.id == staff.area_id), 0),
        staff=sum(one.active(now) and staff.reaches(one.path) for one in await people.everybody(connection, now)),
        chats=await stuck.people_chats(connection, staff.path),
        notices=waiting,
    )
