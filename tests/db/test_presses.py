"""Presses: recorded for the household behind the person, kept for a stranger, refused when forged."""

from dataclasses import replace
from datetime import timedelta

import pytest

from announcements.types import ChannelKind, DeliveryState, Grade, Role
from db import outbox
from db.access import people
from db.announcing import notices
from db.announcing.notices import BroadcastRow
from db.answering import presses
from db.answering.presses import Press, PressVerdict
from db.counting import reach
from db.engine import Database
from db.links import identities, wishes
from db.links.identities import Link
from db.outbox import Claim, Settlement
from db.places import chats
from db.tables import Via, t
from db.writer import Writer
from tests.makers import NOON, Commune, make_broadcast, make_chats, make_identity

TELEGRAM = ChannelKind.TELEGRAM
LAN, HAI, MAI, STRANGER = "11", "12", "13", "99"


@pytest.fixture
async def sent(database: Database, commune: Commune) -> BroadcastRow:
    """A notice to Thu Quế, sent to its chats; Bà Lan, Ông Hải and Chị Mai are linked."""
    await make_chats(database, [*commune.villages.values(), *commune.groups.values()])
    for head, user in (("Bà Lan", LAN), ("Ông Hải", HAI), ("Chị Mai", MAI)):
        await make_identity(database, commune.households[head], user)
    row = await make_broadcast(database, [commune.villages["Thu Quế"]])
    await settle(database, DeliveryState.SENT)
    return row


async def settle(database: Database, to: DeliveryState) -> None:
    async with database.write() as connection:
        claim = Claim("telegram", "here", NOON, NOON + timedelta(seconds=30), 100)
        for one in (await outbox.claim(connection, [claim]))[0]:
            settlement = Settlement(one.id, "here", to, NOON, posted=("5",), button_id="5")
            await outbox.settle(connection, [settlement])


def address(commune: Commune, group: str = "Thu Quế 1") -> str:
    return f"-100{commune.groups[group].id:05}"


def press(commune: Commune, row: BroadcastRow, user: str, *, group: str = "Thu Quế 1", code: str = "") -> Press:
    return Press("telegram", TELEGRAM, address(commune, group), user, code or row.code, Grade.RECEIVED, NOON)


async def acknowledged(database: Database, row: BroadcastRow) -> int:
    async with database.read() as connection:
        return (await reach.report(connection, row.id, NOON)).total.acknowledged


async def test_a_press_counts_for_the_household_and_names_it(
    database: Database, writer: Writer, commune: Commune, sent: BroadcastRow
) -> None:
    results = await writer.submit_all(presses.press, [press(commune, sent, LAN)] * 3 + [press(commune, sent, HAI)])
    assert [one.verdict for one in results] == ["recorded", "again", "again", "recorded"]
    assert [one.head_name for one in results] == ["Bà Lan", "Bà Lan", "Bà Lan", "Ông Hải"]
    assert await acknowledged(database, sent) == 2


async def test_a_stranger_is_kept_and_credited_once_linked(
    database: Database, writer: Writer, commune: Commune, sent: BroadcastRow
) -> None:
    first = await writer.submit_all(presses.press, [press(commune, sent, STRANGER)] * 2)
    assert [one.verdict for one in first] == [PressVerdict.STRANGER] * 2
    assert await acknowledged(database, sent) == 0
    link = Link(TELEGRAM, STRANGER, commune.households["Ông Bình"], Via.CARD, NOON)
    assert (await writer.submit(identities.link, link)).credited == 1
    assert await acknowledged(database, sent) == 1
    assert (await writer.submit(identities.link, link)).credited == 0


async def test_the_next_village_cannot_count_here(
    database: Database, writer: Writer, commune: Commune, sent: BroadcastRow
) -> None:
    assert (await writer.submit(presses.press, press(commune, sent, MAI))).verdict is PressVerdict.NOT_IN_AUDIENCE
    assert await acknowledged(database, sent) == 0


async def test_data_forged_for_a_chat_the_notice_never_went_to_is_foreign(
    database: Database, writer: Writer, commune: Commune, sent: BroadcastRow
) -> None:
    forged = [
        press(commune, sent, LAN, group="Thống Nhất 1"),
        press(commune, sent, LAN, code="TB-0000.1"),
        press(commune, sent, LAN, code=f"{sent.announcement}.2"),
    ]
    assert {one.verdict for one in await writer.submit_all(presses.press, forged)} == {PressVerdict.FOREIGN}
    assert await acknowledged(database, sent) == 0


async def test_a_withdrawn_notice_takes_no_press(
    database: Database, writer: Writer, commune: Commune, sent: BroadcastRow
) -> None:
    async with database.write() as connection:
        await notices.withdraw(connection, sent.announcement_id, None, NOON)
    assert (await writer.submit(presses.press, press(commune, sent, LAN))).verdict is PressVerdict.WITHDRAWN
    assert await acknowledged(database, sent) == 0


