"""Answers in words: which notice, which household, what is kept; and what is left to a person."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import func, select, update

from announcements.answers import read_answer
from announcements.hearing import Heard
from announcements.reach import Answer
from announcements.types import ChannelKind, DeliveryState, Grade, How
from db.announcing import notices
from db.announcing.notices import BroadcastRow, NewAnnouncement
from db.answering import answers, replies
from db.answering.answers import Record
from db.answering.replied_about import FRESH, OPEN_FOR
from db.answering.replies import Replied, Reply, ReplyVerdict
from db.counting import reach, recount
from db.engine import Database
from db.links import identities
from db.links.identities import Link
from db.platforms import inbox
from db.platforms.inbox import RawUpdate
from db.tables import Via, t
from db.writer import Writer
from scheduler import broadcasts
from tests.makers import NOON, Commune, make_broadcast, make_chats, make_identity, settle, take

V = ReplyVerdict
LAN, HAI, MAI, STRANGER = "u-lan", "u-hai", "u-mai", "u-khach"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(slots=True)
class Groups:
    """A commune whose chats are groups of plain text; Bà Lan, Ông Hải and Chị Mai are linked."""

    database: Database
    writer: Writer
    commune: Commune
    now: datetime = NOON
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    async def announce(self, *places: str, title: str = "Họp thôn", messages: str = "", at: datetime = NOON,
                       valid_until: datetime | None = None) -> BroadcastRow:  # fmt: skip
        """A notice that has gone out to the chats of these villages, as the message `messages` in each."""
        areas = [self.commune.villages[place] for place in places or ("Thu Quế",)]
        row = await make_broadcast(self.database, areas, title=title, due_at=at, now=at, valid_until=valid_until)
        await settle(self.database, await take(self.database, account="zalo", now=at), now=at)
        if messages:
            async with self.database.write() as connection:
                d = t.delivery
                await connection.execute(update(d).where(d.c.broadcast_id == row.id).values(posted=messages))
        return row

    def address(self, group: str = "Thu Quế 1") -> str:
        return f"-100{self.commune.groups[group].id:05}"

    def say(self, person: str, text: str, *, group: str = "Thu Quế 1", private: bool = False,
            at: datetime | None = None, quoted: str | None = None, addressed: bool = True,
            readable: bool = True) -> Reply:  # fmt: skip
        address = person if private else self.address(group)
        heard = Heard(f"m{next(self._numbers)}", address, person, private, text, "Tên", quoted, readable)
        moment = at or self.now + MINUTE
        return Reply("zalo", ChannelKind.TELEGRAM, heard, read_answer(text), moment, addressed or private)

    async def hear(self, *said: Reply) -> list[Replied]:
        return await self.writer.submit_all(replies.reply, said)

    async def one(self, person: str, text: str, **more: object) -> Replied:
        return (await self.hear(self.say(person, text, **more)))[0]  # type: ignore[arg-type]

    async def acknowledged(self, row: BroadcastRow) -> int:
        async with self.database.read() as connection:
            return (await reach.report(connection, row.id, NOON)).total.acknowledged

    async def standing(self, row: BroadcastRow, head: str) -> tuple[str, str | None]:
        async with self.database.read() as connection:
            r = t.recipient
            found = await connection.execute(
                select(r.c.outcome, r.c.grade).where(
                    r.c.broadcast_id == row.id, r.c.household_id == self.commune.households[head]
                )
            )
            outcome, grade = found.one()
            return outcome, grade

    async def asked(self) -> list[tuple[str, str]]:
        """What waits in the leader's inbox: why, and the text."""
        async with self.database.read() as connection:
            q = t.question
            return [(why, text) for why, text in await connection.execute(select(q.c.why, q.c.text).order_by(q.c.id))]


@pytest.fixture
async def groups(database: Database, writer: Writer, commune: Commune) -> Groups:
    await make_chats(database, [*commune.villages.values(), *commune.groups.values()], account="zalo")
    for head, user in (("Bà Lan", LAN), ("Ông Hải", HAI), ("Chị Mai", MAI)):
        await make_identity(database, commune.households[head], user)
    return Groups(database, writer, commune)


