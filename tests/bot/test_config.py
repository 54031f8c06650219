"""The configuration: which file, what it may say, and a sentence for what it may not."""

import re
from pathlib import Path

import pytest

from bot.config import ConfigMistake, load

ACCOUNT = '[[accounts]]\nname = "telegram"\nchannel = "telegram"\n'
ZALO = '[[accounts]]\nname = "zalo"\nchannel = "zalo_bot"\n'
HOOKED = ZALO + 'token = "1:a"\nmode = "webhook"\n'
TELEGRAM_HOOKED = ACCOUNT + 'token = "1:a"\nmode = "webhook"\n'
OUTSIDE = '[app]\npublic_url = "https://loa.example.vn"\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    return path


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file and no variables of the developer's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LOA_CONFIG", raising=False)


def test_without_any_file_the_embedded_defaults_hold() -> None:
    settings = load()
    assert (settings.web.port, settings.accounts, settings.commune.timezone) == (8000, [], "Asia/Ho_Chi_Minh")


def test_the_named_file_wins_over_the_variable_and_that_over_the_usual_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for port, name in ((1, "named"), (2, "variable"), (3, "usual")):
        (tmp_path / name).mkdir()
        written(tmp_path / name, f"[web]\nport = {port}\n")
    monkeypatch.chdir(tmp_path / "usual")
    assert load().web.port == 3
    monkeypatch.setenv("LOA_CONFIG", str(tmp_path / "variable" / "config.toml"))
    assert load().web.port == 2
    assert load(tmp_path / "named" / "config.toml").web.port == 1


def test_a_variable_overrides_one_key_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, '[web]\nport = 9000\nhost = "127.0.0.2"\n')
    monkeypatch.setenv("LOA_WEB__PORT", "9001")
    settings = load(path)
    assert (settings.web.host, settings.web.port) == ("127.0.0.2", 9001)


def test_a_relative_database_lies_in_the_data_folder(tmp_path: Path) -> None:
    path = written(tmp_path, f'[app]\ndata_dir = "{tmp_path}/data"\n')
    assert load(path).database_url == f"sqlite+aiosqlite:///{tmp_path}/data/loa.db"


