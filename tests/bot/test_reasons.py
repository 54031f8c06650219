"""Why something did not go out, as terminal, pages and messages say it."""

from datetime import UTC, datetime

import pytest

from announcements.channels import Refused, RefusedReason, SlowDown, TryLater, Unready, Unsure
from announcements.types import ChannelKind, DeliveryState
from bot.office.channels.reasons import delivery_words, reason_words
from db.dispatch.deliveries import DeliveryRow

NOON = datetime(2026, 11, 23, 5, tzinfo=UTC)


def row(error: str, chat_trouble: str = "") -> DeliveryRow:
    return DeliveryRow(1, 1, "oa", ChannelKind.ZALO_OA, "-1", "Tổ 1", "to-1", "Tổ 1", DeliveryState.FAILED, 1, None,
                       NOON, error, None, "", None, chat_trouble)  # fmt: skip


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TryLater("403"), "Đã thử nhiều lần, nền tảng chưa nhận (403)"),
        (SlowDown(1.0), "Đã thử nhiều lần, nền tảng chưa nhận"),
        (Refused(RefusedReason.BAD_CONTENT, "error -248"), "Nền tảng từ chối (error -248)"),
        (Unsure("no answer"), "Mất liên lạc đúng lúc gửi, không rõ tin đã tới chưa (no answer)"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_channels_answer_is_said_in_words_before_the_platforms_own(error: Exception, words: str) -> None:
    assert delivery_words(row(error.in_short())) == words  # type: ignore[attr-defined]


def test_what_the_refusal_said_of_the_chat_is_said() -> None:
    refused = Refused(RefusedReason.CHAT_GONE, "chat not found").in_short()
    assert delivery_words(row(refused, "chat_gone")) == "Nhóm không còn nữa (chat not found)"


def test_what_the_platform_was_not_even_asked_is_not_called_its_refusal() -> None:
    unready = Unready(RefusedReason.UNAUTHORISED, "no token")
    unready.sentence = "chưa có mã: lấy cặp mã"
    assert delivery_words(row(unready.in_short())) == "Chưa có mã: lấy cặp mã"


def test_our_own_sentences_stay_as_they_are() -> None:
    assert delivery_words(row("Đã chuyển sang kênh khác")) == "Đã chuyển sang kênh khác"


def test_an_account_in_trouble_never_shows_the_platforms_english() -> None:
    assert reason_words("unauthorised") == "Mã khóa của tài khoản thiếu hoặc không còn đúng"
    assert reason_words("no connection: ConnectError") == "Không liên lạc được với nền tảng"
