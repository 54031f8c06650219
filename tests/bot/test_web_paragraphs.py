"""Text as people typed it, as safe HTML."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from bot.web.paragraphs import paragraphs


def link(address: str, shown: str | None = None) -> str:
    return f'<a href="{escape(address)}" rel="noopener nofollow">{escape(shown or address)}</a>'


def test_blank_lines_part_paragraphs_and_line_ends_stay() -> None:
    assert paragraphs("Một\nhai\n\n\nba") == "<p>Một<br>\nhai</p>\n<p>ba</p>\n"


def test_markup_is_shown_and_never_obeyed() -> None:
    assert paragraphs("<script>alert('x')</script> & <b>") == (
        "<p>&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &lt;b&gt;</p>\n"
    )


def test_nothing_typed_is_no_paragraph() -> None:
    assert paragraphs("  \n\n ") == ""


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("https://dichvucong.gov.vn", "https://dichvucong.gov.vn"),
        ("Xem http://xa.example.vn/a?b=1&c=2.", "http://xa.example.vn/a?b=1&c=2"),
        ("(https://xa.example.vn/a_(b))", "https://xa.example.vn/a_(b)"),
        ("“https://xa.example.vn”", "https://xa.example.vn"),
        ("HTTPS://XA.EXAMPLE.VN/A, rồi gọi", "HTTPS://XA.EXAMPLE.VN/A"),
    ],
)
def test_a_web_address_can_be_tapped_without_the_sentence_around_it(typed: str, address: str) -> None:
    assert paragraphs(typed) == f"<p>{str(escape(typed)).replace(str(escape(address)), link(address))}</p>\n"


def test_an_address_without_scheme_is_opened_over_https() -> None:
    assert paragraphs("www.xa.example.vn") == f"<p>{link('https://www.xa.example.vn', 'www.xa.example.vn')}</p>\n"


@pytest.mark.parametrize(
    "typed",
    ["javascript:alert(1)", "https://dichvucong.gov.vn@khac.example/", "https://", "http://[", "https://khongchamgi"],
)
def test_what_could_deceive_or_leads_nowhere_is_not_linked(typed: str) -> None:
    assert "<a " not in paragraphs(typed)


def test_quotes_cannot_leave_the_attribute() -> None:
    made = paragraphs('https://xa.example.vn/"onmouseover="alert(1)')
    assert 'href="https://xa.example.vn/"' in made
    assert "&#34;onmouseover=&#34;" in made


@given(st.text(st.sampled_from("htps:/w.ab<>\"'&()@ \n"), max_size=60))
def test_only_our_own_tags_ever_come_out(typed: str) -> None:
    ours = re.compile(r'</?p>|<br>|</a>|<a href="[^"<>]*" rel="noopener nofollow">')
    assert not set(ours.sub("", paragraphs(typed))) & {"<", ">", '"'}
