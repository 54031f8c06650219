"""Words that may be a call for help are read by a person sooner."""

import pytest

from announcements.help_wanted import asks_for_help


@pytest.mark.parametrize(
    "text",
    [
        "Đã nhận, nhà em cần giúp đỡ ạ",
        "nha ngap roi cuu voi",
        "SOS",
        "Nhờ giúp đưa cụ đi",
        "CẦN HỖ TRỢ!",
        "giúp em với",
    ],
)
def test_a_call_for_help_is_seen(text: str) -> None:
    assert asks_for_help(text)


@pytest.mark.parametrize("text", ["", "đã nhận", "Hội cựu chiến binh đã nhận", "Họp ở đâu ạ?", "sosanh giá", "bán cừu"])
def test_other_words_are_none(text: str) -> None:
    assert not asks_for_help(text)
