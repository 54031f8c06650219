"""Which requests may change something."""

import pytest

from bot.web.origin import is_ours

PUBLIC = "https://bangtin.example.vn"


def asks(method: str = "POST", **headers: str) -> bool:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return is_ours(method, {"host": "bangtin.example.vn", **named}, PUBLIC)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_is_open_to_links_from_anywhere(method: str) -> None:
    assert asks(method, sec_fetch_site="cross-site", origin="https://khac.example")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_form_of_another_site_is_refused(method: str) -> None:
    assert not asks(method, sec_fetch_site="cross-site", origin="https://khac.example")


def test_a_form_of_a_sister_site_is_refused() -> None:
    assert not asks(sec_fetch_site="same-site", origin="https://khac.example.vn")


def test_our_own_form_passes_by_what_the_browser_says_of_it() -> None:
    assert asks(sec_fetch_site="same-origin", origin=PUBLIC)
    assert asks(sec_fetch_site="none")


def test_an_old_browser_passes_by_its_origin_alone() -> None:
    assert asks(origin="https://bangtin.example.vn")
    assert not asks(origin="https://khac.example")
    assert not asks(origin="null")


def test_a_proxy_in_front_may_change_scheme_and_host() -> None:
    assert asks(host="10.0.0.5:8000", origin=PUBLIC)
    assert asks(host="bangtin.example.vn", origin="http://bangtin.example.vn")


def test_the_public_address_passes_though_the_browser_calls_it_cross_site() -> None:
    assert asks(sec_fetch_site="cross-site", origin=PUBLIC)


def test_a_program_that_is_no_browser_passes() -> None:
    assert asks()


def test_an_origin_is_not_ours_because_no_host_was_named() -> None:
    assert not asks(host="", origin="null")
