"""Checking what somebody wants to announce, before anything is stored."""

from dataclasses import dataclass, replace
from datetime import datetime

from announcements.mistakes import Mistake
from announcements.text import nfc, nfc_block
from announcements.types import Kind, Urgency

TITLE_LENGTH = 200
BODY_LENGTH = 20_000


@dataclass(frozen=True, slots=True)
class Draft:
    """As a person gave it. `due_at` empty: at once."""

    title: str
    body: str
    kind: Kind = Kind.NOTICE
    urgency: Urgency = Urgency.NORMAL
    due_at: datetime | None = None
    valid_until: datetime | None = None


def checked(draft: Draft, now: datetime) -> Draft:
    """The draft in normal form with its time filled in. Raises `Mistake` for what a person must mend."""
    title, body = nfc(draft.title), nfc_block(draft.body)
    due_at = draft.due_at or now.replace(microsecond=0)
    if not title:
        raise Mistake("Thông báo chưa có tiêu đề. Hãy ghi một dòng ngắn cho bà con biết việc gì.")
    if len(title) > TITLE_LENGTH:
        raise Mistake(
            f"Tiêu đề dài {len(title)} ký tự, nhiều nhất là {TITLE_LENGTH}. Hãy rút gọn lại."
        )
    if not body:
        raise Mistake("Thông báo chưa có nội dung.")
    if len(body) > BODY_LENGTH:
        raise Mistake(f"Nội dung dài {len(body)} ký tự, nhiều nhất là {BODY_LENGTH}. Hãy tách thành hai thông báo.")
    if draft.due_at is not None and due_at < now:
        raise Mistake("Giờ gửi đã qua. Hãy chọn một thời điểm sắp tới, hoặc bỏ trống để gửi ngay.")
    if draft.valid_until is not None and draft.valid_until <= due_at:
        raise Mistake("Thời hạn hiệu lực phải sau giờ gửi, nếu không thông báo sẽ không được gửi đi.")
    return replace(draft, title=title, body=body, due_at=due_at)