async def test_words_count_for_the_household_and_name_it(groups: Groups) -> None:
    row = await groups.announce()
    results = await groups.hear(groups.say(LAN, "đã nhận"), groups.say(HAI, "Da nhan a"), groups.say(LAN, "ok đã rõ"))
    assert [one.verdict for one in results] == [V.RECORDED, V.RECORDED, V.AGAIN]
    assert [one.head_name for one in results] == ["Bà Lan", "Ông Hải", "Bà Lan"]
    assert await groups.acknowledged(row) == 2
    assert await groups.standing(row, "Bà Lan") == ("acknowledged", Grade.UNDERSTOOD)  # grades go up
    assert (await groups.one(LAN, "đã nhận")).verdict is V.AGAIN
    assert await groups.standing(row, "Bà Lan") == ("acknowledged", Grade.UNDERSTOOD)  # and only up


async def test_the_way_it_came_is_kept(groups: Groups) -> None:
    row = await groups.announce()
    await groups.one(LAN, "đã nhận")
    async with groups.database.read() as connection:
        a = t.acknowledgement
        found = (await connection.execute(select(a.c.how, a.c.channel).where(a.c.broadcast_id == row.id))).one()
    assert tuple(found) == (How.REPLY, ChannelKind.TELEGRAM.value)


async def test_the_code_in_the_text_decides(groups: Groups) -> None:
    older, newer = await groups.announce(title="Họp"), await groups.announce(title="Tiêm chủng")
    result = await groups.one(LAN, f"đã nhận {older.announcement}")
    assert (result.verdict, result.notice) == (V.RECORDED, older.announcement)
    assert (await groups.acknowledged(older), await groups.acknowledged(newer)) == (1, 0)


async def test_the_quoted_message_decides_however_old(groups: Groups) -> None:
    older = await groups.announce(title="Họp", messages="71 72", at=NOON - 30 * DAY)
    await groups.announce(title="Tiêm chủng", messages="73")
    assert (await groups.one(LAN, "đã nhận", quoted="71")).notice == older.announcement
    assert await groups.acknowledged(older) == 1


async def test_an_answer_to_another_message_is_no_answer_to_the_notice(groups: Groups) -> None:
    row = await groups.announce(messages="71")
    result = await groups.one(LAN, "ok đã nhận nhé", quoted="555", addressed=False)
    assert (result.verdict, await groups.acknowledged(row), await groups.asked()) == (V.CHATTER, 0, [])
    wondering = await groups.one(LAN, "thế mấy giờ họp?", quoted="555", addressed=False)
    assert wondering.verdict is V.ASKED  # a question, just after a notice: better asked in vain


async def test_an_answer_to_the_summary_is_one_to_its_notice(groups: Groups) -> None:
    row = await groups.announce(title="Họp", messages="71")
    await groups.announce(title="Tiêm chủng", messages="72")
    async with groups.database.write() as connection:
        d = t.delivery
        await connection.execute(update(d).where(d.c.broadcast_id == row.id).values(summary_id="80"))
    assert (await groups.one(LAN, "đã nhận", quoted="80")).notice == row.announcement


async def test_of_two_open_notices_none_is_guessed(groups: Groups) -> None:
    rows = [await groups.announce(title="Họp"), await groups.announce(title="Tiêm chủng")]
    result = await groups.one(LAN, "đã nhận")
    assert result.verdict is V.SEVERAL
    assert [await groups.acknowledged(row) for row in rows] == [0, 0]
    assert await groups.asked() == [("unclear", "đã nhận")]


async def test_whoever_had_answered_before_the_newest_came_means_the_newest(groups: Groups) -> None:
    older = await groups.announce(title="Họp")
    await groups.one(LAN, "đã nhận", at=NOON + MINUTE)
    newer = await groups.announce(title="Tiêm chủng", at=NOON + HOUR)
    late = NOON + HOUR + MINUTE
    assert (await groups.one(LAN, "đã nhận", at=late)).notice == newer.announcement
    assert (await groups.one(LAN, "đã nhận", at=late + MINUTE)).verdict is V.AGAIN  # both: nothing to tell apart
    assert (await groups.one(HAI, "đã nhận", at=late)).verdict is V.SEVERAL
    assert [await groups.acknowledged(row) for row in (older, newer)] == [1, 1]


async def test_words_said_before_a_notice_went_out_are_about_the_earlier_one(groups: Groups) -> None:
    """Heard, stored, and handled only after a crash and a second notice."""
    older = await groups.announce(title="Họp")
    said = groups.say(LAN, "đã nhận", at=NOON + MINUTE)
    await groups.announce(title="Tiêm chủng", at=NOON + HOUR)
    assert (await groups.hear(said))[0].notice == older.announcement


