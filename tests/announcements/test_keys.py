"""Keys of the API: their form, what is kept of them, the scopes people write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from announcements.keys import NewKey, digest, fits, new_key, read_prefix, read_scopes, read_token
from announcements.mistakes import Mistake
from announcements.types import KeyScope


def test_a_new_key_is_read_back() -> None:
    made = new_key()
    assert read_token(made.token) == made
    assert made.token.startswith("loa_")
    assert new_key() != made


def test_nothing_of_the_secret_is_in_what_is_kept() -> None:
    made = new_key()
    kept = digest(made.secret)
    assert made.secret not in kept
    assert fits(made.secret, kept)
    assert not fits(new_key().secret, kept)
    assert not fits("", kept)


@given(st.text())
def test_no_other_text_is_a_key(text: str) -> None:
    found = read_token(text)
    assert found is None or found.token == text


@pytest.mark.parametrize("text", ["", "loa_", "loa_7k3m9q2x", "loa_7k3m9q2x_short", "Loa_7k3m9q2x_" + "a" * 43,
                                  "loa_7k3m9q2x_" + "a" * 44, "loa_7k3m9q2x_" + "ắ" * 43])  # fmt: skip
def test_what_looks_like_a_key_and_is_none(text: str) -> None:
    assert read_token(text) is None


@pytest.mark.parametrize("text", ["loa_7k3m9q2x", " LOA_7K3M9Q2X ", "7k3m9q2x", "loa_7k3m9q2x_" + "a" * 43])
def test_a_prefix_is_read_as_people_write_it(text: str) -> None:
    assert read_prefix(text) == "loa_7k3m9q2x"


def test_a_prefix_keeps_its_shape_whatever_was_drawn() -> None:
    made = new_key(lambda letters: letters[-1])
    assert made == NewKey("loa_zzzzzzzz", made.secret)


def test_scopes_are_read_with_commas_or_one_by_one() -> None:
    assert read_scopes(["read,record", "announce"]) == {KeyScope.READ, KeyScope.RECORD, KeyScope.ANNOUNCE}
    with pytest.raises(Mistake, match="Không có quyền “admin”"):
        read_scopes(["read", "admin"])
    with pytest.raises(Mistake, match="Chưa chọn quyền"):
        read_scopes([" , "])
