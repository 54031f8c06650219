"""The configuration: TOML file, then `LOA_SECTION__KEY` variables over it, then embedded defaults under both.

Read once by the command line; the composition root passes on what each part needs. docs/settings.md names every key.
"""

import logging
import os
import re
import tomllib
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from announcements.channels import Limits
from announcements.mistakes import Unusable, reason
from announcements.outside import leads_outside
from announcements.phrases import phrase
from announcements.types import Role
from bot.config.accounts import AccountSettings
from bot.config.posting import Posting
from bot.config.values import DatabaseUrl, Network, Section, Span, Url, Zone
from db.announcing.fanout import ASSISTED

log = logging.getLogger(__name__)

# Sections of the contract that this version does not act on: said so, not refused and not silently taken.
RESERVED = frozenset({"quiet_hours", "reminders"})
# Faults by the library's own names, and the phrase each has.
FAULTS = {
    "extra_forbidden": "no_such_key",
    "missing": "missing",
    "union_tag_not_found": "missing",
    "union_tag_invalid": "one_of_these",
    "literal_error": "one_of",
    "string_pattern_mismatch": "plain_letters",
    "string_type": "text",
    "path_type": "text",
    "string_too_short": "too_short",
    "string_too_long": "too_long",
    "int_parsing": "whole_number",
    "int_type": "whole_number",
    "int_from_float": "whole_number",
    "float_parsing": "number",
    "float_type": "number",
    "bool_parsing": "yes_or_no",
    "bool_type": "yes_or_no",
    "list_type": "list",
    "model_type": "section",
    "model_attributes_type": "section",
    "dict_type": "section",
    "greater_than": "above",
    "greater_than_equal": "at_least",
    "less_than": "below",
    "less_than_equal": "at_most",
}
_PLACE_IN_TOML = re.compile(r"line (\d+), column (\d+)")


class ConfigMistake(Unusable):
    """The configuration can't be used; the sentence says which key and why."""


class Commune(Section):
    name: str = "Xã Song Phượng"
    timezone: Zone = "Asia/Ho_Chi_Minh"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class App(Section):
    data_dir: Path = Path()
    public_url: Url = "http://127.0.0.1:8000"

    @property
    def only_here(self) -> bool:
        """Does `public_url` lead nowhere from a telephone?"""
        return urlsplit(self.public_url).hostname in {"127.0.0.1", "localhost", "::1"}


class DatabaseSection(Section):
    url: DatabaseUrl = "sqlite+aiosqlite:///loa.db"


class Web(Section):
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    trusted_proxies: list[Network] = Field(default_factory=lambda: ["127.0.0.1", "::1"])


class Approval(Section):
    """Whose announcements wait until somebody who may approve them lets them out."""

    needed_from: list[Role] = Field(default_factory=list)


class Failover(Section):
    """When an account's `fallback_to` takes over by itself."""

    after: Span = timedelta(minutes=10)


class Summary(Section):
    """When chats without a live count are told how many have answered; `0m`: never."""

    after: Span = timedelta(hours=2)

    def on(self, limits: Limits) -> timedelta | None:
        """The same for a channel with these limits; None: its chats are never told."""
        return self.after if self.after and limits.summary else None


class Settings(BaseSettings):
    """Everything that can be set. Unknown keys are refused: a misspelt key must not be silently ignored."""

    model_config = SettingsConfigDict(env_prefix="LOA_", env_nested_delimiter="__", extra="forbid")

    commune: Commune = Field(default_factory=Commune)
    app: App = Field(default_factory=App)
    database: DatabaseSection = Field(default_factory=DatabaseSection)
    web: Web = Field(default_factory=Web)
    approval: Approval = Field(default_factory=Approval)
    posting: Posting = Field(default_factory=Posting)
    summary: Summary = Field(default_factory=Summary)
    failover: Failover = Field(default_factory=Failover)
    accounts: list[AccountSettings] = Field(default_factory=list)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings

    @model_validator(mode="after")
    def _names_are_unique(self) -> "Settings":
        names = [account.name for account in self.accounts]
        if len(set(names)) != len(names):
            raise ValueError(phrase("setting.name_used_twice"))
        return self

    @model_validator(mode="after")
    def _fallbacks_are_there(self) -> "Settings":
        known = {account.name for account in self.accounts} | {ASSISTED}
        for account in self.accounts:
            if account.fallback_to and account.fallback_to not in known - {account.name}:
                raise ValueError(phrase("setting.fallback_unknown", name=account.name, to=account.fallback_to))
        return self

    @model_validator(mode="after")
    def _webhooks_can_reach_us(self) -> "Settings":
        """A platform delivers over https only, and to no address at home."""
        hooked = [account.name for account in self.accounts if account.wants_webhook]
        if hooked and not (self.app.public_url.startswith("https://") and leads_outside(self.app.public_url)):
            raise ValueError(phrase("setting.webhook_unreachable", name=hooked[0], url=self.app.public_url))
        return self

    @property
    def database_url(self) -> str:
        """The database's address; a relative SQLite file lies in the data folder."""
        head, separator, path = self.database.url.partition("sqlite+aiosqlite:///")
        if separator and not head and path and not Path(path).is_absolute() and path != ":memory:":
            return f"sqlite+aiosqlite:///{(self.app.data_dir / path).absolute()}"
        return self.database.url

    @property
    def uploads(self) -> Path:
        return self.app.data_dir / "uploads"


