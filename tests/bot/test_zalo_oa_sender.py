"""One Official Account as a channel, against the fake: texts, pictures, files, people, groups."""

import asyncio
import io
import unicodedata
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from announcements.channels import File, Hears, Message, Refused, RefusedReason, Unsure
from announcements.types import FileKind
from bot.channels.zalo_oa.groups import Group
from bot.channels.zalo_oa.oauth import OAuth
from bot.channels.zalo_oa.pictures import LARGEST
from bot.channels.zalo_oa.sender import ZaloOaChannel
from bot.channels.zalo_oa.tokens import TokenKeeper
from db.engine import Database
from tests.fakes.zalo_oa import FakeZaloOa, GroupChat
from tests.fakes.zalo_oa_state import ADMIN, Trouble


@dataclass(slots=True)
class Stage:
    zalo: FakeZaloOa
    channel: ZaloOaChannel
    group: GroupChat


@pytest.fixture
async def stage(sqlite_database: Database) -> AsyncIterator[Stage]:
    async with FakeZaloOa() as zalo:
        oauth = OAuth(zalo.base_url, zalo.state.app_id, zalo.state.app_secret)
        keeper = TokenKeeper("oa", sqlite_database, oauth, zalo.state.refresh_token)
        channel = ZaloOaChannel(keeper, zalo.base_url, zalo.state.oa_id)
        yield Stage(zalo, channel, zalo.group("Tổ 1"))
        await channel.close()


def noise(side: int, kind: str = "JPEG") -> bytes:
    """A picture that hardly shrinks, as a telephone takes it."""
    content = io.BytesIO()
    Image.effect_noise((side, side), 90).convert("RGB").save(content, kind, quality=95)
    return content.getvalue()


def picture(folder: Path, content: bytes = b"\xff\xd8\xff synthetic") -> File:
    path = folder / "picture.jpg"
    path.write_bytes(content)
    return File(1, FileKind.PHOTO, "ảnh.jpg", str(path))


def document(folder: Path, size: int = 100) -> File:
    path = folder / "paper.pdf"
    path.write_bytes(b"%PDF-" + b"0" * size)
    return File(2, FileKind.DOCUMENT, "Quyết định.pdf", str(path))


async def test_a_text_goes_into_the_group(stage: Stage) -> None:
    posted = await stage.channel.send(stage.group.id, Message(("Mời họp", "19 giờ")))
    assert [sent.text for sent in stage.zalo.sent(stage.group.id)] == ["Mời họp", "19 giờ"]
    assert posted.message_ids == tuple(sent.id for sent in stage.zalo.sent())


async def test_nobody_is_called_by_what_a_notice_quotes(stage: Stage) -> None:
    await stage.channel.send(stage.group.id, Message((f"Gọi [@{stage.group.id}] và [@1]",)))
    assert stage.zalo.sent()[0].text == f"Gọi (@{stage.group.id}) và (@1)"


async def test_files_go_first_and_are_uploaded_once(stage: Stage, tmp_path: Path) -> None:
    message = Message(("Xem tệp",), files=(picture(tmp_path), document(tmp_path)))
    others = [stage.zalo.group(f"Tổ {number}") for number in range(2, 6)]
    posted = await asyncio.gather(*(stage.channel.send(one.id, message) for one in (stage.group, *others)))
    assert len(stage.zalo.state.uploads) == 2
    assert set(posted[0].uploaded) == {1, 2}
    assert sum(one.uploads for one in posted) == 2
    kinds = [sent.attachment["type"] if sent.attachment else "text" for sent in stage.zalo.sent(stage.group.id)]
    assert kinds == ["template", "file", "text"]


async def test_an_upload_the_platform_has_forgotten_is_made_anew(stage: Stage, tmp_path: Path) -> None:
    message = Message(("Xem ảnh",), files=(picture(tmp_path),))
    await stage.channel.send(stage.group.id, message)
    stage.zalo.state.uploads.clear()
    posted = await stage.channel.send(stage.group.id, message)
    assert list(stage.zalo.state.uploads) == [posted.uploaded[1]]
    assert len(stage.zalo.sent()) == 4


async def test_an_account_that_may_upload_no_more_can_still_post(stage: Stage, tmp_path: Path) -> None:
    stage.zalo.refuse("/upload/file", -211)
    with pytest.raises(Refused) as refused:
        await stage.channel.send(stage.group.id, Message(("Xem tệp",), files=(document(tmp_path),)))
    assert refused.value.reason is RefusedReason.BAD_CONTENT  # which says nothing of the account
    assert "không kèm ảnh hay PDF" in refused.value.sentence


async def test_a_picture_is_called_after_what_it_has_become(stage: Stage, tmp_path: Path) -> None:
    (large := tmp_path / "anh.png").write_bytes(noise(1200, "PNG"))
    await stage.channel.send(stage.group.id, Message(("Ảnh",), files=(File(3, FileKind.PHOTO, "ảnh.png", str(large)),)))
    (uploaded,) = stage.zalo.state.uploads.values()
    assert uploaded.startswith(b"\xff\xd8\xff")  # made a JPEG, and the fake takes none that is called a PNG


async def test_what_is_said_is_composed(stage: Stage) -> None:
    await stage.channel.say(stage.group.id, unicodedata.normalize("NFD", "Đã liên kết"))
    assert stage.zalo.sent()[0].text == "Đã liên kết"


