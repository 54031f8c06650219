"""Answers in words through an Official Account: each household counted once and rightly, whatever is said around it."""

import asyncio
import random
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.fakes.zalo_oa import Person
from tests.fakes.zalo_oa_webhook import Delivery
from tests.whole.commune import group_of, household
from tests.whole.oa_commune import OaCommune

pytestmark = pytest.mark.whole

EVERYBODY = range(1, 145)
UNCLEAR = range(81, 101)  # the households that say what is no sure answer
# What says that a notice was received, and how far that goes. {code} is the notice's.
CLEAR = (
    ("đã nhận", "received"),
    ("da nhan", "received"),
    ("Dạ nhà em nhận được rồi ạ", "received"),
    ("ĐÃ NHẬN 👍", "received"),
    (unicodedata.normalize("NFD", "Gia đình tôi đã nhận thông báo"), "received"),
    ("e nhan dc r a", "received"),
    ("oke ạ", "received"),
    ("👍", "received"),
    ("đã nhận {code}", "received"),
    ("[@4567890123456789012] đã nhận ạ", "received"),
    ("Vâng, đã rõ ạ", "understood"),
    ("Nhà tôi sẽ tham gia", "will_attend"),
)
# What doesn't, however like it looks.
TRAPS = (
    "chưa nhận được",
    "không nhận",
    "chưa rõ lắm",
    "ai nhận rồi?",
    "nhận ở đâu ạ",
    "ok nhưng mấy giờ họp?",
    "tổ 5 nhận đủ",
    "đã nhận TB-0000",
    "tối nay nhà bác có ai ở nhà không",
    "đã nhận tiền điện chưa bà con",
)


@dataclass(slots=True)
class Truth:
    """What should be counted, kept by the test itself: household numbers."""

    grades: dict[int, str] = field(default_factory=dict)  # of those who answered themselves
    by_board: set[int] = field(default_factory=set)  # of these, who did so at the board first
    told: set[int] = field(default_factory=set)
    not_reached: set[int] = field(default_factory=set)

    def row(self, numbers: set[int]) -> dict[str, int]:
        counts = {
            "audience": len(numbers),
            "acknowledged": len(numbers & self.grades.keys()),
            "told_in_person": len(numbers & self.told),
            "not_reached": len(numbers & self.not_reached),
        }
        return counts | {"open": 2 * counts["audience"] - sum(counts.values())}

    def check(self, report: Mapping[str, Any], audience: set[int]) -> None:
        """The whole table: the total, each area at every level, channels and grades."""
        assert part(report["total"]) == self.row(audience)
        rows = {row["code"]: part(row) for row in report["areas"]}
        assert rows == {area: self.row({one for one in audience if area in areas_of(one)}) for area in rows}
        assert report["by_grade"] == Counter(self.grades.values())
        by_channel = {"zalo_oa": len(self.grades) - len(self.by_board), "board": len(self.by_board)}
        assert report["by_channel"] == {channel: count for channel, count in by_channel.items() if count}


def part(row: Mapping[str, int]) -> dict[str, int]:
    return {key: row[key] for key in ("audience", "acknowledged", "told_in_person", "not_reached", "open")}


def areas_of(number: int) -> set[str]:
    """The household's group, village and commune."""
    group = group_of(number)
    return {group, group.partition("-to-")[0], "song-phuong"}


async def linked(oa: OaCommune, numbers: range, cards: Mapping[str, str]) -> dict[int, Person]:
    """A person of each household says its card: every other one in the group, the others in private."""
    people = {number: oa.person(f"Người {number}", group_of(number)) for number in numbers}
    saying = []
    for number, person in people.items():
        words = f"LK {cards[household(number)]}"
        group = oa.groups[group_of(number)]
        saying.append(group.say(person, words) if number % 2 else oa.zalo.write(person, words))
    await asyncio.gather(*saying)
    await oa.handled()
    return people


async def test_forty_groups_answer_in_their_own_ways_and_every_household_is_counted_rightly(oa: OaCommune) -> None:
    cards, rng, truth = await oa.cards(), random.Random(11), Truth()
    secretary = await oa.house.json("staff", "add", "--name", "Thư ký", "--role", "secretary", "--area", "Song Phượng")
    async with oa.house.running():
        people = await linked(oa, range(1, 121), cards)
        code = await oa.announce()
        await oa.zalo.wait_for(lambda: len(oa.notices()) == 40)
        told = await clear_and_unclear_words(oa, people, code, truth, rng)
        told += await others(oa, cards, code, truth)
        await oa.handled()
        await the_inbox(oa, code, truth)
        await leaders_and_board(oa, cards, code, truth, secretary["code"])
        truth.check(await oa.report(code), set(EVERYBODY))
        await again_and_forged(oa, told, rng)
        truth.check(await oa.report(code), set(EVERYBODY))
    assert len(oa.notices()) == 40
    assert oa.twice() == set()
    assert not oa.zalo.webhook.unsubscribed


