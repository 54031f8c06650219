"""The commune without Telegram: an Official Account of Zalo on a fake platform, forty groups, people with its app."""

from dataclasses import dataclass, field

import httpx

from announcements.types import ChannelKind
from tests.fakes.zalo_oa import FakeZaloOa, GroupChat, Person, Sent
from tests.whole.commune import TITLE, Commune, free_port


@dataclass(slots=True)
class OaCommune(Commune):
    """`groups` by area code. Nobody is linked yet."""

    zalo: FakeZaloOa
    port: int = field(default_factory=free_port)
    groups: dict[str, GroupChat] = field(default_factory=dict)

    def configure(self, *, per_minute: int = 6_000, more: str = "") -> None:
        self.house.write(
            f'[app]\npublic_url = "http://127.0.0.1:{self.port}"\n\n[web]\nport = {self.port}\n\n'
            + self.zalo.settings(per_minute=per_minute)
            + more
        )

    async def furnish(self) -> None:
        """Roster imported, a group for each area, events sent to us."""
        self.configure()
        self.zalo.webhook.forward_to = f"http://127.0.0.1:{self.port}/webhooks/zalo_oa/oa"
        self.zalo.webhook.speed = 200  # told again after 0.15 s, 1.5 s, 4.5 s, 9 s, 18 s
        await self.import_roster()
        self.groups = {area.code: self.zalo.group(area.name) for area in await self.places()}
        await self.add_chats("oa", ChannelKind.ZALO_OA, {code: group.id for code, group in self.groups.items()})

    def person(self, name: str, area: str) -> Person:
        """Somebody in an area's group."""
        return self.zalo.person(name, self.groups[area])

    def board(self) -> httpx.AsyncClient:
        """A browser at the notice board: its cookies stay with it."""
        url = f"http://127.0.0.1:{self.port}"
        headers = {"Origin": url, "Sec-Fetch-Site": "same-origin"}
        return httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=20)

    def notices(self, area: str | None = None, *, title: str = TITLE) -> list[Sent]:
        """The copies of a notice that were posted, to one group or to all. What else was said there is none."""
        to = self.groups[area].id if area else None
        return [one for one in self.zalo.sent(to) if title in one.text]

    def twice(self, *, title: str = TITLE) -> set[str]:
        """The groups with more than one copy."""
        reached = [one.to for one in self.notices(title=title)]
        return {to for to in reached if reached.count(to) > 1}