async def test_a_telephones_picture_is_made_small_enough(stage: Stage, tmp_path: Path) -> None:
    content = noise(2400)
    assert len(content) > LARGEST
    await stage.channel.send(stage.group.id, Message(("Ảnh",), files=(picture(tmp_path, content),)))
    (uploaded,) = stage.zalo.state.uploads.values()
    assert len(uploaded) <= LARGEST
    assert Image.open(io.BytesIO(uploaded)).size[0] >= 800


async def test_what_is_no_picture_is_refused(stage: Stage, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        await stage.channel.send(stage.group.id, Message(("Ảnh",), files=(picture(tmp_path, b"no" * 800_000),)))
    assert refused.value.reason is RefusedReason.BAD_CONTENT


async def test_a_file_over_the_platforms_limit_is_refused_before_it_is_uploaded(stage: Stage, tmp_path: Path) -> None:
    with pytest.raises(Refused):
        await stage.channel.send(stage.group.id, Message(("Tệp",), files=(document(tmp_path, 5_000_001),)))
    assert stage.zalo.state.uploads == {}


async def test_what_was_posted_before_an_error_is_not_posted_again(stage: Stage) -> None:
    stage.zalo.fault(Trouble.CUT_AFTER, "/group/message", skip=1)
    message = Message(("một", "hai", "ba"))
    with pytest.raises(Unsure) as unsure:
        await stage.channel.send(stage.group.id, message)
    assert len(unsure.value.done) == 1
    await stage.channel.send(stage.group.id, Message(message.parts, done=unsure.value.done))
    assert [sent.text for sent in stage.zalo.sent()] == ["một", "hai", "hai", "ba"]


async def test_a_person_can_be_answered_within_their_window_only(stage: Stage) -> None:
    lan = stage.zalo.person("Lan")
    address = stage.channel.private(lan.id)
    with pytest.raises(Refused) as refused:
        await stage.channel.say(address, "Chào bà")
    assert refused.value.reason is RefusedReason.OUT_OF_WINDOW
    assert "7 ngày" in refused.value.sentence
    stage.zalo.state.in_window.add(lan.id)
    await stage.channel.say(address, "Chào bà")
    assert [(sent.to, sent.private) for sent in stage.zalo.sent()] == [(lan.id, True)]


@pytest.mark.parametrize(
    ("change", "reason"),
    [("disabled", RefusedReason.NO_RIGHTS), ("foreign", RefusedReason.CHAT_GONE), ("gone", RefusedReason.CHAT_GONE)],
)
async def test_a_look_and_a_message_say_the_same_of_a_lost_group(
    stage: Stage, change: str, reason: RefusedReason
) -> None:
    assert await stage.channel.look(stage.group.id) == "Tổ 1"
    setattr(stage.group.state, change, True)
    for asked in (stage.channel.look(stage.group.id), stage.channel.send(stage.group.id, Message(("Họp",)))):
        with pytest.raises(Refused) as refused:
            await asked
        assert refused.value.reason is reason
        assert refused.value.sentence


@pytest.mark.parametrize(("status", "takes"), [("", True), ("enabled", True), ("ACTIVE", True), ("Disabled", False)])
def test_a_status_nobody_has_described_is_no_reason_to_give_a_group_up(status: str, takes: bool) -> None:
    assert Group("1", "Tổ 1", "", 41, status).is_enabled is takes


async def test_health_proves_the_token_and_the_permission(stage: Stage) -> None:
    assert (await stage.channel.health()).name == f"OA {stage.zalo.state.oa_id}"
    stage.zalo.state.permitted = False
    with pytest.raises(Refused) as refused:
        await stage.channel.health()
    assert refused.value.reason is RefusedReason.UNAUTHORISED


async def test_an_account_whose_events_go_nowhere_says_so_and_asks_for_no_written_answers(stage: Stage) -> None:
    keeper = stage.channel._tokens
    deaf = ZaloOaChannel(keeper, stage.zalo.base_url, stage.zalo.state.oa_id, hears=False)
    assert "webhook_secret" in (await deaf.health()).caution
    assert deaf.limits.hears is Hears.NOTHING
    assert (await stage.channel.health()).caution == ""
    await deaf.close()


async def test_all_groups_are_listed_however_many_pages_they_take(stage: Stage) -> None:
    for number in range(2, 122):
        stage.zalo.group(f"Tổ {number}")
    groups = await stage.channel.groups.everything()
    assert len({group.id for group in groups}) == 121
    assert all(group.is_enabled for group in groups)


async def test_members_are_listed_with_the_account_among_them(stage: Stage) -> None:
    people = [stage.zalo.person(f"Người {number}", stage.group) for number in range(60)]
    members = await stage.channel.groups.members(stage.group.id)
    assert {member.id for member in members} == {stage.zalo.state.oa_id, ADMIN, *(one.id for one in people)}


async def test_a_group_is_made_with_a_free_asset(stage: Stage) -> None:
    asset = stage.zalo.asset()
    free = [one.id for one in await stage.channel.groups.assets() if one.status == "available"]
    assert free == [asset]
    made = await stage.channel.groups.create("Tổ 2", asset, [ADMIN])
    assert await stage.channel.look(made.id) == "Tổ 2"
    with pytest.raises(Refused) as refused:
        await stage.channel.groups.create("Tổ 3", asset, [ADMIN])
    assert "gói khác" in refused.value.sentence or "gói còn trống" in refused.value.sentence


async def test_what_a_person_calls_themselves_is_asked_of_the_platform(stage: Stage) -> None:
    lan = stage.zalo.person("Nguyễn Thị Lan", stage.group)
    assert await stage.channel.name_of(lan.id) == "Nguyễn Thị Lan"
    with pytest.raises(Refused):
        await stage.channel.name_of("0")