@pytest.mark.parametrize("later", [OPEN_FOR + MINUTE, timedelta(hours=3)], ids=["long ago", "expired"])
async def test_no_code_says_nothing_once_no_notice_is_open(groups: Groups, later: timedelta) -> None:
    row = await groups.announce(valid_until=NOON + 2 * HOUR if later < DAY else None)
    assert (await groups.one(LAN, "đã nhận", at=NOON + later)).verdict is V.NONE_OPEN
    assert await groups.acknowledged(row) == 0
    named = await groups.one(LAN, f"đã nhận {row.announcement}", at=NOON + later)
    assert named.verdict is V.RECORDED  # reading late is reading


async def test_a_corrected_notice_is_open_no_more_and_still_has_its_own_count(groups: Groups) -> None:
    wrong = await groups.announce(title="Họp 19 giờ")
    right = await _correct(groups, wrong)
    assert (await groups.one(LAN, "đã nhận")).notice == right.announcement
    assert (await groups.one(LAN, f"đã nhận {wrong.announcement}")).notice == wrong.announcement
    assert [await groups.acknowledged(row) for row in (wrong, right)] == [1, 1]


async def _correct(groups: Groups, wrong: BroadcastRow) -> BroadcastRow:
    village = groups.commune.villages["Thu Quế"]
    new = NewAnnouncement(kind=wrong.kind, urgency=wrong.urgency, title="Họp 20 giờ", body="", due_at=NOON,
                          areas=[village.id], supersedes_id=wrong.announcement_id)  # fmt: skip
    async with groups.database.write() as connection:
        broadcast_id = await notices.create(connection, new, NOON)
        await broadcasts.publish(connection, broadcast_id, NOON)
    await settle(groups.database, await take(groups.database, account="zalo"))
    async with groups.database.read() as connection:
        return await notices.by_id(connection, broadcast_id)


async def test_a_withdrawn_notice_takes_no_answer(groups: Groups) -> None:
    row = await groups.announce()
    async with groups.database.write() as connection:
        await notices.withdraw(connection, row.announcement_id, None, NOON)
    assert (await groups.one(LAN, f"đã nhận {row.announcement}")).verdict is V.WITHDRAWN
    assert (await groups.one(LAN, "đã nhận", addressed=False)).verdict is V.CHATTER
    assert await groups.acknowledged(row) == 0


async def test_a_code_of_another_village_opens_nothing(groups: Groups) -> None:
    elsewhere = await groups.announce("Thống Nhất")
    forged = await groups.one(LAN, f"đã nhận {elsewhere.announcement}")
    assert (forged.verdict, forged.notice) == (V.FOREIGN, "")
    assert (await groups.one(MAI, f"đã nhận {elsewhere.announcement}", group="Thu Quế 1")).verdict is V.FOREIGN
    in_private = await groups.one(LAN, f"đã nhận {elsewhere.announcement}", private=True)
    assert in_private.verdict is V.NOT_IN_AUDIENCE
    assert await groups.acknowledged(elsewhere) == 0
    assert (await groups.one(LAN, "đã nhận TB-0000")).verdict is V.FOREIGN


async def test_the_next_village_cannot_count_here(groups: Groups) -> None:
    row = await groups.announce()
    assert (await groups.one(MAI, "đã nhận")).verdict is V.NOT_IN_AUDIENCE
    assert await groups.acknowledged(row) == 0


async def test_in_private_the_household_tells_what_is_open(groups: Groups) -> None:
    row = await groups.announce()
    assert (await groups.one(LAN, "đã nhận", private=True)).notice == row.announcement
    assert (await groups.one(MAI, "đã nhận", private=True)).verdict is V.NONE_OPEN
    other = await groups.announce(title="Tiêm chủng")
    several = await groups.one(HAI, "đã nhận", private=True)
    assert (several.verdict, set(several.choices)) == (V.SEVERAL, {row.announcement, other.announcement})
    assert await groups.asked() == []  # they are asked back themselves


