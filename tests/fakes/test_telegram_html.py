"""Marked-up text against what Telegram makes of it."""

import pytest

from tests.fakes.telegram_errors import BotApiError
from tests.fakes.telegram_html import parse_html, trim, utf16_length


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("Mời họp", "Mời họp", []),
        ("<b>Mời</b> họp", "Mời họp", [("bold", 0, 3)]),
        ("1 &lt; 2 &amp; &quot;3&quot; &gt; 0 &#039;&#x1F4E2;", '1 < 2 & "3" > 0 \'📢', []),
        ("&nbsp; A & B", "&nbsp; A & B", []),
        ("📢 <i>Tin</i>", "📢 Tin", [("italic", 3, 3)]),
        ("<b>A<i>B</i></b>", "AB", [("bold", 0, 2), ("italic", 1, 1)]),
        ("<u>a</u><s>b</s><code>c</code>", "abc", [("underline", 0, 1), ("strikethrough", 1, 1), ("code", 2, 1)]),
        ("<tg-spoiler>x</tg-spoiler>", "x", [("spoiler", 0, 1)]),
        ('<span class="tg-spoiler">x</span>', "x", [("spoiler", 0, 1)]),
        ("<blockquote expandable>x</blockquote>", "x", [("expandable_blockquote", 0, 1)]),
        ("<b></b>trống", "trống", []),
    ],
)
def test_markup_becomes_text_and_entities(source: str, text: str, entities: list[tuple[str, int, int]]) -> None:
    plain, found = parse_html(source)
    assert plain == text
    assert [(e["type"], e["offset"], e["length"]) for e in found] == entities


def test_a_link_keeps_its_address_and_a_block_of_code_its_language() -> None:
    assert parse_html('<a href="https://example.org/?a=1">xem</a>')[1][0]["url"] == "https://example.org/?a=1"
    assert parse_html('<pre><code class="language-python">x</code></pre>')[1] == [
        {"type": "pre", "offset": 0, "length": 1, "language": "python"}
    ]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("<b>Mời", 'find end tag corresponding to start tag "b"'),
        ("<b>Mời</i>", 'expected "</b>", found "</i>"'),
        ("Mời</b>", "Unexpected end tag at byte offset 5"),
        ("<p>Mời</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("<br>", 'Unsupported start tag "br"'),
        ("1 < 2", "Unclosed start tag at byte offset 2"),
        ("a <> b", 'Unsupported start tag ""'),
        ("<span>x</span>", 'must have class "tg-spoiler"'),
    ],
)
def test_bad_markup_is_refused(source: str, reason: str) -> None:
    with pytest.raises(BotApiError) as refused:
        parse_html(source)
    assert refused.value.description.startswith("Bad Request: can't parse entities: ")
    assert reason in refused.value.description


def test_white_space_at_the_ends_goes_and_entities_move_with_the_text() -> None:
    assert trim(*parse_html("\n <b> Mời </b>họp \n")) == ("Mời họp", [{"type": "bold", "offset": 0, "length": 4}])
    assert trim(*parse_html("<b>  </b>")) == ("", [])


def test_length_counts_characters_beyond_the_basic_plane_twice() -> None:
    assert [utf16_length(text) for text in ("", "Đã nhận", "📢")] == [0, 7, 2]
