"""The webhook of an account whose platform is told where to deliver. Kept by the ears of such accounts."""

from dataclasses import dataclass
from typing import Protocol

from bot.config.accounts import TelegramAccount, ZaloBotAccount
from bot.context import Context


class Hooked(Protocol):
    """What is asked of the platform. Raises `ChannelError`s only."""

    async def set_webhook(self, url: str, secret: str) -> None: ...


@dataclass(slots=True)
class Hook:
    """One for each account."""

    context: Context
    settings: TelegramAccount | ZaloBotAccount
    api: Hooked
    _told: bool = False

    @property
    def path(self) -> str:
        return f"/webhooks/{self.settings.channel}/{self.settings.name}"

    @property
    def url(self) -> str:
        return self.context.link(self.path)

    async def keep(self, standing: str) -> None:
        """Told once by each process, for the secret may be new; where `standing`, the address updates are delivered
        to, is not ours any more, it is told again."""
        if not self._told or standing != self.url:
            await self.api.set_webhook(self.url, self.settings.webhook_secret.get_secret_value())
            self._told = True
