"""The webhook of an account whose platform is told where to deliver. Kept by the ears of such accounts."""

from dataclasses import dataclass
from typing import Protocol

from bot.config.accounts import TelegramAccount, ZaloBotAccount
from bot.context import Context


class Hooked(Protocol):
    """What is asked of the platform. Raises `ChannelError`s only."""

    async def webhook(self) -> str:
        """The address updates are delivered to; "" for none."""
        ...

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

    async def keep(self) -> None:
        """Told once by each process, for the secret may be new; one that is not ours any more is set again."""
        url = self.context.link(self.path)
        if not self._told or await self.api.webhook() != url:
            await self.api.set_webhook(url, self.settings.webhook_secret.get_secret_value())
            self._told = True