def test_a_token_may_stand_in_a_file_of_its_own_and_is_never_shown(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("1:secret\n", "utf-8")
    settings = load(written(tmp_path, ACCOUNT + f'token_file = "{tmp_path}/token"\n'))
    assert settings.accounts[0].token.get_secret_value() == "1:secret"
    assert "1:secret" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[web]\nprot = 1\n", "web.prot: không có khóa này"),
        ("[wep]\nport = 1\n", "wep: không có khóa này"),
        ("[web\n", "sai cú pháp TOML"),
        ('[commune]\ntimezone = "Hà Nội"\n', "không có múi giờ “Hà Nội”"),
        ('[app]\npublic_url = "loa.example"\n', "không phải địa chỉ http"),
        (ACCOUNT, "thiếu token"),
        (ACCOUNT + 'token = "1:a"\nmode = "push"\n', "accounts.0.mode: chỉ nhận 'polling', 'webhook'"),
        (OUTSIDE + TELEGRAM_HOOKED + 'webhook_secret = "có dấu cách"\n', "chỉ gồm chữ không dấu, chữ số, - và _"),
        (TELEGRAM_HOOKED + 'webhook_secret = "bi-mat-thu"\n', "tài khoản telegram có mode là webhook, mà public_url"),
        (
            '[[accounts]]\nname = "z"\nchannel = "zalo"\n',
            "accounts.0.channel: không có “zalo”; chỉ nhận 'telegram', 'zalo_bot'",
        ),
        ('[[accounts]]\nname = "z"\n', "accounts.0.channel: thiếu"),
        ("accounts = [1]\n", "accounts.0: phải là một mục"),
        (ZALO, "accounts.0: thiếu token"),
        (ZALO + 'token = "1:a"\nmode = "push"\n', "accounts.0.mode: chỉ nhận 'polling', 'webhook'"),
        (OUTSIDE + HOOKED + 'webhook_secret = "1234567"\n', "webhook_secret dài từ 8 đến 256 ký tự"),
        (HOOKED + 'webhook_secret = "12345678"\n', "tài khoản zalo có mode là webhook, mà public_url"),
        (
            HOOKED + 'webhook_secret = "12345678"\n[app]\npublic_url = "https://10.1.2.3"\n',
            "không phải địa chỉ https vào",
        ),
        ((ACCOUNT + 'token = "1:a"\n') * 2, "trùng name"),
        ('[database]\nurl = "mysql://loa:hidden@db/loa"\n', "database.url: không hiểu địa chỉ cơ sở dữ liệu"),
        ('[web]\nport = "x"\n', "web.port: phải là số nguyên"),
        ("[web]\nport = 70000\n", "web.port: nhiều nhất là 65535"),
        ("[web]\nhost = 1\n", "web.host: phải là chữ trong ngoặc kép"),
        ('[web]\ntrusted_proxies = ["proxy.example"]\n', "web.trusted_proxies.0: “proxy.example” không phải địa chỉ"),
        ("web = 1\n", "web: phải là một mục có các khóa"),
        ("accounts = 1\n", "accounts: phải là một danh sách"),
        (ACCOUNT + 'token = "1:a"\nper_second = 0\n', "accounts.0.per_second: phải lớn hơn 0"),
        ("[web]\nport = 8000 # sáu\nhost = \n", "ở dòng 3, cột 8"),
        ("[web]\nhost = 'x", "ở cuối tệp"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigMistake) as caught:
        load(written(tmp_path, text))
    assert said in caught.value.sentence
    assert "config.toml" in caught.value.sentence


@pytest.mark.parametrize("hooked", [HOOKED, TELEGRAM_HOOKED])
def test_a_webhook_is_taken_where_the_platform_can_reach_us(tmp_path: Path, hooked: str) -> None:
    (account,) = load(written(tmp_path, OUTSIDE + hooked + 'webhook_secret = "bi-mat-thu-8"\n')).accounts
    assert account.wants_webhook


def test_a_faulty_token_is_not_quoted(tmp_path: Path) -> None:
    with pytest.raises(ConfigMistake) as caught:
        load(written(tmp_path, ACCOUNT + 'token = "1:secret"\nper_second = 0\n'))
    assert "secret" not in caught.value.sentence


def test_nothing_the_library_says_in_english_is_shown(tmp_path: Path) -> None:
    wrong = '[web]\nport = "x"\nhost = 1\n[app]\ndata_dir = 1\n' + ACCOUNT + 'name = "a b"\nper_second = "nhanh"\n'
    with pytest.raises(ConfigMistake) as caught:
        load(written(tmp_path, wrong.replace('name = "telegram"\n', "", 1)))
    assert not re.search(r"\b(should|valid|input|must|string)\b", caught.value.sentence, re.IGNORECASE)
    assert "hidden" not in caught.value.sentence


def test_a_variable_that_should_be_json_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_ACCOUNTS", "telegram")
    with pytest.raises(ConfigMistake, match="LOA_ACCOUNTS: phải viết theo JSON"):
        load()


def test_a_file_that_is_not_utf8_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes("[commune]\nname = 'Xã'\n".encode("utf-16"))
    with pytest.raises(ConfigMistake, match="UTF-8"):
        load(tmp_path / "config.toml")


def test_a_section_without_effect_is_said_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    load(written(tmp_path, '[quiet_hours]\nnight = ["21:30", "05:30"]\n'))
    assert "no effect" in caplog.text


@pytest.mark.parametrize(
    ("name", "value"), [("LOA_QUIET_HOURS__NIGHT", '["21:30", "05:30"]'), ("LOA_REMINDERS", '{"after": ["4h"]}')]
)
def test_so_is_a_variable_of_such_a_section(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    load()
    assert f"{name} has no effect" in caplog.text


def test_a_file_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigMistake, match="Không đọc được"):
        load(tmp_path / "none.toml")
