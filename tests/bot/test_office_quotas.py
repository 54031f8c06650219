"""A plan's limit is said with the number before anything goes out, through every way of announcing."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from announcements.drafts import Draft
from announcements.mistakes import Mistake
from announcements.quotas import Level
from announcements.types import AnnouncementState, ChannelKind, Role, Urgency
from bot.config import Approval, Settings
from bot.config.accounts import TelegramAccount, ZaloBotAccount
from bot.context import Context
from bot.office.channels import account_list, chats, quotas
from bot.office.notices import announcing, approving
from db.access import people
from db.access.people import StaffRow
from db.announcing import drafts, notices
from db.engine import Database
from db.platforms import accounts, usage
from db.platforms.accounts import Health
from db.platforms.usage import Spent
from db.tables import t
from db.writer import Writer
from scheduler.broadcasts import TooFewLeft, publish_due
from tests.doubles import StepClock
from tests.makers import NOON, Commune, make_chats, settle, take

MONTH = "2026-11"
HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> StepClock:
    return StepClock()


@pytest.fixture
async def context(database: Database, writer: Writer, commune: Commune, clock: StepClock) -> Context:
    """Four groups on an account that may send ten messages a month."""
    async with database.write() as connection:
        await accounts.register(connection, "zalo", ChannelKind.TELEGRAM)
    await make_chats(database, list(commune.groups.values()), account="zalo")
    plan = TelegramAccount(name="zalo", channel="telegram", token="1:x", most_messages_per_month=10, most_groups=5,
                           most_users=2)  # fmt: skip
    return Context(Settings(accounts=[plan]), database, writer, b"secret", clock=clock)


def draft(urgency: Urgency = Urgency.NORMAL, due_at: datetime | None = None, body: str = "Mời dự.") -> Draft:
    return Draft("Họp thôn", body, urgency=urgency, due_at=due_at)


async def spend(context: Context, messages: int, period: str = MONTH) -> None:
    await context.writer.submit(usage.spend, Spent("zalo", period, messages=messages))


async def announcements(context: Context) -> int:
    async with context.database.read() as connection:
        return len(await notices.latest(connection))


async def test_what_fits_goes_out_and_what_does_not_is_refused_with_the_number(context: Context) -> None:
    await announcing.announce(context, draft(), to=["Xã Thử"])
    await announcing.announce(context, draft(), to=["Xã Thử"])  # eight of ten wait to be sent
    with pytest.raises(Mistake, match=r"cần 4 tin, tháng này còn 2"):
        await announcing.announce(context, draft(), to=["Xã Thử"])
    assert await announcements(context) == 2
    await announcing.announce(context, draft(), to=["Thu Quế"])


async def test_what_was_sent_this_month_counts_and_last_months_does_not(context: Context) -> None:
    await spend(context, 50, "2026-10")
    await spend(context, 7)
    with pytest.raises(Mistake, match=r"cần 4 tin, tháng này còn 3"):
        await announcing.announce(context, draft(), to=["Xã Thử"])


async def with_counts(context: Context) -> None:
    """The same account on a channel without a live count: each chat is told later how many have answered."""
    context.settings.accounts = [
        ZaloBotAccount(name="zalo", channel="zalo_bot", token="1:x", most_messages_per_month=10)
    ]
    async with context.database.write() as connection:
        await connection.execute(t.chat.update().values(channel=ChannelKind.ZALO_BOT))


async def test_the_counts_told_later_are_messages_of_the_plan_as_well(context: Context) -> None:
    await with_counts(context)
    await announcing.announce(context, draft(), to=["Xã Thử"])
    with pytest.raises(Mistake, match=r"cần 8 tin, kể cả tin báo số hộ ở mỗi nhóm, tháng này còn 2"):
        await announcing.announce(context, draft(), to=["Xã Thử"])
    await settle(context.database, await take(context.database, account="zalo"), summary_due=NOON + HOUR)
    await spend(context, 4)  # what those came to; four counts are ahead
    with pytest.raises(Mistake, match=r"cần 8 tin, .*, tháng này còn 2"):
        await announcing.announce(context, draft(), to=["Xã Thử"])
    context.settings.summary.after = timedelta()
    await announcing.announce(context, draft(), to=["thu-que-to-1"])


async def test_a_long_notice_needs_several_messages_in_each_chat(context: Context) -> None:
    long = "Mời bà con dự họp. " * 500  # more than two messages of 4,096
    with pytest.raises(Mistake, match=r"cần 12 tin, tháng này còn 10"):
        await announcing.announce(context, draft(body=long), to=["Xã Thử"])


async def test_an_emergency_goes_out_as_far_as_there_is_room(context: Context) -> None:
    await spend(context, 10)
    row = await announcing.announce(context, draft(Urgency.EMERGENCY), to=["Xã Thử"])
    assert row.state is AnnouncementState.PUBLISHED


async def test_without_a_known_limit_nothing_is_refused(context: Context) -> None:
    context.settings.accounts[0].most_messages_per_month = None
    await spend(context, 1_000_000)
    await announcing.announce(context, draft(), to=["Xã Thử"])


async def test_a_notice_for_areas_that_others_serve_is_not_the_accounts_business(
    context: Context, commune: Commune
) -> None:
    await spend(context, 10)
    async with context.database.write() as connection:
        chat = t.chat
        there = chat.c.area_id == commune.groups["Thống Nhất 1"].id
        await connection.execute(chat.update().where(there).values(account="other"))
    await announcing.announce(context, draft(), to=["thong-nhat-to-1"])


async def author(context: Context, commune: Commune) -> StaffRow:
    async with context.database.write() as connection:
        return await people.add(connection, name="Ông Trưởng", role=Role.VILLAGE_HEAD, area_id=commune.root.id)


async def test_one_for_later_is_counted_in_its_own_month(context: Context, clock: StepClock) -> None:
    await spend(context, 10)
    with pytest.raises(TooFewLeft):
        await announcing.announce(context, draft(due_at=NOON + HOUR), to=["Xã Thử"])
    await announcing.announce(context, draft(due_at=NOON + timedelta(days=30)), to=["Xã Thử"])


async def test_one_that_no_longer_fits_when_due_goes_back_to_its_author_who_is_told(
    context: Context, commune: Commune, clock: StepClock
) -> None:
    head = await author(context, commune)
    row = await announcing.announce(context, draft(due_at=NOON + HOUR), to=["Xã Thử"], staff=head)
    await spend(context, 7)
    clock.move(3601)

    async def check(*given: object) -> None:
        await quotas.check(context, *given)  # type: ignore[arg-type]

    assert await publish_due(context.database, clock(), check) == []
    async with context.database.read() as connection:
        after = await notices.by_id(connection, row.id)
        (kept,) = await drafts.listing(connection, commune.root.path)
        (told,) = (await connection.execute(t.tiding.select())).all()
    assert (after.state, after.published_at) == (AnnouncementState.RETURNED, None)
    assert "cần 4 tin, tháng này còn 3" in kept.returned_for
    assert (told.staff_id, told.texts[0].startswith("Thông báo “Họp thôn”")) == (head.id, True)
    assert await publish_due(context.database, clock(), check) == []


async def test_an_approver_is_told_the_number(context: Context, commune: Commune) -> None:
    context.settings.approval = Approval(needed_from=[Role.VILLAGE_HEAD])
    row = await announcing.announce(context, draft(), to=["Xã Thử"], staff=await author(context, commune))
    await spend(context, 9)
    with pytest.raises(Mistake, match=r"cần 4 tin, tháng này còn 1"):
        await approving.approve(context, row.code)
    async with context.database.read() as connection:
        assert (await notices.by_id(connection, row.id)).state is AnnouncementState.PROPOSED


async def test_a_group_beyond_the_plan_is_refused_with_the_number(context: Context) -> None:
    await chats.add(context, area="Thu Quế", account="zalo", address="-5")
    with pytest.raises(Mistake, match=r"chỉ được 5 nhóm, đang dùng 5"):
        await chats.add(context, area="Thu Quế", account="zalo", address="-6")
    known = await chats.add(context, area="Thống Nhất", account="zalo", address="-5")  # the same group, elsewhere
    await chats.change(context, known.id, active=False)
    await chats.add(context, area="Thu Quế", account="zalo", address="-6")
    with pytest.raises(Mistake, match="chỉ được 5 nhóm"):
        await chats.change(context, known.id, active=True)


async def test_of_two_groups_added_at_once_the_plan_takes_one(context: Context) -> None:
    added = await asyncio.gather(
        *(chats.add(context, area="Thu Quế", account="zalo", address=f"-{number}") for number in range(5, 9)),
        return_exceptions=True,
    )
    assert sum(isinstance(one, Mistake) for one in added) == 3
    async with context.database.read() as connection:
        assert (await usage.groups(connection))["zalo"].groups == 5


async def test_the_list_of_accounts_tells_what_is_left_and_warns(
    context: Context, database: Database, clock: StepClock
) -> None:
    await spend(context, 9)
    async with database.write() as connection:
        await accounts.note_health(connection, [Health("zalo", clock(), "no connection")])
    (line,) = await account_list.listing(context)
    assert line.quotas.level is Level.HIGH
    told = line.as_dict(context.local)
    assert told == {
        "account": "zalo", "channel": "telegram", "public_name": "", "works": False,
        "down_since": "2026-11-23T12:00:00+07:00", "down_reason": "no connection", "messages": 9, "most_messages": 10,
        "messages_left": 1, "uploads": 0, "most_uploads": None, "groups": 4, "most_groups": 5, "users": 0,
        "most_users": 2, "chats": 4, "reserve_chats": 0, "waiting": 0, "fallback_to": None,
        "warnings": ["đã gửi 9 / 10 tin của tháng, còn 1", "đang dùng 4 / 5 nhóm, còn 1"],
    }  # fmt: skip


async def test_files_that_are_nearly_used_up_are_warned_of(context: Context) -> None:
    context.settings.accounts[0].most_uploads_per_month = 100
    await context.writer.submit(usage.spend, Spent("zalo", MONTH, uploads=95))
    (line,) = await account_list.listing(context)
    assert line.quotas.level is Level.LOW_ON
    assert line.quotas.warnings()[0].startswith("đã tải lên 95 / 100 tệp của tháng, còn 5")


async def test_an_answer_of_ours_counts_and_never_fails(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    await quotas.spent(context, "zalo", messages=2)

    def away(*_: object) -> Callable[[], None]:
        raise OSError("away")

    monkeypatch.setattr(context.writer, "submit", away)
    await quotas.spent(context, "zalo")
    async with context.database.read() as connection:
        assert (await usage.of(connection, MONTH))["zalo"].messages == 2
