"""What people wrote waits for a person, who credits, answers, shows it to everybody or closes it; and takes it back."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from announcements.channels import ChannelError, Refused, RefusedReason, SlowDown, TryLater, Unsure
from announcements.mistakes import Mistake, NotAllowed, NotFound
from announcements.reach import Answer
from announcements.types import Grade, How, Outcome, Role
from bot.config.accounts import ZaloBotAccount
from bot.office.inbox import questions
from bot.office.inbox.answering import Reply
from bot.tidings.questions import tell_of_questions
from bot.tidings.saying_back import SayingBack
from bot.tidings.ways import AFTER_A_FAULT, Pace
from db import tidings
from db.access.people import StaffRow
from db.announcing import board, notices
from db.announcing.notices import BroadcastRow
from db.answering import answers
from db.answering.answers import Record
from db.answering.question_lists import Box, QuestionRow
from db.counting import recount
from db.engine import Database
from db.tables import QuestionState, Why, t
from db.writer import Writer
from scheduler import upkeep
from scheduler.limiter import Limiter
from tests.bot.conversation_doubles import World
from tests.makers import NOON, Commune, make_broadcast, make_chats, make_question

S = QuestionState
MONTH, DAY = timedelta(days=30), timedelta(days=1)


@dataclass(slots=True)
class FakeVoice:
    """Remembers what it said; `failures` are raised one by one."""

    said: list[tuple[str, str]] = field(default_factory=list)
    failures: list[ChannelError] = field(default_factory=list)
    pace: Pace = field(default_factory=lambda: Pace(Limiter(1000.0, 0.0, 0.0)))
    gate: asyncio.Event | None = None

    async def say(self, address: str, text: str) -> None:
        if self.gate is not None:
            await self.gate.wait()
        if self.failures:
            raise self.failures.pop(0)
        self.said.append((address, text))


@dataclass(slots=True)
class Desk:
    """A meeting of Thu Quế, about which Bà Lan's household wrote; Ông Tổ leads her group, Bà Trưởng Chị Mai's
    village."""

    world: World
    commune: Commune
    row: BroadcastRow
    lead: StaffRow
    foreign: StaffRow
    head: StaffRow
    voice: FakeVoice = field(default_factory=FakeVoice)
    back: SayingBack = field(init=False)

    def __post_init__(self) -> None:
        self.back = SayingBack(self.world.context, {"zalo": self.voice})

    @property
    def database(self) -> Database:
        return self.world.context.database

    async def wrote(self, text: str = "Họp ở đâu ạ?", *, stranger: bool = False, **more: object) -> int:
        """Bà Lan, or somebody whose household nobody knows, wrote in the chat of group 1."""
        known = {} if stranger else {"household_id": self.commune.households["Bà Lan"], "broadcast_id": self.row.id}
        return await make_question(
            self.database, self.commune.groups["Thu Quế 1"], text, **known | more  # type: ignore[arg-type]
        )  # fmt: skip

    async def read(self, staff: StaffRow | None, *boxes: Box) -> list[int]:
        opened = await questions.opened(self.world.context, staff, boxes or (Box.OPEN,))
        return [one.id for one in opened.questions]

    async def find(self, number: int) -> QuestionRow:
        return await questions.find(self.world.context, number, None)

    async def standing(self, head: str = "Bà Lan") -> tuple[str, str | None, datetime | None]:
        r = t.recipient
        async with self.database.read() as connection:
            assert await recount.differences(connection, self.row.id) == {}
            found = (await connection.execute(r.select().where(
                r.c.broadcast_id == self.row.id, r.c.household_id == self.commune.households[head]))).one()  # fmt: skip
        return found.outcome.value, found.grade.value if found.grade else None, found.answered_at

    async def on_page(self) -> list[tuple[str, str]]:
        async with self.database.read() as connection:
            notice = await board.notice(connection, self.row.announcement)
        assert notice is not None
        return [(one.question, one.answer) for one in notice.asked]

    async def say(self, **later: float) -> list[tuple[str, str]]:
        if later:
            self.world.pass_time(**later)
        await self.back.step()
        return self.voice.said

    async def told(self) -> dict[str, int]:
        """Who is told how often, as far as nobody has said it yet."""
        await tell_of_questions(self.world.context)
        names = {one.id: one.name for one in (self.lead, self.foreign, self.head)}
        counts: dict[str, int] = {}
        async with self.database.read() as connection:
            for row in await connection.execute(t.tiding.select()):
                counts[names[row.staff_id]] = counts.get(names[row.staff_id], 0) + 1
        return counts


@pytest.fixture
async def desk(database: Database, writer: Writer, commune: Commune) -> AsyncIterator[Desk]:
    world = World(database, writer)
    world.context.settings.accounts = [ZaloBotAccount(name="zalo", channel="zalo_bot", token="1:synthetic")]
    row = await make_broadcast(database, [commune.villages["Thu Quế"]])
    lead = await world.staff("Ông Tổ", Role.GROUP_LEADER, commune.groups["Thu Quế 1"], account=77)
    foreign = await world.staff("Bà Trưởng", Role.VILLAGE_HEAD, commune.villages["Thống Nhất"], account=78)
    head = await world.staff("Ông Thôn", Role.VILLAGE_HEAD, commune.villages["Thu Quế"], account=79)
    yield Desk(world, commune, row, lead, foreign, head)


async def test_a_message_is_read_by_the_staff_of_its_area_and_above_the_newest_first(desk: Desk) -> None:
    first, second = await desk.wrote(), await desk.wrote("Mấy giờ ạ?")
    assert await desk.read(desk.lead) == await desk.read(desk.head) == await desk.read(None) == [second, first]


async def test_chi_mais_leader_sees_nothing_of_it_and_can_do_nothing_with_it(desk: Desk) -> None:
    number, context = await desk.wrote(), desk.world.context
    assert await desk.read(desk.foreign) == []
    with pytest.raises(NotFound):
        await questions.find(context, number, desk.foreign)
    with pytest.raises(NotFound):
        await questions.credit(context, number, staff=desk.foreign)
    with pytest.raises(NotFound):
        await questions.answer(context, number, Reply("Ở nhà văn hóa"), staff=desk.foreign)
    with pytest.raises(NotFound):
        await questions.close(context, number, staff=desk.foreign)
    assert (await desk.find(number)).open


async def test_what_nobody_knows_the_place_of_is_the_communes(desk: Desk) -> None:
    number = await make_question(desk.database, None, private=True)
    office = await desk.world.staff("Văn phòng", Role.SECRETARY, desk.commune.root)
    assert await desk.read(office) == [number]
    assert await desk.read(desk.head) == []


async def test_what_was_written_in_a_chat_goes_with_it_to_another_area(desk: Desk) -> None:
    groups = desk.commune.groups
    (address,) = (await make_chats(desk.database, [groups["Thu Quế 1"]], account="zalo")).values()
    number = await desk.wrote(address=address)
    other = await desk.world.staff("Bà Tổ", Role.GROUP_LEADER, groups["Thu Quế 2"])
    assert (await desk.read(desk.lead), await desk.read(other)) == ([number], [])
    async with desk.database.write() as connection:
        await connection.execute(t.chat.update().values(area_id=groups["Thu Quế 2"].id))
    assert (await desk.read(desk.lead), await desk.read(other)) == ([], [number])
    assert await desk.read(desk.head) == [number]


async def test_somebody_whose_role_records_nothing_has_no_inbox(desk: Desk) -> None:
    officer = await desk.world.staff("Tư pháp", Role.DESK_OFFICER, desk.commune.root)
    with pytest.raises(NotAllowed):
        await desk.read(officer)


async def test_what_could_not_be_read_is_a_touch_and_not_among_what_wants_a_word(desk: Desk) -> None:
    number = await desk.wrote("", why=Why.UNREADABLE)
    assert (await desk.read(desk.lead), await desk.read(desk.lead, Box.TOUCHED)) == ([], [number])
    opened = await questions.opened(desk.world.context, desk.lead, [Box.OPEN])
    assert (opened.open, opened.touched) == (0, 1)
    assert (await desk.standing())[0] == Outcome.OPEN


async def test_a_credit_is_the_households_own_answer_at_the_time_it_was_written(desk: Desk) -> None:
    number = await desk.wrote(at=NOON + timedelta(minutes=5))
    desk.world.pass_time(hours=2)
    done = await questions.credit(desk.world.context, number, staff=desk.lead, grade=Grade.UNDERSTOOD)
    assert (done.before, done.question.state, done.question.decided_by) == (False, S.CREDITED, "Ông Tổ")
    assert await desk.standing() == ("acknowledged", "understood", NOON + timedelta(minutes=5))
    assert desk.world.moved == [desk.row.id]
    async with desk.database.read() as connection:
        recorded = (await connection.execute(t.acknowledgement.select())).one()
    assert (recorded.how, recorded.channel, recorded.staff_id) == (How.REPLY, "zalo_bot", None)


async def test_a_credit_is_taken_back_and_given_again(desk: Desk) -> None:
    number, context = await desk.wrote(), desk.world.context
    for _ in range(2):
        await questions.credit(context, number, staff=desk.lead)
        assert (await desk.standing())[0] == Outcome.ACKNOWLEDGED
        assert (await questions.reopen(context, number, staff=desk.lead)).open
        assert (await desk.standing())[0] == Outcome.OPEN
        desk.world.pass_time(minutes=1)


async def test_a_household_that_had_answered_by_itself_keeps_its_answer_whatever_becomes_of_the_credit(
    desk: Desk,
) -> None:
    number, household_id = await desk.wrote(), desk.commune.households["Bà Lan"]
    async with desk.database.write() as connection:
        answer = Answer(How.BOARD, NOON, Grade.RECEIVED, "board")
        await answers.record(connection, [Record(desk.row.id, household_id, answer)])
    assert (await questions.credit(desk.world.context, number, staff=desk.lead)).before
    await questions.reopen(desk.world.context, number, staff=desk.lead)
    assert await desk.standing() == ("acknowledged", "received", NOON)


async def test_an_answer_of_the_household_after_a_credit_stands_when_the_credit_is_taken_back(desk: Desk) -> None:
    number, household_id = await desk.wrote(), desk.commune.households["Bà Lan"]
    later = NOON + timedelta(hours=1)
    own = Record(desk.row.id, household_id, Answer(How.BOARD, later, Grade.WILL_ATTEND, "board"), external_id="may")
    await questions.credit(desk.world.context, number, staff=desk.lead)
    async with desk.database.write() as connection:
        await answers.record(connection, [own])
    await questions.reopen(desk.world.context, number, staff=desk.lead)
    assert await desk.standing() == ("acknowledged", "will_attend", later)


@pytest.mark.parametrize("turn", range(3))
async def test_a_credit_and_the_households_own_answer_at_once_are_one_tick(desk: Desk, turn: int) -> None:
    number, household_id = await desk.wrote(), desk.commune.households["Bà Lan"]
    own = Record(desk.row.id, household_id, Answer(How.BOARD, NOON, Grade.RECEIVED, "board"), external_id="may")

    async def tick() -> None:
        await asyncio.sleep(0.002 * turn)
        await desk.world.context.writer.submit(answers.record, own)

    await asyncio.gather(questions.credit(desk.world.context, number, staff=desk.lead), tick())
    assert (await desk.standing())[0] == Outcome.ACKNOWLEDGED
    await questions.reopen(desk.world.context, number, staff=desk.lead)
    assert await desk.standing() == ("acknowledged", "received", NOON)


async def test_of_two_answers_for_everybody_at_once_one_stands_on_the_page_and_one_is_said(desk: Desk) -> None:
    number, context = await desk.wrote(), desk.world.context
    made = await asyncio.gather(
        *(
            questions.answer(context, number, Reply(text, public=True, question="Họp ở đâu?"), staff=desk.head)
            for text in ("Ở đình.", "Ở nhà văn hóa.")
        ),
        return_exceptions=True,
    )
    assert sorted(isinstance(one, Mistake) for one in made) == [False, True]
    ((_, shown),) = await desk.on_page()
    assert [text.rpartition("\n")[2] for _, text in await desk.say()] == [shown]


async def test_two_people_press_at_once_and_one_of_them_is_told_who_was_faster(desk: Desk) -> None:
    number, context = await desk.wrote(), desk.world.context
    made = await asyncio.gather(
        questions.credit(context, number, staff=desk.lead),
        questions.close(context, number, staff=desk.head),
        questions.answer(context, number, Reply("Ở nhà văn hóa"), staff=None),
        return_exceptions=True,
    )
    lost = [one for one in made if isinstance(one, Mistake)]
    assert len(lost) == 2 and all(f"số {number} đã được xử lý" in one.sentence for one in lost)
    settled = await desk.find(number)
    assert ((await desk.standing())[0] == Outcome.ACKNOWLEDGED) == (settled.state is S.CREDITED)


async def test_nothing_is_credited_to_a_notice_that_was_withdrawn(desk: Desk) -> None:
    number = await desk.wrote()
    async with desk.database.write() as connection:
        await notices.withdraw(connection, desk.row.announcement_id, None, NOON)
    with pytest.raises(Mistake, match="thu hồi"):
        await questions.credit(desk.world.context, number, staff=desk.lead)
    assert (await desk.find(number)).open


async def test_a_stranger_is_credited_to_the_household_a_leader_chooses_among_their_own(desk: Desk) -> None:
    number, context = await desk.wrote("đã rõ nha", stranger=True, why=Why.STRANGER), desk.world.context
    with pytest.raises(Mistake, match="Chưa rõ lời nhắn"):
        await questions.credit(context, number, staff=desk.lead)
    with pytest.raises(Mistake, match="chưa liên kết"):
        await questions.credit(context, number, staff=desk.lead, notice=desk.row.announcement)
    for foreign in ("H-003", "H-004"):  # of the next group, and of the next village
        with pytest.raises(NotFound):
            await questions.credit(context, number, staff=desk.lead, household=foreign, notice=desk.row.code)
    await questions.credit(context, number, staff=desk.lead, household="H-002", notice=desk.row.code)
    assert (await desk.standing("Ông Hải"))[0] == Outcome.ACKNOWLEDGED
    assert (await desk.find(number)).credited_to == "Ông Hải"


async def test_whoever_is_linked_is_credited_to_no_other_household(desk: Desk) -> None:
    with pytest.raises(Mistake, match="Bà Lan"):
        await questions.credit(desk.world.context, await desk.wrote(), staff=desk.lead, household="H-002")


async def test_an_answer_is_said_once_where_it_was_asked_with_a_few_words_of_the_question(desk: Desk) -> None:
    number = await desk.wrote("Họp ở đâu ạ?")
    answered = await questions.answer(desk.world.context, number, Reply("Ở nhà văn hóa."), staff=desk.lead)
    assert answered.on_its_way(desk.world.time)
    await desk.say()
    assert await desk.say() == [("nhom-1", "Trả lời câu hỏi “Họp ở đâu ạ?”:\nỞ nhà văn hóa.")]
    assert (await desk.find(number)).told_at == desk.world.time


async def test_an_answer_to_a_group_names_no_household(desk: Desk) -> None:
    await questions.answer(desk.world.context, await desk.wrote("Mấy giờ?"), Reply("7 giờ."), staff=desk.lead)
    ((_, text),) = await desk.say()
    assert not {"Bà Lan", "Lan Nguyễn", "H-001"} & set(text.split("\n")) and "Lan" not in text


async def test_what_surely_was_not_said_is_said_later(desk: Desk) -> None:
    desk.voice.failures = [TryLater(None), SlowDown(10.0)]
    number = await desk.wrote()
    await questions.answer(desk.world.context, number, Reply("Ở nhà văn hóa."), staff=desk.lead)
    assert await desk.say() == await desk.say(seconds=AFTER_A_FAULT.total_seconds() - 1) == []
    assert await desk.say(seconds=1) == []
    assert len(await desk.say(seconds=10)) == 1
    assert (await desk.find(number)).told_at is not None


@pytest.mark.parametrize("fault", [Unsure("a timeout"), Refused(RefusedReason.OUT_OF_WINDOW, "-230")])
async def test_what_may_have_been_said_or_never_can_be_is_left_to_a_person(desk: Desk, fault: ChannelError) -> None:
    desk.voice.failures = [fault]
    number = await desk.wrote()
    await questions.answer(desk.world.context, number, Reply("Ở nhà văn hóa."), staff=desk.lead)
    assert await desk.say() == await desk.say(hours=1) == []
    assert (await desk.find(number)).untold(desk.world.time)


async def test_after_a_crash_an_answer_is_missing_rather_than_there_twice_and_staff_see_it(desk: Desk) -> None:
    number = await desk.wrote()
    await questions.answer(desk.world.context, number, Reply("Ở nhà văn hóa."), staff=desk.lead)
    desk.voice.gate = asyncio.Event()
    step = asyncio.create_task(desk.back.step())
    for _ in range(200):  # until it is marked; then the process is killed
        await asyncio.sleep(0.005)
        if not (await desk.find(number)).on_its_way(desk.world.time):
            break
    step.cancel()
    with pytest.raises(asyncio.CancelledError):
        await step
    desk.voice.gate = None
    assert await desk.say() == []
    assert (await desk.find(number)).untold(desk.world.time)


async def test_an_answer_for_an_account_that_is_gone_is_for_staff_to_say(desk: Desk) -> None:
    number = await desk.wrote(account="old")
    answered = await questions.answer(desk.world.context, number, Reply("Ở nhà văn hóa."), staff=desk.lead)
    assert answered.untold(desk.world.time)


async def test_an_answer_that_was_not_said_yet_is_taken_back_and_mended(desk: Desk) -> None:
    number, context = await desk.wrote(), desk.world.context
    await questions.answer(context, number, Reply("Ở đình."), staff=desk.lead)
    assert (await questions.reopen(context, number, staff=desk.lead)).answer == "Ở đình."
    assert await desk.say() == []
    await questions.answer(context, number, Reply("Ở nhà văn hóa."), staff=desk.lead)
    assert [text.rpartition("\n")[2] for _, text in await desk.say()] == ["Ở nhà văn hóa."]


async def test_an_answer_for_everybody_stands_on_the_notices_page_without_a_name(desk: Desk) -> None:
    number, context = await desk.wrote("Tôi là Lan, họp ở đâu?"), desk.world.context
    await questions.answer(
        context, number, Reply("Ở nhà văn hóa.", public=True, question="Họp ở đâu?"), staff=desk.head
    )
    assert await desk.on_page() == [("Họp ở đâu?", "Ở nhà văn hóa.")]
    assert (await desk.find(number)).public
    await questions.reopen(context, number, staff=desk.head)
    assert await desk.on_page() == []


async def test_nobody_writes_on_a_notice_that_went_further_than_their_area(desk: Desk) -> None:
    number = await desk.wrote()
    with pytest.raises(NotAllowed, match="rộng hơn"):
        await questions.answer(desk.world.context, number, Reply("Ở nhà văn hóa.", public=True), staff=desk.lead)
    assert (await desk.find(number)).open


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (Reply("  \n"), "Xin viết câu trả lời"),
        (Reply("a" * 1001), "1001 chữ"),
        (Reply("Vâng", public=True, question="a" * 301), "301 chữ"),
    ],
)
async def test_an_answer_that_says_nothing_or_too_much_is_refused_and_nothing_done(
    desk: Desk, reply: Reply, sentence: str
) -> None:
    number = await desk.wrote()
    with pytest.raises(Mistake, match=sentence):
        await questions.answer(desk.world.context, number, reply, staff=desk.head)
    assert (await desk.find(number)).open
    assert await desk.on_page() == []


async def test_what_is_closed_is_done_and_can_be_opened_again_once(desk: Desk) -> None:
    number, context = await desk.wrote(), desk.world.context
    await questions.close(context, number, staff=desk.lead)
    assert (await desk.read(desk.lead), await desk.read(desk.lead, Box.DONE)) == ([], [number])
    await questions.reopen(context, number, staff=desk.head)
    with pytest.raises(Mistake, match="đang chờ"):
        await questions.reopen(context, number, staff=desk.head)
    assert await desk.read(desk.lead) == [number]


async def test_the_nearest_leader_is_told_at_most_once_an_hour(desk: Desk) -> None:
    await desk.wrote()
    assert await desk.told() == {"Ông Tổ": 1}
    await desk.wrote()
    assert await desk.told() == {"Ông Tổ": 1}
    desk.world.pass_time(minutes=61)
    assert await desk.told() == await desk.told() == {"Ông Tổ": 2}
    desk.world.pass_time(minutes=61)
    assert await desk.told() == {"Ông Tổ": 2}


async def test_of_what_may_be_a_call_for_help_the_leader_is_told_at_once(desk: Desk) -> None:
    await desk.wrote()
    assert await desk.told() == {"Ông Tổ": 1}
    await desk.wrote("da nhan, nha em ngap roi can giup a")
    assert await desk.told() == await desk.told() == {"Ông Tổ": 2}
    async with desk.database.read() as connection:
        newest = (await connection.execute(t.tiding.select().order_by(t.tiding.c.id.desc()))).first()
    assert newest is not None
    assert "nhờ giúp đỡ" in newest.texts[0]
    assert "ngap" not in newest.texts[0]


async def test_nobody_is_told_of_touches(desk: Desk) -> None:
    await desk.wrote("", why=Why.UNREADABLE)
    assert await desk.told() == {}


async def test_every_move_is_in_the_audit_log_without_anybodys_words(desk: Desk) -> None:
    number, context = await desk.wrote(), desk.world.context
    await questions.credit(context, number, staff=desk.lead)
    await questions.reopen(context, number, staff=desk.lead)
    await questions.answer(context, number, Reply("Ở nhà văn hóa."), staff=None)
    async with desk.database.read() as connection:
        rows = (await connection.execute(t.audit.select().order_by(t.audit.c.id))).all()
    noted = [(row.actor, row.action, row.subject) for row in rows if row.action.endswith("question")]
    lead = desk.lead.code
    assert noted == [(lead, "credit question", str(number)), (lead, "reopen question", str(number)),
                     ("command", "answer question", str(number))]  # fmt: skip
    assert "văn hóa" not in str([row.detail for row in rows])


async def test_peoples_words_are_forgotten_a_month_after_they_were_written_and_a_public_answer_stays(
    desk: Desk,
) -> None:
    number = await desk.wrote()
    await questions.answer(desk.world.context, number, Reply("Ở nhà văn hóa.", public=True), staff=desk.head)
    assert await upkeep.forget_questions(desk.database, NOON + MONTH - DAY) == 0
    assert await upkeep.forget_questions(desk.database, NOON + MONTH) == 1
    assert await desk.read(None, Box.DONE) == []
    assert await desk.on_page() == [("Họp ở đâu ạ?", "Ở nhà văn hóa.")]


@pytest.mark.parametrize("withdrawn", [False, True])
async def test_words_about_a_notice_are_kept_until_a_month_after_it_is_over(desk: Desk, withdrawn: bool) -> None:
    end = NOON + 10 * DAY
    row = await make_broadcast(desk.database, [desk.commune.root], valid_until=end)
    await desk.wrote(broadcast_id=row.id)
    if withdrawn:
        async with desk.database.write() as connection:
            await notices.withdraw(connection, row.announcement_id, None, NOON)
    assert await upkeep.forget_questions(desk.database, NOON + MONTH + DAY) == (1 if withdrawn else 0)
    assert await upkeep.forget_questions(desk.database, end + MONTH) == (0 if withdrawn else 1)


async def test_what_is_told_last_is_found_by_its_beginning_alone(desk: Desk) -> None:
    await desk.wrote()
    await desk.told()
    async with desk.database.read() as connection:
        assert set(await tidings.last_told(connection, [desk.lead.id, desk.head.id], "inbox:")) == {desk.lead.id}
        assert await tidings.last_told(connection, [desk.lead.id], "in_ox") == {}
