"""A notice as messages, and the short texts people see."""

import enum
import string
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from announcements import types
from announcements.channels import Limits, RefusedReason
from announcements.failover import Fate
from announcements.rendering import (
    TOAST_LENGTH,
    NoticeText,
    acknowledge_label,
    label,
    moment_words,
    phrase,
    phrases,
    render,
    span_words,
    template_names,
    toast,
)
from announcements.text import utf16_length
from announcements.types import ChannelKind, Kind, Urgency
from db.tables import IdentityState, QuestionState, Via, Why

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
LINK = "http://127.0.0.1:8000/n/TB-7K3M"
HTML = Limits(4096, html=True)
PLAIN = Limits(2000)

MEETING = NoticeText(
    code="TB-7K3M",
    kind=Kind.MEETING,
    urgency=Urgency.NORMAL,
    title="Họp thôn tháng 11",
    body="Mời bà con đến nhà văn hóa.\n\nXem thêm tại https://example.org/?a=1&b=2",
    area_name="Thôn Thu Quế",
    sender_name="Trưởng thôn Thu Quế",
    due_at=datetime(2026, 11, 23, 19, 0, tzinfo=HANOI),
    link=LINK,
)
ENUMS: list[type[enum.Enum]] = [
    *(
        one
        for one in vars(types).values()
        if isinstance(one, type) and issubclass(one, enum.Enum) and one.__module__ == types.__name__
    ),
    Fate,
    RefusedReason,
    IdentityState,
    QuestionState,
    Via,
    Why,
]


def test_a_notice_for_a_plain_channel_says_everything_as_typed() -> None:
    notice = replace(
        MEETING,
        valid_until=datetime(2026, 11, 27, 17, 5, tzinfo=HANOI),
        supersedes="TB-2222",
        answer_hint="Xin trả lời: đã nhận.",
    )
    assert render(notice, PLAIN) == (
        "🗓 MỜI HỌP · Thôn Thu Quế\n\n"
        "Đính chính cho thông báo TB-2222.\n\n"
        "Họp thôn tháng 11\n\n"
        "Mời bà con đến nhà văn hóa.\n\nXem thêm tại https://example.org/?a=1&b=2\n\n"
        "Trưởng thôn Thu Quế – 19 giờ 00, thứ Hai ngày 23/11/2026\n"
        "Có hiệu lực đến 17 giờ 05, thứ Sáu ngày 27/11/2026\n"
        "Xin trả lời: đã nhận.\n"
        f"Xem và bấm Đã nhận tại: {LINK}\n"
        "Mã thông báo: TB-7K3M",
    )


def test_a_notice_for_an_html_channel_has_a_bold_title_and_escaped_text() -> None:
    (part,) = render(replace(MEETING, title="Họp <gấp> & khẩn", body="1 < 2 & </b><i>"), HTML)
    assert "<b>Họp &lt;gấp&gt; &amp; khẩn</b>" in part
    assert "1 &lt; 2 &amp; &lt;/b&gt;&lt;i&gt;" in part


def test_a_plain_notice_leaves_out_what_it_does_not_have() -> None:
    (part,) = render(MEETING, PLAIN)
    assert "Đính chính" not in part
    assert "hiệu lực" not in part
    assert "\n\n\n" not in part
    assert "None" not in part


@pytest.mark.parametrize(
    ("kind", "heading"),
    [
        (Kind.NOTICE, "📢 THÔNG BÁO"),
        (Kind.MEETING, "🗓 MỜI HỌP"),
        (Kind.HEALTH, "🏥 Y TẾ"),
        (Kind.PAYMENT, "💰 THU NỘP, CHI TRẢ"),
        (Kind.UTILITY, "🔧 ĐIỆN, NƯỚC, ĐƯỜNG SÁ"),
        (Kind.WARNING, "⚠️ CẢNH BÁO"),
    ],
)
@pytest.mark.parametrize(
    ("urgency", "mark"), [(Urgency.NORMAL, ""), (Urgency.URGENT, "❗ GẤP · "), (Urgency.EMERGENCY, "🚨 KHẨN CẤP · ")]
)
@pytest.mark.parametrize("limits", [HTML, PLAIN])
def test_the_heading_tells_kind_urgency_and_area(
    kind: Kind, heading: str, urgency: Urgency, mark: str, limits: Limits
) -> None:
    (part,) = render(replace(MEETING, kind=kind, urgency=urgency), limits)
    assert part.splitlines()[0] == f"{mark}{heading} · Thôn Thu Quế"
    assert part.splitlines()[-2:] == [f"Xem và bấm Đã nhận tại: {LINK}", "Mã thông báo: TB-7K3M"]


@pytest.mark.parametrize("limits", [HTML, PLAIN])
def test_a_warning_asks_to_pass_it_on_and_a_meeting_does_not(limits: Limits) -> None:
    assert "hộ xung quanh" in render(replace(MEETING, kind=Kind.WARNING), limits)[0]
    assert "hộ xung quanh" not in render(MEETING, limits)[0]


def test_a_decomposed_text_is_sent_composed() -> None:
    (part,) = render(replace(MEETING, body=unicodedata.normalize("NFD", "Thuận Thượng")), PLAIN)
    assert "Thuận Thượng" in part


def test_a_title_that_starts_with_a_combining_stroke_does_not_melt_into_its_tag() -> None:
    (part,) = render(replace(MEETING, title="\u0338Họp"), HTML)
    assert "<b>\u0338Họp</b>" in part


