"""The presses of a benchmark: callback queries as Telegram sends them, from random households."""

import json
import random
from collections.abc import Iterator

from announcements.codes import press_data
from benchmarks.places import FIRST_PERSON, Size

WORDS = "<b>Họp thôn</b>\n\nMời bà con dự họp tại nhà văn hóa lúc 19 giờ 30 tối thứ bảy. " * 3


def updates(size: Size, broadcast: str, count: int, *, seed: int = 7) -> Iterator[dict[str, object]]:
    """`count` callback queries of about 900 bytes; the same for every contender."""
    chance = random.Random(seed)
    for number in range(count):
        yield update(number + 1, chance.randint(1, size.households), size, broadcast)


def update(number: int, household: int, size: Size, broadcast: str) -> dict[str, object]:
    person = {"id": FIRST_PERSON + household, "is_bot": False, "first_name": f"Lan {household}", "language_code": "vi"}
    bot = {"id": 4242, "is_bot": True, "first_name": "Loa Thử", "username": "loa_thu_bot"}
    chat = {"id": int(size.address_of(household)), "type": "supergroup", "title": "Tổ 1"}
    button = {"text": "✅ Đã nhận (0/41)", "callback_data": press_data(broadcast)}
    message = {"message_id": 1, "from": bot, "chat": chat, "date": 1_795_400_000, "text": WORDS,
               "reply_markup": {"inline_keyboard": [[button]]}}  # fmt: skip
    query = {"id": str(10**18 + number), "from": person, "message": message, "chat_instance": "-1",
             "data": press_data(broadcast)}  # fmt: skip
    return {"update_id": number, "callback_query": query}


def texts(size: Size, broadcast: str, count: int) -> list[str]:
    """The same as JSON texts."""
    return [json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in updates(size, broadcast, count)]