async def test_a_press_under_an_unconfirmed_message_counts(
    database: Database, writer: Writer, commune: Commune
) -> None:
    await make_chats(database, [commune.groups["Thu Quế 1"]])
    await make_identity(database, commune.households["Bà Lan"], LAN)
    row = await make_broadcast(database, [commune.groups["Thu Quế 1"]])
    await settle(database, DeliveryState.UNCONFIRMED)
    assert (await writer.submit(presses.press, press(commune, row, LAN))).verdict is PressVerdict.RECORDED


@pytest.mark.parametrize("ended", [DeliveryState.UNCONFIRMED, DeliveryState.FAILED])
async def test_a_press_under_an_earlier_copy_counts_while_the_notice_waits_to_be_sent_again(
    database: Database, writer: Writer, commune: Commune, ended: DeliveryState
) -> None:
    await make_chats(database, [commune.groups["Thu Quế 1"]])
    await make_identity(database, commune.households["Bà Lan"], LAN)
    row = await make_broadcast(database, [commune.groups["Thu Quế 1"]])
    assert (await writer.submit(presses.press, press(commune, row, LAN))).verdict is PressVerdict.FOREIGN
    await settle(database, ended)
    async with database.write() as connection:
        assert await outbox.resend(connection, row.id, [ended], NOON) == 1
    assert (await writer.submit(presses.press, press(commune, row, LAN))).verdict is PressVerdict.RECORDED


@pytest.mark.parametrize(
    ("pressed", "kept"),
    [
        (("received", "will_attend"), "will_attend"),
        (("will_attend", "received"), "will_attend"),
        (("will_attend", "will_not_attend"), "will_not_attend"),
        (("understood", "received", "will_not_attend", "understood"), "will_not_attend"),
    ],
)
async def test_a_strangers_grades_go_up_only_and_of_equal_ones_the_later_is_credited(
    database: Database, writer: Writer, commune: Commune, sent: BroadcastRow, pressed: tuple[str, ...], kept: str
) -> None:
    one = press(commune, sent, STRANGER)
    times = [NOON + timedelta(minutes=number) for number in range(len(pressed))]
    later = [replace(one, grade=Grade(grade), at=at) for grade, at in zip(pressed, times, strict=True)]
    await writer.submit(presses.press, later[0])
    await writer.submit_all(presses.press, later[1:])
    link = Link(TELEGRAM, STRANGER, commune.households["Ông Bình"], Via.CARD, NOON)
    assert (await writer.submit(identities.link, link)).credited == 1
    async with database.read() as connection:
        assert (await reach.report(connection, sent.id, NOON)).by_grade == {kept: 1}
        answer = (await connection.execute(t.acknowledgement.select())).one()
    assert answer.at == NOON


async def test_a_press_in_a_chat_that_has_moved_is_found_under_its_old_address(
    database: Database, writer: Writer, commune: Commune, sent: BroadcastRow
) -> None:
    move = chats.Move("telegram", address(commune), "-100777", NOON)
    assert await writer.submit_all(chats.move, [move, move]) == [True, False]
    assert (await writer.submit(presses.press, press(commune, sent, LAN))).verdict is PressVerdict.RECORDED


async def test_a_new_link_takes_the_place_of_the_old_one(
    database: Database, writer: Writer, commune: Commune, sent: BroadcastRow
) -> None:
    await make_identity(database, commune.households["Ông Bình"], LAN)
    async with database.read() as connection:
        assert [one.head_name for one in await identities.of(connection, TELEGRAM, LAN)] == ["Ông Bình"]
    assert (await writer.submit(presses.press, press(commune, sent, LAN))).head_name == "Ông Bình"


async def test_a_device_on_the_board_may_hold_several_households(database: Database, commune: Commune) -> None:
    for head in ("Bà Lan", "Ông Hải"):
        await make_identity(database, commune.households[head], "may", channel=ChannelKind.BOARD)
    async with database.read() as connection:
        found = await identities.of(connection, ChannelKind.BOARD, "may")
    assert {one.head_name for one in found} == {"Bà Lan", "Ông Hải"}


async def test_a_wish_waits_for_the_leader_and_is_decided_once(
    database: Database, writer: Writer, commune: Commune, sent: BroadcastRow
) -> None:
    await writer.submit(presses.press, press(commune, sent, STRANGER))
    async with database.write() as connection:
        wish = Link(TELEGRAM, STRANGER, commune.households["Ông Bình"], Via.LEADER, NOON)
        number = await wishes.ask(connection, wish)
        assert await wishes.ask(connection, wish) == number
        assert await identities.of(connection, TELEGRAM, STRANGER) == []
    async with database.write() as connection:
        head = await people.add(connection, name="Trưởng thôn", role=Role.VILLAGE_HEAD,
                                area_id=commune.villages["Thu Quế"].id)  # fmt: skip
        joined = await wishes.decide(connection, number, approve=True, staff_id=head.id, now=NOON)
        assert joined is not None and joined.credited == 1
        assert await wishes.decide(connection, number, approve=False, staff_id=head.id, now=NOON) is None
    assert await acknowledged(database, sent) == 1