async def clear_and_unclear_words(
    oa: OaCommune, people: Mapping[int, Person], code: str, truth: Truth, rng: random.Random
) -> list[Delivery]:
    """Households 1 to 80 say something clear, some quoting the notice, some twice; 81 to 100 something that is not."""
    saying = []
    for number in range(1, 101):
        person, group = people[number], oa.groups[group_of(number)]
        if number <= 80:
            words, grade = CLEAR[number % len(CLEAR)]
            truth.grades[number] = grade
            quoting = oa.notices(group_of(number))[0] if number % 3 == 0 else None
            said = oa.zalo.write(person, words.format(code=code)) if number % 7 == 0 else None
            saying.append(said or group.say(person, words.format(code=code), quoting=quoting))
            if number % 5 == 0:
                saying.append(group.say(person, "đã nhận"))
        else:
            saying.append(group.say(person, TRAPS[number % len(TRAPS)]))
    for number in (101, 102, 103):
        saying.append(oa.groups[group_of(number)].show(people[number], ("image", "sticker", "voice")[number % 3]))
    rng.shuffle(saying)
    return list(await asyncio.gather(*saying))


async def others(oa: OaCommune, cards: Mapping[str, str], code: str, truth: Truth) -> list[Delivery]:
    """Strangers, of whom one is known later; a second member; a leader who speaks for a whole group; another chat."""
    strangers = [oa.person(f"Khách {number}", group_of(number)) for number in (121, 122, 123)]
    told = []
    for number, person in zip((121, 122, 123), strangers, strict=True):
        told.append(await oa.groups[group_of(number)].say(person, f"đã nhận {code}"))
    await oa.handled()
    told.append(await oa.zalo.write(strangers[0], f"lk {cards[household(121)].lower()}"))
    truth.grades[121] = "received"  # kept, and counted once it is known whose it is
    second = oa.person("Người nhà", group_of(1))
    told.append(await oa.zalo.write(second, f"LK {cards[household(1)]}"))
    await oa.handled()
    told.append(await oa.groups[group_of(1)].say(second, "Nhà tôi sẽ tham gia"))
    truth.grades[1] = "will_attend"  # a household's highest
    return told


async def waiting(oa: OaCommune) -> dict[str, int]:
    """Numbers of what waits for a leader, by household."""
    rows = await oa.house.json("inbox", "list")
    assert len({row["household"] for row in rows}) == len(rows)
    return {row["household"]: row["number"] for row in rows}


async def the_inbox(oa: OaCommune, code: str, truth: Truth) -> None:
    """What was no sure answer is all there; one is credited, one answered into its group, one closed."""
    numbers = await waiting(oa)
    assert set(numbers) == {household(number) for number in UNCLEAR}
    credited, answered, closed = UNCLEAR[:3]
    await oa.house.loa("inbox", "credit", numbers[household(credited)])
    truth.grades[credited] = "received"
    await oa.house.loa("inbox", "answer", numbers[household(answered)], "Họp lúc 19 giờ 30 bác nhé.")
    await oa.house.loa("inbox", "close", numbers[household(closed)])
    group = oa.groups[group_of(answered)]
    await oa.zalo.wait_for(lambda: [one for one in oa.zalo.sent(group.id) if "19 giờ 30" in one.text])


async def leaders_and_board(oa: OaCommune, cards: Mapping[str, str], code: str, truth: Truth, leader: str) -> None:
    await oa.house.loa("ack", code, household(130), "--by", leader, "--how", "met")
    await oa.house.loa("ack", code, household(1), "--by", leader, "--how", "called")  # it has answered itself
    await oa.house.loa("unreachable", code, household(131), "--by", leader, "--why", "away")
    truth.told.add(130)
    truth.not_reached.add(131)
    for number, status in ((140, 303), (141, 303), (2, 303)):
        async with oa.board() as browser:
            answer = await browser.post(f"/n/{code}/ack", data={"card": cards[household(number)]})
        assert answer.status_code == status
        if number not in truth.grades:
            truth.grades[number] = "received"
            truth.by_board.add(number)


