"""Groups of an Official Account (GMF): which there are, who is in them, making one, inviting people.

Part of `sender.ZaloOaChannel`; used by `bot/office/channels/oa_groups.py`. Every method raises `ChannelError`s only.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from announcements.channels import Unsure
from announcements.text import nfc
from bot.channels.zalo_oa.client import Json, OaClient

BASE = "/v3.0/oa/group"
PAGE = 50  # rows asked for at once
MOST_PAGES = 100  # more than any account has: a platform that repeats itself must not keep us for ever
DISABLED = "disabled"  # how a group's status begins; what else there is, nobody has published
# Sizes a group can have, and where the right to one can come from.
SIZES = ("gmf10", "gmf50", "gmf100", "gmf1000")
ORIGINS = ("sub_quota", "purchase_quota", "reward_quota")


@dataclass(frozen=True, slots=True)
class Group:
    id: str
    name: str
    link: str
    members: int
    status: str

    @property
    def is_enabled(self) -> bool:
        """Does it take messages? One whose package has run out does not. A status nobody knows is no reason to give a
        group up: sending will tell."""
        return not self.status.casefold().startswith(DISABLED)


@dataclass(frozen=True, slots=True)
class Member:
    """`id` is the person's, or the account's own."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Asset:
    """The right to one group."""

    id: str
    size: str
    status: str
    valid_through: str


class Groups:
    """Of one account."""

    def __init__(self, client: OaClient) -> None:
        self._client = client

    async def first(self) -> None:
        """The smallest question an account can answer: proves token, app and permission."""
        await self._client.get(f"{BASE}/getgroupsofoa", offset=0, count=1)

    async def everything(self) -> list[Group]:
        return [_group(row) async for row in self._pages("getgroupsofoa", "groups", "group_id")]

    async def one(self, group_id: str) -> Group:
        data = await self._client.get(f"{BASE}/getgroup", group_id=group_id)
        return _group(_inside(data, "group_info"))

    async def members(self, group_id: str) -> list[Member]:
        rows = self._pages("listmember", "members", "user_id", group_id=group_id)
        return [Member(_key(row, "user_id"), nfc(_text(row.get("name")))) async for row in rows]

    async def assets(self) -> list[Asset]:
        """Rights to groups, of every size and origin."""
        found: dict[str, Asset] = {}
        for size in SIZES:
            for origin in ORIGINS:
                body = {"quota_owner": "OA", "product_type": size, "quota_type": origin}
                for row in _rows(await self._client.post("/v3.0/oa/quota/group", body), "items"):
                    asset = Asset(_text(row.get("asset_id")), size, _text(row.get("status")),
                                  _text(row.get("valid_through")))  # fmt: skip
                    found[asset.id] = asset
        return list(found.values())

    async def create(self, name: str, asset_id: str, members: Sequence[str]) -> Group:
        """A new group. `members` are the ids of its first people, an administrator of the account among them."""
        body = {"group_name": name, "asset_id": asset_id, "member_user_ids": list(members)}
        data = await self._client.post(f"{BASE}/creategroupwithoa", body)
        made = _group({**data, **_inside(data, "group_info")})
        if not made.id:
            raise Unsure("a group without an id")
        return made

    async def invite(self, group_id: str, people: Sequence[str]) -> None:
        await self._client.post(f"{BASE}/invite", {"group_id": group_id, "member_user_ids": list(people)})

    async def _pages(self, call: str, rows: str, key: str, **params: str) -> AsyncIterator[Json]:
        """All rows of a list, page by page, until one brings nothing new or the platform's own total is reached. A page
        may be shorter than was asked for: how many rows it gives at most is not published."""
        seen: set[str] = set()
        for _ in range(MOST_PAGES):
            answer = await self._client.get(f"{BASE}/{call}", offset=len(seen), count=PAGE, **params)
            fresh = [row for row in _rows(answer, rows) if _key(row, key) not in seen]
            for row in fresh:
                seen.add(_key(row, key))
                yield row
            if not fresh or len(seen) == answer.get("total"):
                return


def _key(row: Json, key: str) -> str:
    return _text(row.get(key) or row.get("oa_id"))


def _rows(data: Json, name: str) -> list[Json]:
    rows = data.get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _inside(data: Json, name: str) -> Json:
    inside = data.get(name)
    return inside if isinstance(inside, dict) else data


def _group(row: Json) -> Group:
    members = row.get("total_member")
    return Group(
        _text(row.get("group_id")),
        nfc(_text(row.get("name") or row.get("group_name"))),
        _text(row.get("group_link")),
        members if isinstance(members, int) else 0,
        _text(row.get("status")),
    )


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | int) else ""
