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
        "nhận rồi, mẹ cháu ốm nặng không ai chở đi viện",
        "nhan roi me chau om nang lam",
        "đã nhận, nhà ngập tới mái rồi",
        "đã nhận. nhà em bị cô lập",
        "đã nhận, cả xóm bị chia cắt từ sáng",
        "nhận rồi, nhờ xã cho xe đón bà",
        "đã nhận, có thuyền vào không bác",
        "đã nhận, bà nhà em ngã gãy chân không đi được",
        "nhận rồi, nhà hết gạo từ hôm qua",
        "đã nhận, tường nhà em bị sập",
        "da nhan, ong nha chau kho tho qua",
    ],
)
def test_a_call_for_help_is_seen(text: str) -> None:
    assert asks_for_help(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "đã nhận",
        "Hội cựu chiến binh đã nhận",
        "Họp ở đâu ạ?",
        "sosanh giá",
        "bán cừu",
        "tối mai em ra dọn vệ sinh",
        "em kẹt ca đêm, xin vắng",
        "nhà em không ai đi họp được vì đi viện chăm bà",
        "đã nhận tin khẩn cấp",
        "đã nhận, nhà em không ngập",
        "bác ghi cho hộ em hai người",
    ],
)
def test_other_words_are_none(text: str) -> None:
    assert not asks_for_help(text)