async def test_a_household_that_moved_answers_what_it_was_sent(groups: Groups) -> None:
    before = await groups.announce()
    async with groups.database.write() as connection:
        h = t.household
        there = groups.commune.groups["Thống Nhất 1"].id
        await connection.execute(
            update(h).where(h.c.id == groups.commune.households["Bà Lan"]).values(area_id=there, joined_at=NOON)
        )
    after = await groups.announce("Thống Nhất", title="Tiêm chủng")
    assert (await groups.one(LAN, f"đã nhận {before.announcement}", private=True)).verdict is V.RECORDED
    result = await groups.one(LAN, "đã nhận", group="Thống Nhất 1")
    assert (result.verdict, result.notice) == (V.RECORDED, after.announcement)


async def test_a_stranger_is_kept_and_credited_once_linked(groups: Groups) -> None:
    row = await groups.announce()
    first = await groups.hear(groups.say(STRANGER, "đã nhận"), groups.say(STRANGER, "đã rõ ạ"))
    assert [one.verdict for one in first] == [V.STRANGER] * 2
    assert await groups.acknowledged(row) == 0
    link = Link(ChannelKind.TELEGRAM, STRANGER, groups.commune.households["Ông Bình"], Via.CARD, NOON)
    assert (await groups.writer.submit(identities.link, link)).credited == 1
    assert await groups.standing(row, "Ông Bình") == ("acknowledged", Grade.UNDERSTOOD)
    async with groups.database.read() as connection:
        a = t.acknowledgement
        assert (await connection.execute(select(a.c.how))).scalars().all() == [How.REPLY]


async def test_a_strangers_words_about_no_notice_are_not_kept(groups: Groups) -> None:
    assert (await groups.one(STRANGER, "đã nhận")).verdict is V.STRANGER
    async with groups.database.read() as connection:
        assert (await connection.execute(select(func.count()).select_from(t.pending_press))).scalar_one() == 0


async def test_what_is_no_acknowledgement_is_left_to_a_person(groups: Groups) -> None:
    row = await groups.announce()
    for text in ("mấy giờ họp vậy ạ?", "nhà tôi chưa nhận được", "con bò nhà tôi bị lạc"):
        assert (await groups.one(LAN, text)).verdict is V.ASKED
    assert [text for _, text in await groups.asked()] == [
        "mấy giờ họp vậy ạ?", "nhà tôi chưa nhận được", "con bò nhà tôi bị lạc",
    ]  # fmt: skip
    assert (await groups.asked())[0][0] == "question"
    assert await groups.acknowledged(row) == 0


async def test_what_people_say_to_each_other_is_heard_only_while_a_notice_is_fresh(groups: Groups) -> None:
    assert (await groups.one(LAN, "ai có máy bơm không?", addressed=False)).verdict is V.CHATTER
    row = await groups.announce()
    assert (await groups.one(LAN, "mấy giờ họp?", addressed=False)).verdict is V.ASKED
    late = NOON + FRESH + MINUTE
    assert (await groups.one(LAN, "hôm nay nắng to", addressed=False, at=late)).verdict is V.CHATTER
    asked = await groups.one(LAN, f"{row.announcement} họp ở đâu?", addressed=False, at=late)
    assert asked.verdict is V.ASKED


async def test_a_message_without_words_is_a_touch_and_no_acknowledgement(groups: Groups) -> None:
    row = await groups.announce()
    assert (await groups.one(LAN, "", readable=False)).verdict is V.TOUCHED
    assert (await groups.one(STRANGER, "", readable=False)).verdict is V.UNREADABLE
    assert await groups.acknowledged(row) == 0
    assert [why for why, _ in await groups.asked()] == ["unreadable"]


async def test_pictures_and_stickers_that_a_group_shows_itself_are_nobodys_question(groups: Groups) -> None:
    await groups.announce(messages="m-copy")
    assert (await groups.one(LAN, "", readable=False, addressed=False)).verdict is V.CHATTER
    assert await groups.asked() == []
    assert (await groups.one(LAN, "", readable=False, addressed=False, quoted="m-copy")).verdict is V.TOUCHED


async def test_ones_own_name_in_the_answer_does_no_harm(groups: Groups) -> None:
    row = await groups.announce()
    assert (await groups.one(LAN, "Nhà bà Lan đã nhận ạ")).verdict is V.RECORDED
    assert (await groups.one(HAI, "Nhà bà Lan đã nhận ạ")).verdict is V.ASKED
    assert await groups.acknowledged(row) == 1


