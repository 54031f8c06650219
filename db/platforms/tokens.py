"""The rotating tokens of an account: kept before they are used, and exchanged by one process at a time.

A refresh token serves once, so whoever is about to use it says so in its row first: a lease keeps others waiting, and
`renewing_since` tells whoever comes after a crash that the token may be used up. Called by the accounts' token keepers.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import t


@dataclass(frozen=True, slots=True)
class TokenRow:
    """`trouble` is empty, or what the platform said when it refused `refresh_token`: then a person is needed."""

    account: str
    refresh_token: str = field(repr=False)
    access_token: str = field(repr=False)
    access_until: datetime | None  # the access token is good until then
    renew_at: datetime | None  # and to be replaced from then on
    renewing_since: datetime | None  # `refresh_token` went out then, and what came back was never kept
    lease: str | None
    lease_until: datetime | None
    trouble: str
    trouble_at: datetime | None

    def serves(self, stale: str, now: datetime) -> bool:
        """Is there an access token to work with, other than `stale`?"""
        return self.access_until is not None and self.access_token not in {"", stale} and now < self.access_until

    def is_fresh(self, stale: str, now: datetime) -> bool:
        return self.serves(stale, now) and self.renew_at is not None and now < self.renew_at


def _row() -> Any:
    o = t.oauth_token
    return select(o.c.account, o.c.refresh_token, o.c.access_token, o.c.access_until, o.c.renew_at,
                  o.c.renewing_since, o.c.lease, o.c.lease_until, o.c.trouble, o.c.trouble_at)  # fmt: skip


async def read(connection: AsyncConnection, account: str) -> TokenRow | None:
    row = (await connection.execute(_row().where(t.oauth_token.c.account == account))).first()
    return None if row is None else TokenRow(*row)


async def troubled(connection: AsyncConnection) -> list[TokenRow]:
    """Those a person is needed for."""
    rows = await connection.execute(_row().where(t.oauth_token.c.trouble != "").order_by(t.oauth_token.c.account))
    return [TokenRow(*row) for row in rows]


async def seed(connection: AsyncConnection, account: str, refresh_token: str, fingerprint: str) -> None:
    """Take the configuration's refresh token, unless it is the one that was taken from there before: that is used up
    by now. `fingerprint` tells them apart."""
    o = t.oauth_token
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    values = _anew(refresh_token) | {"seed": fingerprint}
    await connection.execute(
        insert(o)
        .values(account=account, **values)
        .on_conflict_do_update(index_elements=["account"], set_=values, where=o.c.seed != fingerprint)
    )


async def replace(connection: AsyncConnection, account: str, refresh_token: str, fingerprint: str) -> None:
    """Take a refresh token that a person brought. `fingerprint`: of the configuration's, which it outdates."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    values = _anew(refresh_token) | {"seed": fingerprint}
    await connection.execute(
        insert(t.oauth_token)
        .values(account=account, **values)
        .on_conflict_do_update(index_elements=["account"], set_=values)
    )


def _anew(refresh_token: str) -> dict[str, Any]:
    return {"refresh_token": refresh_token, "access_token": "", "access_until": None, "renew_at": None,
            "renewing_since": None, "lease": None, "lease_until": None, "trouble": "",
            "trouble_at": None}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Taken:
    """The row as it was found, and whether it is the caller who may now use its refresh token."""

    row: TokenRow
    mine: bool = False


async def take(
    connection: AsyncConnection, account: str, lease: str, now: datetime, until: datetime, *,
    stale: str = "", again: bool = False,
) -> Taken | None:  # fmt: skip
    """Claim the right to exchange the refresh token until `until`, where that is called for: no access token but
    `stale` is fresh, nobody else is at it, and no person is needed (`again`: try all the same). None: no row."""
    o = t.oauth_token
    found = (await connection.execute(_row().where(o.c.account == account).with_for_update())).first()
    if found is None:
        return None
    row = TokenRow(*found)
    busy = row.lease_until is not None and now < row.lease_until
    if row.is_fresh(stale, now) or busy or (row.trouble and not again):
        return Taken(row)
    since = row.renewing_since or now
    values = {"lease": lease, "lease_until": until, "renewing_since": since}
    await connection.execute(update(o).where(o.c.account == account).values(values))
    return Taken(row, mine=True)


@dataclass(frozen=True, slots=True)
class NewPair:
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    access_until: datetime
    renew_at: datetime


async def save(connection: AsyncConnection, account: str, used: str, pair: NewPair) -> bool:
    """Keep what `used` was exchanged for; False when the row holds another refresh token by now. Not tied to the
    lease: whoever got the pair has the only copy of it, however late."""
    o = t.oauth_token
    values = _anew(pair.refresh_token) | {
        "access_token": pair.access_token, "access_until": pair.access_until, "renew_at": pair.renew_at,
    }  # fmt: skip
    kept = await connection.execute(
        update(o).where(o.c.account == account, o.c.refresh_token == used).values(values).returning(o.c.account)
    )
    return kept.first() is not None


async def let_go(connection: AsyncConnection, account: str, lease: str, *, in_doubt: bool) -> None:
    """No pair came. Without doubt the refresh token is as good as before."""
    o = t.oauth_token
    values: dict[str, Any] = {"lease": None, "lease_until": None}
    if not in_doubt:
        values["renewing_since"] = None
    await connection.execute(update(o).where(o.c.account == account, o.c.lease == lease).values(values))


async def refuse(
    connection: AsyncConnection, account: str, used: str, trouble: str, now: datetime, *, since: datetime | None = None
) -> None:
    """The platform takes `used` no more, or (used empty) took its permission back: a person is needed. `since`: when
    an exchange was broken off whose answer nobody kept."""
    o = t.oauth_token
    values = {"trouble": trouble, "trouble_at": now, "lease": None, "lease_until": None, "renewing_since": since}
    rows = update(o).where(o.c.account == account).values(values)
    await connection.execute(rows.where(o.c.refresh_token == used) if used else rows)
