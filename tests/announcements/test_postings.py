"""A leader says in their own words that they posted a text: read when it is clear, and left to others when not."""

import unicodedata

import pytest

from announcements.postings import PostingWord, SaidOfPosting, read_posting

W = PostingWord


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Đã đăng", SaidOfPosting(W.POSTED)),
        ("da dang roi", SaidOfPosting(W.POSTED)),
        ("Dạ em đã đăng rồi ạ.", SaidOfPosting(W.POSTED)),
        ("đăng xong rồi", SaidOfPosting(W.POSTED)),
        ("đã đăng tin thu hồi", SaidOfPosting(W.POSTED)),
        ("đã đăng TB-7K3M", SaidOfPosting(W.POSTED, "TB-7K3M")),
        ("Đã đăng xong tin tb 7k3m ạ", SaidOfPosting(W.POSTED, "TB-7K3M")),
        (unicodedata.normalize("NFD", "Đã đăng TB-7K3M"), SaidOfPosting(W.POSTED, "TB-7K3M")),
        ("chưa đăng", SaidOfPosting(W.NOT_POSTED)),
        ("Em chưa đăng được TB-7K3M", SaidOfPosting(W.NOT_POSTED, "TB-7K3M")),
        ("/dangtay", SaidOfPosting(W.ONCE_MORE)),
        ("đăng tay", SaidOfPosting(W.ONCE_MORE)),
    ],
)
def test_what_is_clear_is_read(text: str, said: SaidOfPosting) -> None:
    assert read_posting(text) == said


@pytest.mark.parametrize(
    "text",
    ["đã đăng chưa?", "ai đã đăng rồi?", "đã đăng ký", "đã nhận TB-7K3M", "đăng", "mai đăng", "đã đăng ở nhóm khác",
     "đã đăng " + "rồi " * 30],
)  # fmt: skip
def test_what_is_not_is_left_to_others(text: str) -> None:
    assert read_posting(text) is None