async def again_and_forged(oa: OaCommune, told: list[Delivery], rng: random.Random) -> None:
    """Everything once more in another order, and the same words forged for households that have not answered."""
    again = list(told)
    rng.shuffle(again)
    await repeated(oa, again)
    group = oa.groups[group_of(105)]
    forged = oa.zalo.webhook.signed(group.event(oa.person("Kẻ lạ", group_of(105)), "đã nhận"))
    forged.headers["X-ZEvent-Signature"] = "mac=" + "0" * 64
    tampered = oa.zalo.webhook.signed(group.event(oa.person("Kẻ lạ", group_of(105)), "chưa nhận được"))
    tampered.body = tampered.body.replace("chưa nhận được".encode(), "đã nhận".encode())
    for delivery in (forged, tampered):
        await oa.zalo.webhook.post(delivery)
        assert delivery.statuses == [403]
    await oa.handled()


async def repeated(oa: OaCommune, told: list[Delivery]) -> None:
    """Tell events again that were taken, a few at a time."""
    for start in range(0, len(told), 8):
        await asyncio.gather(*(oa.zalo.webhook.post(delivery, 1) for delivery in told[start : start + 8]))
    assert all(delivery.taken for delivery in told)


async def test_of_two_open_notices_a_code_or_a_quotation_tells_and_other_villages_are_not_counted(
    oa: OaCommune,
) -> None:
    """Households 41 to 76 live in Thu Quế, 77 to 108 in Thuận Thượng."""
    cards, first, second = await oa.cards(), Truth(), Truth()
    async with oa.house.running():
        people = await linked(oa, range(41, 85), cards)
        everywhere = await oa.announce()
        await oa.zalo.wait_for(lambda: len(oa.notices()) == 40)
        groups = {number: oa.groups[group_of(number)] for number in people}
        await groups[41].say(people[41], "đã nhận")
        first.grades[41] = "received"
        await oa.handled()
        there = await oa.announce(area="Thu Quế", title="Cắt điện")
        await oa.zalo.wait_for(lambda: len(oa.notices(title="Cắt điện")) == 10)
        copy = {number: oa.notices(group_of(number), title="Cắt điện") for number in people}
        await groups[41].say(people[41], "đã nhận")  # the other one it has answered
        second.grades[41] = "received"
        await groups[42].say(people[42], "đã nhận")  # which?
        await groups[43].say(people[43], f"Đã nhận {there}")
        second.grades[43] = "received"
        await groups[44].say(people[44], "đã nhận", quoting=copy[44][0])
        second.grades[44] = "received"
        await groups[45].say(people[45], f"da nhan {everywhere.lower()}", quoting=copy[45][0])  # the code tells
        first.grades[45] = "received"
        await groups[46].say(people[46], "đã nhận", quoting="somebody-elses-message")
        mai = people[77]
        await groups[41].say(mai, f"đã nhận {there}")
        await oa.zalo.write(mai, f"đã nhận {there}")
        await groups[41].say(mai, "đã nhận", quoting=copy[41][0])
        await groups[77].say(mai, f"đã nhận {there}")  # which never went there
        await groups[78].say(people[78], "đã nhận")  # only one is open there
        first.grades[78] = "received"
        await oa.handled()
        first.check(await oa.report(everywhere), set(EVERYBODY))
        second.check(await oa.report(there), set(range(41, 77)))


async def test_killed_while_forty_groups_answer_nothing_is_lost_and_nothing_counted_twice(oa: OaCommune) -> None:
    oa.zalo.webhook.speed = 100  # a busy machine takes its time to start three services
    cards, truth = await oa.cards(), Truth()
    run = await oa.house.start()
    await run.ready()
    people = await linked(oa, range(1, 121), cards)
    code = await oa.announce()
    await oa.zalo.wait_for(lambda: len(oa.notices()) == 40)
    telling = [
        asyncio.create_task(oa.groups[group_of(number)].say(person, "đã nhận")) for number, person in people.items()
    ]
    truth.grades = dict.fromkeys(people, "received")
    for taken in (20, 60):
        await until_taken(telling, taken)
        await run.kill()
        run = await oa.house.start()
        await run.ready()
    told = await asyncio.gather(*telling)
    await run.kill()  # what is taken is stored: nobody tells it again
    assert all(delivery.taken for delivery in told)
    async with oa.house.running():
        await oa.handled()
        await repeated(oa, told)
        await oa.handled()
        truth.check(await oa.report(code), set(EVERYBODY))
    assert len(oa.notices()) == 40


async def until_taken(telling: list[asyncio.Task[Delivery]], count: int) -> None:
    while sum(task.done() for task in telling) < min(count, len(telling)):
        await asyncio.wait(telling, return_when=asyncio.FIRST_COMPLETED, timeout=0.05)
