"""How far an announcement reached: the report, the deliveries. Counts and chats, nobody's name."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from announcements.types import AnnouncementState, AreaKind, ChannelKind, DeliveryState
from bot.office import sight
from bot.office.reach import reporting
from bot.web.api.callers import Reader
from bot.web.api.described import CODED, errors
from bot.web.api.shapes import Code, Moment

router = APIRouter(prefix="/v1/announcements", tags=["reach"])

FIGURES: dict[str, Any] = {"audience": 372, "reachable": 330, "sent": 372, "acknowledged": 240, "told_in_person": 30,
                           "not_reached": 1, "open": 101}  # fmt: skip


class Figures(BaseModel):
    """A row of the truth table; audience = acknowledged + told_in_person + not_reached + open."""

    audience: int = Field(description="Households in the snapshot taken when it went out.")
    reachable: int = Field(description="With a card, a linked account, or a chat their device can be in.")
    sent: int = Field(description="A delivery that carries the notice to their area arrived.")
    acknowledged: int = Field(description="Acknowledged by themselves.")
    told_in_person: int = Field(description="Told by a leader.")
    not_reached: int = Field(description="A leader tried, for a reason that is kept.")
    open: int = Field(description="Nothing yet.")


class AreaFigures(Figures):
    """The row of an area, as it was called when the announcement went out."""

    code: str
    name: str
    kind: AreaKind
    parent: str | None = Field(description="Code of the area above; null at the top of what is shown.")


class Report(BaseModel):
    """The truth table of the key's part of the audience; exact at one moment."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "announcement": "TB-7K3M",
                    "broadcast": "TB-7K3M.1",
                    "title": "Họp thôn",
                    "state": "published",
                    "due_at": "2026-11-23T19:00:00+07:00",
                    "deliveries": {**dict.fromkeys(map(str, DeliveryState), 0), "sent": 10},
                    "total": FIGURES,
                    "by_channel": {"telegram": 150, "board": 90},
                    "by_grade": {"received": 140, "will_attend": 100},
                    "areas": [
                        {
                            "code": "thu-que",
                            "name": "Thôn Thu Quế",
                            "kind": "village",
                            "parent": "song-phuong",
                            **FIGURES,
                        }
                    ],
                    "half_acknowledged_after_s": 1260,
                    "late_joiners": 3,
                }
            ]
        }
    )

    announcement: str
    broadcast: str
    title: str
    state: AnnouncementState
    due_at: Moment
    deliveries: dict[DeliveryState, int] = Field(description="How many are in each state; every state is there.")
    total: Figures
    by_channel: dict[str, int] = Field(description="Households that acknowledged by themselves, by channel.")
    by_grade: dict[str, int] = Field(description="The same households, by how far their answer goes.")
    areas: list[AreaFigures] = Field(description="From the top down.")
    half_acknowledged_after_s: int | None = Field(
        description="Seconds from `due_at` until half of the audience had acknowledged by themselves; null before, and "
        "where the key sees only a part of the audience."
    )
    late_joiners: int = Field(description="Households that came after the snapshot; in no other figure.")


@router.get("/{code}/report", response_model=Report, responses=errors(*CODED))
async def show_report(caller: Reader, code: Code) -> dict[str, Any]:
    """Report

    How far it reached, by area and in total, within the key's area.
    """
    return reporting.as_json(caller.context, await sight.report(caller.context, code, caller.key))


class Delivery(BaseModel):
    """One broadcast to one chat."""

    account: str
    channel: ChannelKind
    chat: str = Field(description="The chat's address on its platform.")
    title: str
    area: str = Field(description="Code of the area the chat serves.")
    area_name: str
    state: DeliveryState
    attempts: int
    sent_at: Moment | None
    next_at: Moment | None = Field(description="When it is tried next; null unless it is queued.")
    error: str = Field(description="What the platform answered last.")
    handed_at: Moment | None = Field(description="When its text was given to a person to post; null on other channels.")
    posted_by: str | None = Field(description="Who said that they posted it.")
    summary_at: Moment | None = Field(
        description="When a chat without a live count was told how many have answered; null where it was not."
    )


class Deliveries(BaseModel):
    """Deliveries, by area."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {"account": "telegram", "channel": "telegram", "chat": "-1000000000001", "title": "Tổ 1",
                         "area": "thu-que-to-1", "area_name": "Tổ 1", "state": "sent", "attempts": 1,
                         "sent_at": "2026-11-23T19:00:02+07:00", "next_at": None, "error": "", "handed_at": None,
                         "posted_by": None, "summary_at": None}
                    ]
                }
            ]
        }
    )  # fmt: skip

    items: list[Delivery]


@router.get("/{code}/deliveries", response_model=Deliveries, responses=errors(*CODED))
async def list_deliveries(
    caller: Reader,
    code: Code,
    state: Annotated[list[DeliveryState], Query(description="Only these states; may be repeated.")] = [],  # noqa: B006
) -> dict[str, Any]:
    """List deliveries

    Each chat of the key's area: has it been sent there, and if not, why.
    """
    found = await sight.sent(caller.context, code, caller.key, state or list(DeliveryState))
    return {"items": [one.as_dict(caller.context.local) for one in found]}
