"""A commune whose groups are on Zalo and nowhere else: the real command against the fake Zalo Bot Platform."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from announcements.types import ChannelKind
from db.engine import Database
from db.places import areas, chats
from tests.fakes.zalo_bot import FakeZaloBot
from tests.fakes.zalo_bot_faults import cut_after, edge, late, refusal
from tests.fakes.zalo_bot_world import Chat
from tests.whole.service import House, roster_csv

pytestmark = pytest.mark.whole

VILLAGE = "Thu Quế"
SENTENCE = "Kính mời bà con tới nhà văn hoá thôn dự họp về việc nạo vét mương và đường nước sạch. "


@dataclass(slots=True)
class Place:
    """Five groups of one village; `groups` by their area's code."""

    house: House
    zalo: FakeZaloBot
    groups: dict[str, Chat] = field(default_factory=dict)

    def configure(self, *more: str, public_url: str = "https://loa.example.vn") -> None:
        self.house.write(
            f"""
[app]
public_url = "{public_url}"

[web]
port = 0

[[accounts]]
name = "zalo"
channel = "zalo_bot"
token = "{self.zalo.token}"
base_url = "{self.zalo.base_url}"
per_second = 50
per_chat_per_minute = 60
"""
            + "\n".join(more)
        )

    async def announce(self, *more: object) -> str:
        made = await self.house.json("announce", "--title", "Họp thôn", "--area", VILLAGE, *more)
        return str(made["announcement"])

    async def states(self, code: str) -> dict[str, str]:
        """How each chat's delivery stands, by area."""
        rows = await self.house.json("deliveries", code)
        return {row["area"]: row["state"] for row in rows if row["channel"] == "zalo_bot"}


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with FakeZaloBot() as zalo:
        zalo.habits.remembers = 60.0  # a busy machine may be away from polling for some seconds
        place = Place(House(tmp_path), zalo)
        place.configure()
        (tmp_path / "ho.csv").write_text(roster_csv({VILLAGE: range(1, 6)}, 2), "utf-8")
        await place.house.loa("roster", "import", "ho.csv")
        await add_chats(place)
        yield place
        await place.house.close()


async def add_chats(place: Place) -> None:
    """Straight into the table, but for the first: five commands prove no more than one."""
    for number in range(1, 6):
        place.groups[f"thu-que-to-{number}"] = place.zalo.group(f"Tổ {number} {VILLAGE}")
    first, *others = place.groups.items()
    added = await place.house.json(
        "chat", "add", "--area", f"Tổ 1, {VILLAGE}", "--account", "zalo", "--address", first[1].id
    )
    assert (added["area"], added["channel"]) == (first[0], "zalo_bot")
    database = Database(f"sqlite+aiosqlite:///{place.house.folder / 'loa.db'}")
    async with database.write() as connection:
        for code, group in others:
            area = await areas.find(connection, code)
            await chats.add(connection, account="zalo", channel=ChannelKind.ZALO_BOT, address=group.id,
                            area_id=area.id, title=group.title)  # fmt: skip
    await database.close()