def locate(given: Path | None) -> Path | None:
    """Which file holds: `--config`, else `$LOA_CONFIG`, else ./config.toml if it is there, else none."""
    if given is not None:
        return given
    named = os.environ.get("LOA_CONFIG")
    if named:
        return Path(named)
    usual = Path("config.toml")
    return usual if usual.is_file() else None


def load(given: Path | None = None) -> Settings:
    """Read the configuration. Raises `ConfigMistake` with file and key."""
    path = locate(given)
    values: dict[str, Any] = {}
    if path is not None:
        try:
            values = tomllib.loads(path.read_text("utf-8-sig"))
        except OSError as error:
            what = phrase("setting.unreadable", path=path, reason=reason(error))
            raise ConfigMistake(what, phrase("setting.unreadable_remedy")) from error
        except UnicodeDecodeError as error:
            raise ConfigMistake(phrase("setting.not_utf8", path=path), phrase("setting.not_utf8_remedy")) from error
        except tomllib.TOMLDecodeError as error:
            found = _PLACE_IN_TOML.search(str(error))
            place = phrase("setting.at", line=found[1], column=found[2]) if found else phrase("setting.at_end")
            what = phrase("setting.not_toml", path=path, place=place)
            raise ConfigMistake(what, phrase("setting.not_toml_remedy")) from error
    for section in sorted(RESERVED & set(values)):
        values.pop(section)
        log.warning("[%s] in %s has no effect in this version", section, path, extra={"action": "section_unused"})
    for variable in _reserved_variables():
        log.warning("%s has no effect in this version", variable, extra={"action": "section_unused"})
    try:
        return Settings(**values)
    except ValidationError as error:
        raise _unusable(
            path, [_fault(fault) for fault in error.errors(include_input=False, include_url=False)]
        ) from error
    except SettingsError as error:  # a variable that holds a list or a section, and no JSON
        field = re.search(r'field "(\w+)"', str(error))
        raise _unusable(None, [f"LOA_{field[1].upper() if field else ''}: {phrase('setting.not_json')}"]) from error


def _reserved_variables() -> list[str]:
    """Variables that are set for a section of `RESERVED`, by their names."""
    known = {f"LOA_{section.upper()}" for section in RESERVED}
    return sorted(name for name in os.environ if name.upper().partition("__")[0] in known)


def _unusable(path: Path | None, faults: Sequence[str]) -> ConfigMistake:
    where = phrase("setting.in_file", path=path) if path else phrase("setting.in_variables")
    return ConfigMistake(
        phrase("setting.unusable", where=where, faults="; ".join(faults)), phrase("setting.unusable_remedy")
    )


def _fault(fault: ErrorDetails) -> str:
    """One key and what is wrong with it."""
    place = [str(part) for part in fault["loc"]]
    if place[:1] == ["accounts"]:
        del place[2:3]  # which channel the account is of: no key
    if fault["type"].startswith("union_tag_"):
        place.append("channel")
    key = ".".join(place) or "accounts"
    if fault["type"] == "value_error":  # a sentence of our own
        return f"{key}: {fault['ctx']['error']}"
    return f"{key}: {fault_words(fault)}"


def fault_words(fault: ErrorDetails) -> str:
    """What is wrong with a value, in Vietnamese: "phải là số nguyên"."""
    words = phrase(f"setting.{FAULTS.get(fault['type'], 'wrong')}", **fault.get("ctx", {}))
    return words.replace(" or ", ", ")
