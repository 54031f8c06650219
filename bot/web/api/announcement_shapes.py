"""The shapes of announcements in answers: the keys of `bot/office/documents.py`, described."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from announcements.types import AnnouncementState, Kind
from bot.web.api.paging import Page
from bot.web.api.shapes import Moment, UrgencyWord

SAMPLE: dict[str, Any] = {
    "announcement": "TB-7K3M",
    "broadcast": "TB-7K3M.1",
    "title": "Cắt điện sửa đường dây",
    "kind": "utility",
    "urgency": "normal",
    "state": "published",
    "due_at": "2026-11-25T19:00:00+07:00",
    "valid_until": "2026-11-26T11:00:00+07:00",
    "supersedes": None,
    "url": "https://loa.example/n/TB-7K3M",
}


class Announcement(BaseModel):
    """One time an announcement goes out, without its text."""

    model_config = ConfigDict(json_schema_extra={"examples": [SAMPLE]})

    announcement: str = Field(description="The announcement's code.")
    broadcast: str = Field(description="The code of this time it goes out.")
    title: str
    kind: Kind
    urgency: UrgencyWord
    state: AnnouncementState = Field(
        description="`scheduled` waits for its time, `published` is out and on the board, `withdrawn` was taken back, "
        "`missed` was due after its validity and never went out, `proposed` waits for approval, `returned` was sent "
        "back to whoever wrote it."
    )
    due_at: Moment = Field(description="When it goes or went out; time of the commune.")
    valid_until: Moment | None = Field(description="Nothing goes out after it; null when there is no end.")
    supersedes: str | None = Field(description="Code of the announcement this one corrects.")
    url: str = Field(description="The notice on the board, for anyone who holds the link.")


class FullAnnouncement(Announcement):
    """The same with its text."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**SAMPLE, "body": "Mất điện từ 7 giờ đến 11 giờ sáng mai."}]}
    )

    body: str


class Withdrawn(Announcement):
    """A withdrawn announcement."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**SAMPLE, "state": "withdrawn", "cancelled": 2}]})

    cancelled: int = Field(description="Deliveries that were held back.")


class AnnouncementPage(Page[Announcement]):
    """Announcements, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [SAMPLE], "next_cursor": "MS40Mg"}]})


class Resent(BaseModel):
    """How much goes out again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"resent": 3}]})

    resent: int = Field(description="Deliveries that wait for their turn again.")
