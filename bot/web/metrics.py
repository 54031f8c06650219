"""`/metrics`: figures for whoever watches the machine, in the format of Prometheus. Counts only, nobody's name."""

import logging

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, ProcessCollector, generate_latest
from starlette.responses import Response

from announcements.quotas import period_of
from bot.context import Context
from db.platforms import accounts, gauges, usage
from db.platforms.gauges import UNFINISHED

log = logging.getLogger(__name__)
router = APIRouter(include_in_schema=False)


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Answers without a database, too: then `loa_database_up` is 0."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    up = Gauge("loa_database_up", "Does the database answer", registry=registry)
    try:
        await _measure(request.app.state.context, registry)
    except Exception as error:
        log.warning("nothing could be measured (%s)", type(error).__name__, extra={"action": "not_measured"})
    else:
        up.set(1)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


async def _measure(context: Context, registry: CollectorRegistry) -> None:
    async with context.database.read() as connection:
        known = await accounts.everything(connection)
        waiting = await gauges.waiting(connection)
        used = await usage.of(connection, period_of(context.clock(), context.settings.commune.zone))
    works = Gauge("loa_account_up", "Does the account work", ["account", "channel"], registry=registry)
    deliveries = Gauge("loa_deliveries", "Deliveries that are not finished", ["account", "state"], registry=registry)
    updates = Gauge("loa_inbox_waiting", "Updates stored and not handled yet", ["account"], registry=registry)
    sent = Gauge("loa_messages_this_month", "Messages the platform took", ["account"], registry=registry)
    for one in known:
        works.labels(one.name, one.channel.value).set(one.down_since is None)
        updates.labels(one.name).set(waiting.updates.get(one.name, 0))
        sent.labels(one.name).set(used[one.name].messages if one.name in used else 0)
        for state in UNFINISHED:
            deliveries.labels(one.name, state.value).set(waiting.deliveries.get((one.name, state), 0))
