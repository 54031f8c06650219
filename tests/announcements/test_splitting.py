"""Long texts in parts: nothing lost, nothing broken, nothing too long."""

import html
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from announcements.splitting import SHORTEST_LIMIT, shorten, split_html, split_text
from announcements.text import utf16_length

WORDS = st.lists(
    st.sampled_from(
        ["họp", "thôn.", "bà Lan!", "👍", "👨‍👩‍👧", "🇻🇳", "a&b", "<b>", "Thu Quế;", "7.", "\n", "\n\n", "x" * 9]
    ),
    max_size=120,
).map(" ".join)
LIMITS = st.integers(SHORTEST_LIMIT, 200)
MARK = re.compile(r"\((\d+)/(\d+)\) ")


class Visible(HTMLParser):
    """What a reader sees of one part; says no to an element that is not closed in the order it was opened."""

    def __init__(self, part: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.open: list[str] = []
        self.feed(part)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def without_marks(parts: list[str]) -> list[str]:
    """The parts' own text; checks that the marks count them."""
    if len(parts) < 2:
        return parts
    for n, part in enumerate(parts, 1):
        found = MARK.match(part)
        assert found
        assert found.groups() == (str(n), str(len(parts)))
    return [MARK.sub("", part, count=1) for part in parts]


def test_a_text_that_fits_is_one_part_without_a_mark() -> None:
    assert split_text("  Họp lúc 19 giờ.  ", 32) == ("Họp lúc 19 giờ.",)
    assert split_text("a" * 4096, 4096) == ("a" * 4096,)


def test_one_unit_too_many_makes_two_parts() -> None:
    assert len(split_text("a" * 4095 + "👍", 4096)) == 2


def test_a_text_is_cut_between_paragraphs_first() -> None:
    assert split_text("Một đoạn dài.\n\nHai đoạn ngắn. Ba.\n\nBốn đoạn khác nữa.", 46) == (
        "(1/2) Một đoạn dài.\n\nHai đoạn ngắn. Ba.",
        "(2/2) Bốn đoạn khác nữa.",
    )


def test_then_between_sentences_and_then_between_words() -> None:
    assert split_text("Mời bà con đi họp. Nhớ mang theo sổ hộ khẩu nhé bà", 40) == (
        "(1/2) Mời bà con đi họp.",
        "(2/2) Nhớ mang theo sổ hộ khẩu nhé bà",
    )
    assert split_text("Nhớ mang theo sổ hộ khẩu và giấy tờ", 32) == (
        "(1/2) Nhớ mang theo sổ hộ khẩu",
        "(2/2) và giấy tờ",
    )


def test_a_list_number_stays_with_its_item() -> None:
    parts = split_text("Mời bà con đi họp thôn\n2. Mang theo sổ", 32)
    assert parts == ("(1/2) Mời bà con đi họp thôn", "(2/2) 2. Mang theo sổ")


@pytest.mark.parametrize(
    "letter", ["👨‍👩‍👧", "🇻🇳", "👍🏽", "ẹ\u0302\u0301", "⚠️", "\U0001f3f4\U000e0067\U000e0062\U000e007f"]
)
def test_a_long_word_is_cut_only_between_whole_letters(letter: str) -> None:
    parts = without_marks(list(split_text(letter * 60, 33)))
    assert len(parts) > 1
    assert all(part == letter * (len(part) // len(letter)) for part in parts)


def test_a_letter_longer_than_a_part_is_cut_rather_than_lost() -> None:
    zalgo = "a" + "\u0301" * 100
    assert "".join(without_marks(list(split_text(zalgo, 32)))) == zalgo


def test_a_bold_sentence_is_bold_in_both_parts() -> None:
    assert split_html("<b>Mời bà con thôn Thu Quế &amp; tổ 5 đi họp</b>", 32) == (
        "(1/2) <b>Mời bà con thôn Thu Quế &amp;</b>",
        "(2/2) <b>tổ 5 đi họp</b>",
    )


def test_an_entity_counts_as_one_letter_and_is_never_cut() -> None:
    assert split_html("&lt;" * 40, 40) == ("&lt;" * 40,)
    assert split_html("&lt;" * 41, 40) == ("(1/2) " + "&lt;" * 34, "(2/2) " + "&lt;" * 7)


def test_nested_elements_keep_their_order_and_attributes() -> None:
    parts = split_html('<a href="/n/TB?a=1&amp;b=2"><b>' + "họp thôn " * 5 + "</b></a>", 32)
    assert len(parts) == 2
    for part in parts:
        assert '<a href="/n/TB?a=1&amp;b=2"><b>' in part
        assert part.endswith("</b></a>")


def test_a_channel_too_small_for_any_notice_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 32"):
        split_text("Họp", SHORTEST_LIMIT - 1)


def test_more_than_nine_parts_leave_room_for_the_longer_mark() -> None:
    parts = split_text("họp " * 2_000, 32)
    assert len(parts) > 99
    assert all(utf16_length(part) <= 32 for part in parts)
    assert "".join(without_marks(list(parts))).replace(" ", "") == "họp" * 2_000


@given(WORDS, LIMITS)
def test_every_word_of_a_text_arrives_in_order_within_the_limit(text: str, limit: int) -> None:
    parts = list(split_text(text, limit))
    assert all(utf16_length(part) <= limit for part in parts)
    assert " ".join(without_marks(parts)).split() == text.split()


@settings(max_examples=200)
@given(st.text(max_size=300), LIMITS)
def test_nothing_of_any_text_at_all_is_lost(text: str, limit: int) -> None:
    parts = list(split_text(text, limit))
    assert all(utf16_length(part) <= limit for part in parts)
    assert "".join("".join(without_marks(parts)).split()) == "".join(text.split())


@given(st.lists(st.tuples(WORDS, st.sampled_from(["", "b", "i", "blockquote"])), max_size=6), LIMITS)
def test_parts_of_html_are_well_formed_and_lose_nothing(runs: list[tuple[str, str]], limit: int) -> None:
    markup = " ".join(f"<{tag}>{html.escape(run)}</{tag}>" if tag else html.escape(run) for run, tag in runs)
    seen = [Visible(part).text for part in split_html(markup, limit)]
    assert all(utf16_length(text) <= limit for text in seen)
    assert " ".join(without_marks(seen)).split() == " ".join(run for run, _ in runs).split()


def test_a_short_text_is_not_shortened_and_a_long_one_ends_in_dots() -> None:
    assert shorten("Bà Lan", 6) == "Bà Lan"
    assert shorten("Bà Lan Anh", 8) == "Bà Lan…"
    assert shorten("👨‍👩‍👧👨‍👩‍👧", 12) == "👨‍👩‍👧…"


@given(st.text(), st.integers(2, 40))
def test_a_shortened_text_keeps_its_length(text: str, length: int) -> None:
    assert utf16_length(shorten(text, length)) <= length