@pytest.mark.parametrize("limits", [HTML, PLAIN])
def test_the_longest_body_is_split_and_only_the_last_part_carries_the_whole_ending(limits: Limits) -> None:
    body = ("Kính mời đại diện các hộ <tổ 5> & tổ 6 đến dự. " * 430)[:20_000]
    parts = render(replace(MEETING, body=body), limits)
    assert len(parts) > 4
    assert parts[0].startswith(f"(1/{len(parts)}) 🗓 MỜI HỌP")
    assert [LINK in part for part in parts] == [False] * (len(parts) - 1) + [True]
    assert "Trưởng thôn Thu Quế – 19 giờ 00" in parts[-1]


@pytest.mark.parametrize("length", range(1700, 2000, 13))
def test_the_ending_stays_in_one_piece_wherever_the_cut_falls(length: int) -> None:
    *before, last = render(replace(MEETING, body=("họp thôn " * 300)[:length]), PLAIN)
    assert all("Trưởng thôn Thu Quế –" not in part for part in before)
    assert "Trưởng thôn Thu Quế – 19 giờ 00" in last


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400), st.text(max_size=80), st.integers(300, 600), st.booleans())
def test_whatever_people_type_no_part_is_too_long_or_without_the_link(
    body: str, title: str, limit: int, html: bool
) -> None:
    parts = render(replace(MEETING, body=body, title=title), Limits(limit, html=html))
    assert LINK in parts[-1]
    if html:
        assert all(part.replace("<b>", "").replace("</b>", "").count("<") == 0 for part in parts)
    else:
        assert all(utf16_length(part) <= limit for part in parts)


def test_the_most_particular_wording_is_looked_for_first() -> None:
    assert template_names(Kind.MEETING, ChannelKind.TELEGRAM, html=True) == (
        "meeting.telegram.j2",
        "meeting.html.j2",
        "meeting.j2",
        "notice.j2",
    )
    assert template_names(Kind.HEALTH, None, html=False) == ("health.text.j2", "health.j2", "notice.j2")


def test_every_wording_file_belongs_to_a_kind() -> None:
    wording = files("announcements").joinpath("wording")
    kinds = {file.name.split(".")[0] for file in wording.iterdir() if file.name.endswith(".j2")}
    assert kinds == {kind.value for kind in Kind}


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 11, 23, 19, 0, tzinfo=HANOI), "19 giờ 00, thứ Hai ngày 23/11/2026"),
        (datetime(2027, 2, 7, 7, 5, tzinfo=HANOI), "7 giờ 05, Chủ nhật ngày 07/02/2027"),
    ],
)
def test_a_moment_is_said_the_vietnamese_way(moment: datetime, words: str) -> None:
    assert moment_words(moment) == words


def test_each_day_of_the_week_has_its_name() -> None:
    days = [moment_words(datetime(2026, 11, 23 + n, tzinfo=UTC)).split(", ")[1].split(" ngày")[0] for n in range(7)]
    assert days == ["thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật"]


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        moment_words(datetime(2026, 11, 23, 19, 0))  # noqa: DTZ001 -- the very thing refused


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("name", sorted(phrases()))
def test_every_phrase_is_composed_trimmed_and_can_be_filled_in(name: str) -> None:
    written = phrases()[name]
    assert unicodedata.is_normalized("NFC", written)
    assert written == written.strip()
    filled = phrase(name, **dict.fromkeys(fields(written), 7))
    assert "{" not in filled
    assert bool(filled) != (name == "mark.normal")


@pytest.mark.parametrize("name", sorted(name for name in phrases() if name.startswith("toast.")))
def test_a_toast_fits_a_press_answer_with_the_longest_names(name: str) -> None:
    longest = dict.fromkeys(fields(phrases()[name]), "Nguyễn Hoàng " * 40)
    assert utf16_length(toast(name.removeprefix("toast."), **longest)) <= TOAST_LENGTH


def test_a_toast_names_the_household() -> None:
    assert toast("acknowledged", head="Bà Lan") == "Đã ghi nhận hộ Bà Lan. Cảm ơn ông/bà!"


def test_braces_in_a_name_stay_braces() -> None:
    assert phrase("toast.already", head="{0.__class__}").startswith("Hộ {0.__class__} đã")


def test_an_unknown_phrase_or_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError, match=r"toast\.nothing"):
        phrase("toast.nothing")
    with pytest.raises(KeyError, match="head"):
        phrase("toast.acknowledged")


@pytest.mark.parametrize("member", [member for one in ENUMS for member in one], ids=lambda member: f"{member!r}")
def test_every_member_of_the_shared_enums_has_a_name_for_people(member: enum.Enum) -> None:
    assert label(member)


def test_no_two_members_of_one_enum_have_the_same_name() -> None:
    for one in ENUMS:
        assert len({label(member) for member in one}) == len(one)


def test_every_label_belongs_to_a_member() -> None:
    assert sum(name.startswith("label.") for name in phrases()) == sum(len(one) for one in ENUMS)


def test_the_button_counts_only_when_somebody_is_counted() -> None:
    assert acknowledge_label(12, 41) == "✅ Đã nhận (12/41)"
    assert acknowledge_label(0, 0) == "✅ Đã nhận"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "chưa tới 1 phút"), (59, "chưa tới 1 phút"), (1260, "21 phút"), (7500, "2 giờ 05 phút"),
     (86_400, "1 ngày"), (97_200, "1 ngày 3 giờ")],
)  # fmt: skip
def test_a_span_is_said_as_people_say_it(seconds: int, words: str) -> None:
    assert span_words(timedelta(seconds=seconds)) == words