async def test_a_notice_reaches_five_groups_with_its_picture_and_says_how_to_answer(place: Place) -> None:
    (place.house.folder / "so-do.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"synthetic" * 10)
    (place.house.folder / "moi.pdf").write_bytes(b"%PDF-1.4 synthetic")
    async with place.house.running():
        code = await place.announce("--body", "Mời bà con dự họp.", "--attach", "so-do.png", "--attach", "moi.pdf")
        await place.zalo.wait_for(lambda: len(place.zalo.messages) == 10, 30)
    for group in place.groups.values():
        picture, text = place.zalo.sent(group.id)
        assert picture.photo.startswith(f"https://loa.example.vn/n/{code}/files/")
        assert f"chọn Trả lời và ghi: “đã nhận {code}”" in text.text
        assert f"Tệp kèm, moi.pdf: https://loa.example.vn/n/{code}/files/" in text.text
        assert text.text.endswith(f"Mã thông báo: {code}")
    assert set((await place.states(code)).values()) == {"sent"}


async def test_a_long_notice_comes_in_parts_and_trouble_ends_as_each_kind_should(place: Place) -> None:
    first, second, third, fourth, _ = sorted(place.groups)
    zalo = place.zalo
    zalo.fault(refusal(403, "Internal server error"), chat_id=place.groups[first].id)
    zalo.fault(edge(502), chat_id=place.groups[second].id, skip=1)
    zalo.fault(cut_after(), chat_id=place.groups[third].id)
    place.groups[fourth].here = False
    async with place.house.running() as run:
        code = await place.announce("--body", SENTENCE * 40)
        await zalo.wait_for(lambda: len(zalo.sent(place.groups[first].id)) == 2, 30)
        states = await place.states(code)
    assert [states[one] for one in sorted(place.groups)] == ["sent", "unconfirmed", "unconfirmed", "failed", "sent"]
    assert zalo.duplicates() == {}
    assert zalo.token.partition(":")[2] not in run.log()
    found = await place.house.json("chat", "check", status=1)
    assert [row["problem"] is None for row in sorted(found, key=lambda row: row["area"])] == [True] * 3 + [False, True]


async def test_doctor_tells_of_a_bot_that_may_not_join_groups_and_of_a_wrong_token(place: Place) -> None:
    place.zalo.habits.can_join_groups = False
    findings = (await place.house.json("doctor"))["findings"]
    said = [one["sentence"] for one in findings if one["subject"] == "Tài khoản zalo"]
    assert said[0] == "hoạt động, tên Bot Loa Thôn"
    assert "chưa cho bot này vào nhóm" in said[1]
    text = (place.house.folder / "config.toml").read_text("utf-8").replace(place.zalo.token, "4242424242:other-one")
    place.house.write(text)
    done = await place.house.loa("doctor", status=1)
    assert "không dùng được (401" in done.out + done.err
    assert "other-one" not in done.out + done.err


async def reach(place: Place, code: str) -> dict[str, int]:
    return dict((await place.house.json("report", code))["total"])


async def until_acknowledged(place: Place, code: str, count: int) -> None:
    async with asyncio.timeout(30):
        while (await reach(place, code))["acknowledged"] != count:  # noqa: ASYNC110
            await asyncio.sleep(0.3)


async def cards(place: Place, area: str) -> list[str]:
    return [row["code"] for row in await place.house.json("cards", "--area", area)]


async def test_households_link_by_their_card_and_answer_by_a_reply(place: Place) -> None:
    """Bà Lan links in the group, Ông Hải in private; a stranger's answer and a plain "đã nhận" count for nobody. The
    stranger has no card: somebody at the terminal says whose they are, and they are told."""
    zalo, first = place.zalo, place.groups["thu-que-to-1"]
    lan, hai, guest = zalo.person("Lan"), zalo.person("Hải"), zalo.person("Khách")
    one, two = await cards(place, "thu-que-to-1")
    async with place.house.running():
        code = await place.announce("--body", "Mời bà con dự họp.")
        await zalo.wait_for(lambda: len(zalo.messages) == 5 and zalo.is_polled, 30)
        (notice,) = zalo.sent(first.id)
        at = zalo.at(first.id)
        at.say(guest, "nhóm", mentioning=True)
        await zalo.wait_for(lambda: zalo.sent(first.id, containing=f"--address {first.id}"), 30)
        at.say(lan, f"LK {one}", mentioning=True)
        zalo.at(hai.id).say(hai, f"LK {two}")
        await zalo.wait_for(lambda: zalo.sent(hai.id), 30)
        assert at.say(lan, "đã nhận") is None
        at.say(guest, f"đã nhận {code}", quoting=notice)
        update = at.say(lan, "Dạ nhà em đã nhận ạ", quoting=notice)
        await until_acknowledged(place, code, 1)
        assert update is not None
        zalo.repeat(update)
        at.say(hai, f"Đã nhận {code}", mentioning=True)
        await until_acknowledged(place, code, 2)
        household = (await place.house.json("cards", "--area", "thu-que-to-1"))[0]
        zalo.at(guest.id).say(guest, f"XIN LK {household['head_name']}")
        await zalo.wait_for(lambda: zalo.sent(guest.id), 30)
        (wish,) = await place.house.json("wish", "list")
        assert wish["household"] == household["household"]
        await place.house.json("wish", "approve", wish["wish"])
        await zalo.wait_for(lambda: zalo.sent(guest.id, containing="Ông/bà đã được xác nhận"), 30)
    report = await place.house.json("report", code)
    assert report["by_channel"] == {"zalo_bot": 2}
    assert len(zalo.sent(first.id, containing="Họp thôn")) == 1


async def test_the_webhook_takes_what_zalo_delivers_and_nobody_elses(place: Place) -> None:
    place.configure('mode = "webhook"', 'webhook_secret = "bi-mat-thu"')
    zalo, group = place.zalo, place.groups["thu-que-to-1"]
    lan = zalo.person("Lan")
    (one, _) = await cards(place, "thu-que-to-1")
    async with place.house.running() as run:
        zalo.state.updates.forward_to = re.findall(r"http://127\.0\.0\.1:\d+", run.log())[-1]
        code = await place.announce("--body", "Mời bà con dự họp.")
        await zalo.wait_for(lambda: len(zalo.messages) == 5 and zalo.state.updates.webhook.url, 30)
        at = zalo.at(group.id)
        at.say(lan, f"LK {one}", mentioning=True)
        at.say(lan, f"đã nhận {code}", mentioning=True)
        await until_acknowledged(place, code, 1)
        zalo.state.updates.webhook.secret = "another-one"
        at.say(lan, "tham gia", mentioning=True)
        await zalo.wait_for(lambda: zalo.lost, 30)
    assert zalo.state.updates.webhook.statuses == [200, 200, 403, 403, 403, 403]
    assert zalo.calls("getUpdates") == []


async def asked(place: Place, text: str) -> tuple[str, int]:
    """Bà Lan, who is linked, asks this under a notice; the announcement's code and the number of her question."""
    zalo, group = place.zalo, place.groups["thu-que-to-1"]
    lan, (card, _) = zalo.person("Lan"), await cards(place, "thu-que-to-1")
    code = await place.announce("--body", "Mời bà con dự họp.")
    await zalo.wait_for(lambda: len(zalo.sent(containing=code)) == 5 and zalo.is_polled, 30)
    (notice,) = zalo.sent(group.id)
    zalo.at(lan.id).say(lan, f"LK {card}")
    await zalo.wait_for(lambda: zalo.sent(lan.id), 30)
    zalo.at(group.id).say(lan, text, quoting=notice)
    async with asyncio.timeout(30):
        while not (found := await place.house.json("inbox", "list")):  # noqa: ASYNC110
            await asyncio.sleep(0.3)
    assert [(one["text"], one["why"], one["head_name"] != "") for one in found] == [(text, "question", True)]
    return code, found[0]["number"]


async def test_a_question_is_answered_from_the_terminal_once_in_the_group_and_for_everybody(place: Place) -> None:
    zalo, group = place.zalo, place.groups["thu-que-to-1"]
    leader = zalo.person("Ông Trưởng")
    added = await place.house.json("staff", "add", "--name", "Ông Trưởng", "--role", "village_head", "--area", VILLAGE)
    staff = added["code"]
    async with place.house.running() as run:
        await zalo.wait_for(lambda: zalo.is_polled, 30)
        zalo.at(leader.id).say(leader, f"LK {staff}")
        await zalo.wait_for(lambda: zalo.sent(leader.id), 30)
        code, number = await asked(place, "Họp ở đâu ạ?")
        await zalo.wait_for(lambda: zalo.sent(leader.id, containing="/inbox"), 60)
        await place.house.json("inbox", "answer", number, "Ở nhà văn hóa thôn.", "--public", "--as", staff)
        await zalo.wait_for(lambda: zalo.sent(group.id, containing="Ở nhà văn hóa thôn."), 30)
        await asyncio.sleep(6)  # it looks again every five seconds
        url = re.findall(r"http://127\.0\.0\.1:\d+", run.log())[-1]
        async with httpx.AsyncClient(trust_env=False) as browser:
            page = (await browser.get(f"{url}/n/{code}")).text
        assert "Hỏi – đáp" in page and "Ở nhà văn hóa thôn." in page
        (row,) = await place.house.json("inbox", "list", "--box", "done")
    assert (row["state"], row["saying"], row["said_at"] is not None) == ("answered", False, True)
    (said,) = zalo.sent(group.id, containing="Ở nhà văn hóa thôn.")
    assert said.text == "Trả lời câu hỏi “Họp ở đâu ạ?”:\nỞ nhà văn hóa thôn."
    assert len(zalo.sent(leader.id, containing="/inbox")) == 1


async def test_a_service_killed_while_it_says_an_answer_says_it_no_second_time(place: Place) -> None:
    zalo, group = place.zalo, place.groups["thu-que-to-1"]
    run = await place.house.start()
    await run.ready()
    _, number = await asked(place, "Mấy giờ họp ạ?")
    slow = zalo.fault(late(20.0), chat_id=group.id)
    await place.house.json("inbox", "answer", number, "19 giờ.")
    await zalo.wait_for(lambda: slow.taken, 30)
    await run.kill()
    async with place.house.running():
        await asyncio.sleep(12)
        (row,) = await place.house.json("inbox", "list", "--box", "done")
    assert len(zalo.sent(group.id, containing="19 giờ.")) <= 1
    assert (row["state"], row["saying"], row["said_at"]) == ("answered", False, None)