async def test_two_members_and_the_same_words_at_once_are_one_tick(groups: Groups) -> None:
    row = await groups.announce()
    await make_identity(groups.database, groups.commune.households["Bà Lan"], "u-con")
    same = groups.say(LAN, "đã nhận")
    async with Writer(groups.database) as other:
        both: Sequence[list[Replied]] = await asyncio.gather(
            groups.hear(same, groups.say("u-con", "đã rõ")),
            other.submit_all(replies.reply, [same, groups.say("u-con", "đã nhận")]),
        )
    verdicts = [one.verdict for results in both for one in results]
    assert verdicts.count(V.RECORDED) == 1
    assert verdicts.count(V.AGAIN) == 3
    assert await groups.acknowledged(row) == 1


async def test_a_link_and_a_strangers_answer_at_once_lose_nothing(groups: Groups) -> None:
    row = await groups.announce()
    link = Link(ChannelKind.TELEGRAM, STRANGER, groups.commune.households["Ông Bình"], Via.CARD, NOON)
    async with Writer(groups.database) as other:
        await asyncio.gather(groups.one(STRANGER, "đã nhận"), other.submit(identities.link, link))
    assert await groups.acknowledged(row) == 1


async def test_stored_updates_are_done_with_their_answer(groups: Groups) -> None:
    await groups.announce()
    raw = [RawUpdate("zalo", str(number), "{}", NOON) for number in range(3)]
    stored = [one for one in await groups.writer.submit_all(inbox.store, raw) if one is not None]
    said = [
        replace(groups.say(person, text), inbox_id=one.id)
        for one, person, text in zip(stored, (LAN, STRANGER, HAI), ("đã nhận", "đã nhận", "họp ở đâu?"), strict=True)
    ]
    await groups.hear(*said)
    async with groups.database.read() as connection:
        assert await inbox.waiting(connection, "zalo") == []


async def test_a_notice_still_on_its_way_to_the_chat_is_not_meant(groups: Groups, database: Database) -> None:
    row = await make_broadcast(database, [groups.commune.villages["Thu Quế"]])
    assert (await groups.one(LAN, "đã nhận")).verdict is V.NONE_OPEN
    await settle(database, await take(database, account="zalo"), DeliveryState.UNCONFIRMED)
    assert (await groups.one(LAN, "đã nhận")).notice == row.announcement  # it shows that it arrived


async def test_told_in_person_is_raised_by_their_own_words(groups: Groups) -> None:
    row = await groups.announce()
    record = Record(row.id, groups.commune.households["Bà Lan"], Answer(How.MET, NOON))
    await groups.writer.submit(answers.record, record)
    assert (await groups.one(LAN, "đã nhận")).verdict in {V.RECORDED, V.AGAIN}
    assert (await groups.standing(row, "Bà Lan"))[0] == "acknowledged"


@pytest.mark.parametrize("seed", range(4))
async def test_told_twice_and_in_any_order_the_table_is_the_same(groups: Groups, seed: int) -> None:
    """Webhooks repeat and overtake one another; what a household said is not changed by that."""
    row = await groups.announce(messages="71")
    code = row.announcement
    said = [
        groups.say(LAN, "đã nhận"), groups.say(LAN, "đã rõ", quoted="71"), groups.say(HAI, f"da nhan {code}"),
        groups.say(MAI, "đã nhận"), groups.say(LAN, "họp ở đâu?"), groups.say(STRANGER, "đã nhận"),
        groups.say(HAI, "đã nhận TB-0000"), groups.say(MAI, "ok", private=True), groups.say(LAN, "", readable=False),
    ]  # fmt: skip
    chance = random.Random(seed)
    told = said * 2
    chance.shuffle(told)
    while told:
        some = [told.pop() for _ in range(min(chance.randint(1, 5), len(told)))]
        await groups.hear(*some)
    assert await groups.acknowledged(row) == 2
    assert await groups.standing(row, "Bà Lan") == ("acknowledged", Grade.UNDERSTOOD)
    assert await groups.standing(row, "Ông Hải") == ("acknowledged", Grade.RECEIVED)
    assert sorted(await groups.asked()) == [("question", "họp ở đâu?"), ("unclear", "đã nhận TB-0000"),
                                            ("unreadable", "")]  # fmt: skip
    async with groups.database.read() as connection:
        assert not await recount.differences(connection, row.id)
        waiting = select(func.count()).select_from(t.pending_press)
        assert (await connection.execute(waiting)).scalar_one() == 1
