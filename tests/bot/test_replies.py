"""What people say to an account without buttons: recorded once whatever happens, answered in private, seldom else."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from announcements.channels import ChannelError, Hears, Limits, Refused, RefusedReason, SlowDown, TryLater
from announcements.hearing import Heard
from announcements.phrases import phrase
from announcements.types import ChannelKind, Role
from bot.channels.accounts import Account
from bot.config import Settings
from bot.context import Context
from bot.intake import patience
from bot.replies.courtesy import HINTS_A_CHAT
from bot.replies.desk import HearingDesk
from bot.replies.saying import Speaker
from db.access import people
from db.announcing.notices import BroadcastRow
from db.answering import replies
from db.counting import reach
from db.engine import Database
from db.links import cards, identities, wishes
from db.platforms import inbox
from db.platforms.inbox import RawUpdate, Stored
from db.tables import t
from db.writer import Writer
from scheduler.limiter import Limiter
from tests.doubles import StumblingWriter
from tests.makers import NOON, Commune, make_broadcast, make_chats, make_identity, settle, take

ZALO = ChannelKind.ZALO_BOT
LAN, HAI, MAI, STRANGER = "lan", "hai", "mai", "khach"


@dataclass(slots=True)
class Voice:
    """What the account said, in order; `failures` come first."""

    said: list[tuple[str, str]] = field(default_factory=list)
    failures: list[ChannelError] = field(default_factory=list)

    async def say(self, address: str, text: str) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.said.append((address, text))

    async def name_of(self, person: str) -> str:
        return f"Tên của {person}"

    def to(self, address: str) -> list[str]:
        return [text for where, text in self.said if where == address]


@dataclass(slots=True)
class Deaf:
    """A channel as far as a desk looks at one."""

    limits: Limits


def read_heard(payload: Mapping[str, Any]) -> Heard | None:
    return Heard(**payload["heard"]) if "heard" in payload else None


@dataclass(slots=True)
class Place:
    """A desk of an account in a commune whose group Thu Quế 1 has a chat; the people write to it."""

    database: Database
    writer: Writer
    commune: Commune
    row: BroadcastRow
    hears: Hears = Hears.MENTIONS
    voice: Voice = field(default_factory=Voice)
    moved: list[int] = field(default_factory=list)
    numbers: int = 0
    now: timedelta = timedelta(minutes=1)
    context: Context = field(init=False)

    def __post_init__(self) -> None:
        self.context = Context(Settings(), self.database, self.writer, b"", clock=lambda: NOON + self.now,
                               answered=self.moved.append)  # fmt: skip

    @property
    def group(self) -> str:
        return f"-100{self.commune.groups['Thu Quế 1'].id:05}"

    def desk(self) -> HearingDesk:
        account = Account("zalo", ZALO, cast(Any, Deaf(Limits(2_000, hears=self.hears))))
        return HearingDesk(self.context, account, self.voice, read_heard)

    def said(self, person: str, text: str, *, private: bool = False, readable: bool = True, message_id: str = "",
             quoted: str | None = None, name: str = "Tên") -> RawUpdate:  # fmt: skip
        self.numbers += 1
        message_id = message_id or f"m{self.numbers}"
        heard = {"message_id": message_id, "address": f"user:{person}" if private else self.group, "person": person,
                 "private": private, "text": text, "name": name, "quoted": quoted, "readable": readable}  # fmt: skip
        return RawUpdate("zalo", message_id, json.dumps({"heard": heard}), NOON + self.now)

    async def store(self, *raw: RawUpdate) -> list[Stored]:
        stored = await self.writer.submit_all(inbox.store, raw)
        return [one for one in stored if one is not None]

    async def hear(self, *raw: RawUpdate) -> None:
        """Stored, handled and answered."""
        desk = self.desk()
        await desk.handle(await self.store(*raw))
        await desk.settle()

    async def waiting(self) -> int:
        async with self.database.read() as connection:
            return len(await inbox.waiting(connection, "zalo"))

    async def acknowledged(self) -> int:
        async with self.database.read() as connection:
            return (await reach.report(connection, self.row.id, NOON)).total.acknowledged

    async def answers(self) -> int:
        async with self.database.read() as connection:
            rows = await connection.execute(select(func.count()).select_from(t.acknowledgement))
            return int(rows.scalar_one())

    async def card(self, head: str) -> str:
        async with self.database.write() as connection:
            return (await cards.issue_one(connection, self.commune.households[head], NOON)).code

    async def households(self, person: str) -> list[str]:
        async with self.database.read() as connection:
            return [one.head_name for one in await identities.of(connection, ZALO, person)]


@pytest.fixture
async def place(database: Database, commune: Commune) -> AsyncIterator[Place]:
    """A notice to Thu Quế has arrived in its groups; Bà Lan, Ông Hải and Chị Mai are linked."""
    village = [*commune.villages.values(), *commune.groups.values()]
    await make_chats(database, village, account="zalo", channel=ZALO)
    for head, user in (("Bà Lan", LAN), ("Ông Hải", HAI), ("Chị Mai", MAI)):
        await make_identity(database, commune.households[head], user, channel=ZALO)
    row = await make_broadcast(database, [commune.villages["Thu Quế"]])
    await settle(database, await take(database, account="zalo"))
    async with StumblingWriter(database) as writer:
        yield Place(database, writer, commune, row)


async def test_answers_in_a_group_count_and_get_no_answer(place: Place) -> None:
    await place.hear(place.said(LAN, "đã nhận"), place.said(HAI, "da nhan"), place.said(LAN, "đã nhận"))
    assert await place.acknowledged() == 2
    assert place.voice.said == []
    assert await place.waiting() == 0
    assert set(place.moved) == {place.row.id}


async def test_in_private_every_outcome_has_a_sentence(place: Place) -> None:
    await place.hear(*(place.said(LAN, text, private=True) for text in ("đã nhận", "đã nhận", "họp ở đâu?")))
    await place.hear(place.said(LAN, "", private=True, readable=False))
    await place.hear(place.said(MAI, f"đã nhận {place.row.announcement}", private=True))
    recorded, again, asked, touched = place.voice.to("user:lan")
    assert (recorded, again) == (
        phrase("reply.recorded", head="Bà Lan", code=place.row.announcement), phrase("reply.again", head="Bà Lan"),
    )  # fmt: skip
    assert (asked, touched) == (phrase("reply.asked"), phrase("reply.touched"))
    assert "không gửi tới hộ Chị Mai" in place.voice.to("user:mai")[0]


async def test_what_a_crash_left_between_storing_and_recording_is_taken_up(place: Place) -> None:
    await place.store(place.said(LAN, "đã nhận"), place.said(HAI, "đã nhận"))
    after_the_crash = place.desk()
    await asyncio.gather(*(after_the_crash.catch_up() for _ in range(3)))
    await after_the_crash.settle()
    assert (await place.acknowledged(), await place.answers(), await place.waiting()) == (2, 2, 0)


async def test_a_message_told_twice_is_handled_once(place: Place) -> None:
    same = place.said(LAN, "đã nhận", private=True, message_id="m9")
    await place.hear(same, same)
    await place.hear(same)
    assert (await place.answers(), len(place.voice.said)) == (1, 1)


async def test_answers_that_come_together_share_a_commit(place: Place) -> None:
    desk = place.desk()
    stored = await place.store(place.said(LAN, "đã nhận"), place.said(HAI, "đã nhận"), place.said(MAI, "đã nhận"))
    before = place.writer.commits
    for one in stored:  # a webhook each
        await desk.handle([one])
    await desk.settle()
    assert place.writer.commits == before + 1


async def test_one_person_is_heard_in_order(place: Place) -> None:
    code = await place.card("Ông Bình")
    await place.hear(place.said(STRANGER, f"LK {code}", private=True), place.said(STRANGER, "đã nhận", private=True))
    linked, recorded = place.voice.to("user:khach")
    assert "Ông Bình" in linked
    assert recorded == phrase("reply.recorded", head="Ông Bình", code=place.row.announcement)


async def test_a_moment_without_a_database_loses_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "AGAIN", (0.0,))
    cast(StumblingWriter, place.writer).fails[replies.reply] = 2
    desk = place.desk()
    await desk.handle(await place.store(place.said(LAN, "đã nhận")))
    await desk.settle()
    assert (await place.acknowledged(), await place.waiting()) == (0, 1)
    await desk.catch_up()
    await desk.settle()
    assert (await place.acknowledged(), await place.waiting()) == (1, 0)


async def test_what_nobody_said_is_done_with(place: Place) -> None:
    strange = [RawUpdate("zalo", str(number), text, NOON) for number, text in
               enumerate(["{}", "[]", "null", "3", '"x"', "{", '{"event_name": "follow"}', "[" * 100_000])]  # fmt: skip
    await place.hear(*strange)
    assert await place.waiting() == 0


async def test_a_stranger_is_told_how_to_link_once_a_day_and_a_chat_few_times(place: Place) -> None:
    desk = place.desk()
    for number in range(HINTS_A_CHAT + 3):
        for _ in range(2):
            await desk.handle(await place.store(place.said(f"khach{number}", "đã nhận")))
            await desk.settle()
    hints = place.voice.to(place.group)
    assert len(hints) == HINTS_A_CHAT
    assert f"/n/{place.row.announcement}" in hints[0]
    assert len(place.voice.said) == HINTS_A_CHAT


async def test_a_stranger_whose_notice_is_not_known_is_asked_to_answer_again(place: Place) -> None:
    await place.hear(place.said(STRANGER, "đã nhận TB-0000"))
    (hint,) = place.voice.to(place.group)
    assert "trả lời lại kèm mã" in hint


async def test_linking_in_a_group_names_nobody_and_credits_what_waited(place: Place) -> None:
    code = await place.card("Ông Bình")
    await place.hear(place.said(STRANGER, "đã nhận"))
    await place.hear(place.said(STRANGER, f"lk {code.lower()}"))
    assert await place.households(STRANGER) == ["Ông Bình"]
    assert await place.acknowledged() == 1
    assert place.voice.to(place.group)[-1] == phrase("enrol.linked_in_group")
    assert not any("Bình" in text for text in place.voice.to(place.group))
    assert "Mã thẻ vừa hiện trong nhóm" in phrase("enrol.linked_in_group")
    assert {address for address, _ in place.voice.said} == {place.group}  # nobody is written to who wrote to a group
    await place.hear(place.said(STRANGER, f"lk {code}"))
    assert place.voice.to(place.group)[-1] == phrase("enrol.already_in_group")


async def test_of_a_code_written_in_a_group_its_leader_learns_and_of_one_in_private_nobody(place: Place) -> None:
    in_group, in_private = await place.card("Ông Bình"), await place.card("Bà Lan")
    await place.hear(place.said(STRANGER, f"LK {in_group}"))
    await place.hear(place.said(STRANGER, f"LK {in_private}", private=True))
    await place.hear(place.said(STRANGER, "LK 000000"))
    async with place.context.database.read() as connection:
        given = await cards.valid(connection, "")
    assert [card.code for card in given if card.shown_at] == [in_group]


async def test_codes_can_not_be_tried_by_the_hundred(place: Place) -> None:
    desk = place.desk()
    for _ in range(15):
        await desk.handle(await place.store(place.said(STRANGER, "LK 000000", private=True)))
        await desk.settle()
    texts = place.voice.to("user:khach")
    assert len([text for text in texts if "thử nhiều lần" in text]) == 5
    code = await place.card("Ông Bình")
    await desk.handle(await place.store(place.said(STRANGER, f"LK {code}", private=True)))
    await desk.settle()
    assert await place.households(STRANGER) == []
    place.now += timedelta(minutes=11)
    await desk.handle(await place.store(place.said(STRANGER, f"LK {code}", private=True)))
    await desk.settle()
    assert await place.households(STRANGER) == ["Ông Bình"]


async def test_a_wrong_code_is_not_repeated_in_the_group(place: Place) -> None:
    await place.hear(place.said(STRANGER, "LK 7K3M9Q"))
    assert place.voice.said == [(place.group, phrase("enrol.wrong_in_group"))]


async def test_leaving_and_coming_back(place: Place) -> None:
    await place.hear(place.said(LAN, "HỦY LK"))
    assert await place.households(LAN) == []
    assert place.voice.said == [(place.group, phrase("enrol.unlinked_in_group"))]
    await place.hear(place.said(LAN, "huy lk", private=True))
    assert place.voice.said[-1] == ("user:lan", phrase("choose.nothing_to_unlink"))


async def test_staff_link_in_private_and_never_in_a_group(place: Place) -> None:
    async with place.database.write() as connection:
        staff = await people.add(connection, name="Cô Vân", role=Role.GROUP_LEADER,
                                 area_id=place.commune.groups["Thu Quế 1"].id)  # fmt: skip
    await place.hear(place.said("van", f"LK {staff.code}"))
    await place.hear(place.said("van", f"LK {staff.code}", private=True))
    await place.hear(place.said("ai", f"LK {staff.code}", private=True))
    assert place.voice.to(place.group) == [phrase("enrol.staff_in_private")]
    assert "Cô Vân" in place.voice.to("user:van")[0]
    assert place.voice.to("user:ai") == [phrase("mistake.staff_code_used")]
    async with place.database.read() as connection:
        known = await people.of_account(connection, ZALO, "van", NOON)
    assert known is not None
    assert known.code == staff.code


async def test_staff_are_signed_in_by_a_word_in_private_and_nobody_else_is(place: Place) -> None:
    async with place.database.write() as connection:
        staff = await people.add(connection, name="Cô Vân", role=Role.GROUP_LEADER,
                                 area_id=place.commune.groups["Thu Quế 1"].id)  # fmt: skip
    await place.hear(place.said("van", f"LK {staff.code}", private=True))
    await place.hear(place.said("van", "Đăng nhập", private=True))
    await place.hear(place.said("van", "web"), place.said(LAN, "web", private=True))
    links = [text for _, text in place.voice.said if "/login/" in text]
    assert links == [place.voice.to("user:van")[-1]]
    assert await place.waiting() == 0


async def test_a_group_tells_its_id_to_whoever_asks_and_not_for_ever(place: Place) -> None:
    await place.hear(*(place.said(STRANGER, "nhóm") for _ in range(5)))
    assert place.voice.said == [(place.group, phrase("chat.group_id", address=place.group, account="zalo"))] * 3
    assert await place.waiting() == 0


async def test_who_hears_everything_leaves_chatter_alone(place: Place) -> None:
    place.hears = Hears.EVERYTHING
    await place.hear(place.said(HAI, "LK nhạc vàng hay quá"), place.said(HAI, "đã nhận"))
    assert await place.acknowledged() == 1
    assert place.voice.said == []


@pytest.mark.parametrize("error", [SlowDown(0.0), TryLater(after=0.0)], ids=["slow down", "try later"])
async def test_what_surely_was_not_said_is_said_again(place: Place, error: ChannelError) -> None:
    place.voice.failures = [error]
    await place.hear(place.said(LAN, "đã nhận", private=True))
    assert len(place.voice.to("user:lan")) == 1


async def test_an_answer_that_is_refused_harms_nothing(place: Place) -> None:
    place.voice.failures = [Refused(RefusedReason.BLOCKED)]
    await place.hear(place.said(LAN, "đã nhận", private=True))
    assert (await place.acknowledged(), place.voice.said, await place.waiting()) == (1, [], 0)


async def test_answers_keep_the_accounts_pace_and_give_way(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.replies.saying.PATIENCE", 0.05)
    place.context.limiters["zalo"] = Limiter(per_second=1.0)
    speaker = Speaker(place.context, "zalo", place.voice)
    assert [await speaker.say("a", "một"), await speaker.say("b", "hai")] == [True, False]


async def test_one_bad_message_takes_none_of_the_others_along(place: Place) -> None:
    class Choking(Writer):
        async def submit_all(self, apply: Any, intents: Sequence[Any]) -> list[Any]:
            if apply is replies.reply and any(one.heard.person == HAI for one in intents):
                raise ValueError("a bug")
            return await super().submit_all(apply, intents)

    async with Choking(place.database) as writer:
        place.context.writer = writer
        await place.hear(place.said(LAN, "đã nhận"), place.said(HAI, "đã nhận"))
    assert (await place.acknowledged(), await place.waiting()) == (1, 1)


def test_the_database_being_away_is_told_from_a_bug() -> None:
    assert patience.is_away(OperationalError("", {}, Exception()))
    assert not patience.is_away(ValueError())


ANYTHING = st.text(max_size=120) | st.sampled_from(
    ["LK", "lk 7k3m9q", "HỦY LK", "xin lk Bà Lan", "đã nhận TB-7K3M", "LK CB-7K3M9Q2X", "nhóm", "👍", "chưa nhận"]
)


async def test_anything_can_be_said(place: Place) -> None:
    """Whatever is heard is done with, and nothing but an acknowledgement is counted as one."""

    @given(st.lists(st.tuples(st.sampled_from([LAN, STRANGER]), ANYTHING, st.booleans()), min_size=1, max_size=30))
    @settings(max_examples=1, phases=[Phase.generate], deadline=None, database=None)
    def some(said: list[tuple[str, str, bool]]) -> None:
        drawn.extend(said)

    drawn: list[tuple[str, str, bool]] = []
    for _ in range(5):
        some()
    await place.hear(*(place.said(person, text, private=private) for person, text, private in drawn))
    assert await place.waiting() == 0


async def test_whoever_asks_without_a_card_is_named_to_the_leader_and_not_asked_again(place: Place) -> None:
    await place.hear(place.said(STRANGER, "XIN LK Bà Lan", name=""))
    async with place.database.read() as connection:
        (wish,) = await wishes.waiting(connection, "", 10)
    assert (wish.name, wish.head_name) == (f"Tên của {STRANGER}", "Bà Lan")
    await place.hear(place.said(STRANGER, "đã nhận", private=True))
    assert "đang chờ tổ trưởng xác nhận" in place.voice.to(f"user:{STRANGER}")[-1]


async def test_in_private_nobody_learns_where_a_household_lives(place: Place) -> None:
    await place.hear(place.said(STRANGER, "XIN LK bà lan", private=True))
    (answer,) = place.voice.to(f"user:{STRANGER}")
    assert "“bà lan”" in answer
    assert "Thu Quế" not in answer
