"""What was said in a group, asked for afterwards: for a time in which no event reached us.

Part of `sender.ZaloOaChannel`; used by `bot/ears/asking_back.py`. One source describes this call, so nothing rests on
it: what can't be read is left alone. Raises `ChannelError`s only.
"""

from datetime import datetime
from typing import Any

from bot.channels.webhook import moment
from bot.channels.zalo_oa.client import Json, OaClient

CONVERSATION = "/v3.0/oa/group/conversation"
PAGE = 50  # rows asked for at once; there may come fewer
MOST_PAGES = 20
BY_A_PERSON = "1"  # as `src`; the account's own posts have 0


class History:
    """Of one account."""

    def __init__(self, client: OaClient) -> None:
        self._client = client

    async def since(self, group_id: str, after: datetime) -> list[Json]:
        """What people wrote in a group later than `after`, the oldest first, as the events that would have told it."""
        found: dict[str, Json] = {}
        seen: set[str] = set()
        for _ in range(MOST_PAGES):
            answer = await self._client.get(CONVERSATION, group_id=group_id, offset=len(seen), count=PAGE)
            rows = answer.get("items")
            page = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
            fresh = {key: row for row in page if (key := _text(row.get("message_id"))) and key not in seen}
            late = {key: row for key, row in fresh.items() if (said := moment(row.get("time"))) and said > after}
            seen.update(fresh)
            found.update(late)
            if not late or len(late) < len(fresh):  # the latest come first
                break
        return [event for row in reversed(found.values()) if (event := _event(row, group_id)) is not None]


def _event(row: Json, group_id: str) -> Json | None:
    """None for what no person wrote in words."""
    words, person = row.get("message"), _text(row.get("from_id"))
    if _text(row.get("src")) != BY_A_PERSON or row.get("type", "text") != "text":
        return None
    if not isinstance(words, str) or not words or not person:
        return None
    return {
        "event_name": "user_send_group_text",
        "timestamp": _text(row.get("time")),
        "sender": {"id": person, "name": _text(row.get("from_display_name"))},
        "recipient": {"id": group_id},
        "message": {"text": words, "msg_id": _text(row.get("message_id"))},
    }


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
