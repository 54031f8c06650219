"""The access token of one Official Account, fresh before it runs out, whatever else uses the same account.

The exchange is made by one process at a time (a lease in the token's row, so that no connection is held while the
platform is waited for), and what it brings is committed before it is used. Made by the registry, asked by `client`.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, timedelta, tzinfo

from announcements.channels import ChannelError, RefusedReason, TryLater, Unready
from announcements.phrases import phrase
from bot.attempts import Attempts
from bot.channels.zalo_oa.oauth import OAuth, Pair, RefreshFailed, RefreshRefused
from bot.channels.zalo_oa.troubles import ABOUT_THE_APP, INTERRUPTED, fingerprint, trouble_words
from db.engine import Database
from db.platforms import tokens
from db.platforms.tokens import NewPair, Taken, TokenRow
from scheduler.clock import Clock, now

log = logging.getLogger(__name__)

CALL = 18.0  # seconds an exchange may take; what is not back by then is given up
LEASE = timedelta(seconds=30)  # longer than a call and what follows it: nobody cuts in on one that is alive
EARLY = 0.8  # of its life, an access token is replaced: of 25 hours after 20
LOOK_AGAIN = timedelta(minutes=1)  # after an exchange that failed while the old access token still serves
WAITS = (0.1, 0.2, 0.4, 0.8, 1.5, 3.0, 6.0)  # seconds between looks while another process exchanges
SAVE_AGAIN = (0.2, 1.0, 3.0)  # seconds between attempts to keep a new pair
MOST = 6  # exchanges of one process in ten minutes: a platform that refuses every new token gets no endless row of them
SPAN = timedelta(minutes=10)


class TokenKeeper:
    """One per account and process. `seed` is the configuration's refresh token, or empty; `zone` is that of the
    times people are told; `sleep` is for tests."""

    def __init__(
        self,
        account: str,
        database: Database,
        oauth: OAuth,
        seed: str,
        *,
        zone: tzinfo = UTC,
        clock: Clock = now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        most: int = MOST,
    ) -> None:
        self._account = account
        self._database = database
        self._oauth = oauth
        self._seed = seed
        self._zone = zone
        self._clock = clock
        self._sleep = sleep
        self._lease = secrets.token_hex(8)
        self._one = asyncio.Lock()
        self._access = ""
        self._look_at = clock()
        self._tried: set[str] = set()  # refresh tokens that were refused before, and that this process has tried once
        self._unsaved: tuple[str, NewPair] | None = None
        self._exchange_task: asyncio.Task[str] | None = None
        self._exchanges = Attempts(most, SPAN)

    async def access(self) -> str:
        """The present access token. Raises `ChannelError`s only."""
        if self._access and self._clock() < self._look_at:
            return self._access
        return await self._renewed("")

    async def renew(self, stale: str) -> str:
        """Another than `stale`, which the platform refused."""
        return await self._renewed(stale)

    async def close(self) -> None:
        """Let an exchange that is under way come to its end: its pair is the only one."""
        if self._exchange_task is not None:
            await asyncio.gather(self._exchange_task, return_exceptions=True)
        await self._oauth.close()

    async def _renewed(self, stale: str) -> str:
        async with self._one:
            if self._access not in {"", stale} and self._clock() < self._look_at:
                return self._access
            try:
                return await self._look(stale)
            except ChannelError:
                raise
            except Exception as error:  # the database is away: surely nothing was sent
                log.error("the tokens of %s can't be read or kept (%s)", self._account, type(error).__name__,
                          extra={"action": "tokens_failed"})  # fmt: skip
                raise TryLater("the tokens can't be read or kept") from error

    async def _look(self, stale: str) -> str:
        await self._keep_unsaved()
        if stale and self._exchanges.wait(self._account, self._clock()):
            raise _unauthorised("new tokens are refused again and again", phrase("zalo_oa.always_refused"))
        for pause in (*WAITS, None):
            taken = await self._take(stale)
            if taken.mine:
                self._exchange_task = asyncio.create_task(self._exchange(taken.row, stale))
                return await asyncio.shield(self._exchange_task)
            if taken.row.serves(stale, self._clock()):
                return self._remember(taken.row)
            if taken.row.trouble:
                raise self._needs_a_person(taken.row)
            if pause is not None:
                await self._sleep(pause)
        raise TryLater("another process renews the token", after=LEASE.total_seconds())

    async def _take(self, stale: str) -> Taken:
        moment = self._clock()
        async with self._database.write() as connection:
            if self._seed:
                await tokens.seed(connection, self._account, self._seed, fingerprint(self._seed))
            row = await tokens.read(connection, self._account)
            again = row is not None and fingerprint(row.refresh_token) not in self._tried
            taken = await tokens.take(connection, self._account, self._lease, moment, moment + LEASE, stale=stale,
                                      again=again)  # fmt: skip
        if taken is None:
            raise _unauthorised("no token", phrase("zalo_oa.no_token", account=self._account))
        return taken

    async def _exchange(self, row: TokenRow, stale: str) -> str:
        try:
            async with asyncio.timeout(CALL):
                pair = await self._oauth.refresh(row.refresh_token)
        except RefreshRefused as error:
            return await self._refused(row, stale, error)
        except (RefreshFailed, TimeoutError) as error:
            return await self._failed(row, stale, error)
        self._unsaved = (row.refresh_token, self._new(pair))
        self._exchanges.wrong(self._account, self._clock())
        await self._keep_unsaved()
        log.info("the tokens of %s were renewed", self._account, extra={"action": "tokens_renewed"})
        return self._access

    def _new(self, pair: Pair) -> NewPair:
        moment = self._clock()
        return NewPair(pair.access, pair.refresh, moment + timedelta(seconds=pair.lasts),
                       moment + timedelta(seconds=EARLY * pair.lasts))  # fmt: skip

    async def _keep_unsaved(self) -> None:
        """Commit a new pair, and only then use it. It stays here until that has worked: nobody else has it."""
        if self._unsaved is None:
            return
        used, pair = self._unsaved
        for pause in (*SAVE_AGAIN, None):
            try:
                async with self._database.write() as connection:
                    await tokens.save(connection, self._account, used, pair)
                break
            except Exception:
                if pause is None:
                    raise
                await self._sleep(pause)
        self._unsaved = None
        self._access, self._look_at = pair.access_token, pair.renew_at

    async def _failed(self, row: TokenRow, stale: str, error: RefreshFailed | TimeoutError) -> str:
        in_doubt = not isinstance(error, RefreshFailed) or error.in_doubt
        detail = error.detail if isinstance(error, RefreshFailed) else "no answer in time"
        log.warning("the tokens of %s could not be renewed (%s); trying again", self._account, detail,
                    extra={"action": "tokens_not_renewed"})  # fmt: skip
        async with self._database.write() as connection:
            await tokens.let_go(connection, self._account, self._lease, in_doubt=in_doubt)
        if row.serves(stale, self._clock()):
            return self._remember(row)
        raise TryLater(f"the token could not be renewed: {detail}")

    async def _refused(self, row: TokenRow, stale: str, error: RefreshRefused) -> str:
        """A refused token stays refused, but an exchange broken off may be why: then that is what a person hears."""
        interrupted = row.renewing_since is not None and error.code not in ABOUT_THE_APP
        trouble = INTERRUPTED if interrupted else error.code or "unknown"
        self._tried.add(fingerprint(row.refresh_token))
        async with self._database.write() as connection:
            await tokens.refuse(connection, self._account, row.refresh_token, trouble, self._clock(),
                                since=row.renewing_since)  # fmt: skip
            after = await tokens.read(connection, self._account)
        log.error("%s: the platform refuses to renew the token (%s): bring a new one with loa account token %s",
                  self._account, trouble, self._account, extra={"action": "tokens_refused"})  # fmt: skip
        if row.serves(stale, self._clock()):
            return self._remember(row)
        raise self._needs_a_person(after or row)

    def _remember(self, row: TokenRow) -> str:
        """Use what the row has, and look again when it is time, or soon where it is time already."""
        moment = self._clock()
        soon = moment + LOOK_AGAIN
        self._access = row.access_token
        self._look_at = row.renew_at if row.renew_at is not None and row.renew_at > moment else soon
        return self._access

    def _needs_a_person(self, row: TokenRow) -> Unready:
        broken_off = row.renewing_since.astimezone(self._zone) if row.renewing_since is not None else None
        return _unauthorised(f"the token can't be renewed: {row.trouble}", trouble_words(row, broken_off))


def _unauthorised(detail: str, sentence: str) -> Unready:
    refused = Unready(RefusedReason.UNAUTHORISED, detail)
    refused.sentence = sentence
    return refused
