"""Is an event from the Official Account's platform, and which? Asked by `bot/web/webhooks.py`."""

from collections.abc import Mapping

from bot.channels.webhook import Event, Foreign, header, read_payload
from bot.channels.zalo_oa.events import event_of
from bot.channels.zalo_oa.signature import HEADER, Signer, way_of
from bot.config.accounts import ZaloOaAccount


def open_event(settings: ZaloOaAccount, headers: Mapping[str, str], body: bytes) -> Event:
    """Raises `Foreign` unless the body is signed as the account's settings say."""
    signature = header(headers, HEADER)
    payload = read_payload(body)
    timestamp = payload.get("timestamp")
    signed_at = str(timestamp) if isinstance(timestamp, str | int) else ""
    signer, way = signer_of(settings), way_of(settings)
    if not signer.is_signed(way, signature, body, signed_at):
        other = signer.other_way(way, signature, body, signed_at)
        raise Foreign(str(other) if other is not None else "")
    return event_of(payload, body)


def signer_of(settings: ZaloOaAccount) -> Signer:
    return Signer(
        {"app_id": settings.app_id, "oa_id": settings.oa_id},
        {
            "webhook_secret": settings.webhook_secret.get_secret_value(),
            "app_secret": settings.app_secret.get_secret_value(),
        },
    )
