"""What the configuration says of an account: a class for each channel, told apart by `channel`.

Read by `bot/config/settings.py`; `bot/channels/registry.py` opens what they describe.
"""

import re
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field, SecretStr, model_validator

from announcements.phrases import phrase
from bot.config.values import Section, Url

SHORTEST_SECRET, LONGEST_SECRET = 8, 256  # characters
_VISIBLE = re.compile(r"[!-~]+")  # what any header carries as it is
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")  # what Telegram takes


class _Account(Section):
    """What every account has. The plan's limits are what its owner knows of them; empty where none is known."""

    name: str = Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_-]+$")
    most_messages_per_month: int | None = Field(None, ge=1)
    most_uploads_per_month: int | None = Field(None, ge=1)
    most_groups: int | None = Field(None, ge=1)
    most_users: int | None = Field(None, ge=1)
    fallback_to: str = ""  # the account that takes over by itself; `[failover] after` says when

    @property
    def wants_webhook(self) -> bool:
        """Do we tell the platform an address of ours, which it has to reach?"""
        return False

    @property
    def takes_events(self) -> bool:
        """Is the account's webhook open?"""
        return self.wants_webhook


class _BotAccount(_Account):
    """An account that a single token opens, and that asks for its updates or has them delivered."""

    token: SecretStr = SecretStr("")
    token_file: Path | None = None
    mode: Literal["polling", "webhook"] = "polling"
    webhook_secret: SecretStr = SecretStr("")
    _alphabet: ClassVar[re.Pattern[str]] = _VISIBLE  # of `webhook_secret`
    _said_of_it: ClassVar[str] = "webhook_secret"

    @model_validator(mode="after")
    def _has_a_token(self) -> "_BotAccount":
        if self.token_file is not None:
            try:
                self.token = SecretStr(self.token_file.read_text("utf-8").strip())
            except OSError as error:
                raise ValueError(phrase("setting.token_file_unreadable", path=self.token_file)) from error
        if not self.token.get_secret_value():
            raise ValueError(phrase("setting.no_token"))
        return self

    @model_validator(mode="after")
    def _has_a_secret(self) -> "_BotAccount":
        secret = self.webhook_secret.get_secret_value()
        fits = SHORTEST_SECRET <= len(secret) <= LONGEST_SECRET and self._alphabet.fullmatch(secret)
        if self.wants_webhook and not fits:
            said = phrase(f"setting.{self._said_of_it}", shortest=SHORTEST_SECRET, longest=LONGEST_SECRET)
            raise ValueError(said)
        return self

    @property
    def wants_webhook(self) -> bool:
        return self.mode == "webhook"


class TelegramAccount(_BotAccount):
    """One bot of Telegram."""

    channel: Literal["telegram"]
    _alphabet = _PLAIN
    _said_of_it = "webhook_secret_plain"
    base_url: Url = "https://api.telegram.org"
    per_second: float = Field(25, gt=0)
    per_chat_per_minute: float = Field(20, gt=0)


class ZaloBotAccount(_BotAccount):
    """One bot of the Zalo Bot Platform. Zalo publishes no limits: the paces are cautious guesses."""

    channel: Literal["zalo_bot"]
    base_url: Url = "https://bot-api.zaloplatforms.com"
    display_name: str = ""
    per_second: float = Field(2, gt=0)
    per_chat_per_minute: float = Field(10, gt=0)


class ZaloOaAccount(_Account):
    """One Official Account of Zalo, through one app. `refresh_token` only seeds the store: it is exchanged at once."""

    channel: Literal["zalo_oa"]
    app_id: str = Field(min_length=1)
    app_secret: SecretStr = Field(min_length=1)
    oa_id: str = Field(min_length=1)
    refresh_token: SecretStr = SecretStr("")
    webhook_secret: SecretStr = SecretStr("")
    webhook_signature: Literal["app_id", "oa_id"] = "app_id"
    webhook_signed_with: Literal["webhook_secret", "app_secret"] = "webhook_secret"
    base_url: Url = "https://openapi.zalo.me"
    oauth_url: Url = "https://oauth.zaloapp.com"
    per_minute: float = Field(100, gt=0)
    most_uploads_per_month: int | None = Field(5_000, ge=1)  # the platform's, whatever the plan

    @property
    def takes_events(self) -> bool:
        """There is no other way to hear; without the secret that signs events the account only speaks. The address is
        written into the console by a person: what reaches it from outside is theirs to see to."""
        secret = self.app_secret if self.webhook_signed_with == "app_secret" else self.webhook_secret
        return bool(secret.get_secret_value())


AccountSettings = Annotated[TelegramAccount | ZaloBotAccount | ZaloOaAccount, Field(discriminator="channel")]
