"""Announcements: listing, creating once, showing, withdrawing, sending again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.drafts import BODY_LENGTH, TITLE_LENGTH, Draft
from announcements.times import read_time
from announcements.types import AnnouncementState, DeliveryState, Kind
from bot.context import Context
from bot.office import documents, sight
from bot.office.notices import announcing
from bot.web.api.announcement_shapes import AnnouncementPage, FullAnnouncement, Resent, Withdrawn
from bot.web.api.callers import Announcer, Reader
from bot.web.api.described import CARRYING, CODED, LINKS, errors
from bot.web.api.once import REPLAYED, IdempotencyKey, Keep, once
from bot.web.api.paging import Paged
from bot.web.api.problems import Trouble
from bot.web.api.shapes import NAIVE, AreaCode, AreaFilter, Asked, Code, UrgencyWord, When
from db.announcing.notices import BroadcastRow
from db.announcing.seen import Wanted

router = APIRouter(prefix="/v1/announcements", tags=["announcements"])


class NewAnnouncement(Asked):
    """What is to be announced. Attachments can't be given here; texts with links to files can."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "title": "Cắt điện sửa đường dây",
                    "body": "Mất điện từ 7 giờ đến 11 giờ sáng mai. Bà con chủ động công việc.",
                    "areas": ["thu-que"],
                    "kind": "utility",
                    "urgency": "normal",
                    "valid_until": "2026-11-26T11:00",
                }
            ]
        }
    )

    title: str = Field(min_length=1, max_length=TITLE_LENGTH, description="One line; at most 200 characters.")
    body: str = Field(
        min_length=1,
        max_length=BODY_LENGTH,
        description="Plain text, at most 20,000 characters; blank lines part paragraphs.",
    )
    areas: list[AreaCode] = Field(
        min_length=1, max_length=200, description="Codes of the areas it is for; each stands for all below it."
    )
    kind: Kind = Field(Kind.NOTICE, description="Chooses heading, wording and the answers the board offers.")
    urgency: UrgencyWord = Field(
        UrgencyWord.NORMAL,
        description="More urgent ones overtake the others; `urgent` and `emergency` are repeated rather than missed.",
    )
    at: When | None = Field(None, description=f"When it goes out; at once when left out. {NAIVE}")
    valid_until: When | None = Field(None, description=f"Nothing goes out after it. {NAIVE}")
    supersedes: str | None = Field(
        None, max_length=40, description="Code of the announcement this one corrects.", examples=["TB-2M4X"]
    )

    def draft(self, context: Context) -> Draft:
        zone = context.settings.commune.zone
        return Draft(
            title=self.title,
            body=self.body,
            kind=self.kind,
            urgency=self.urgency.urgency,
            due_at=read_time(self.at, zone, "at") if self.at else None,
            valid_until=read_time(self.valid_until, zone, "valid_until") if self.valid_until else None,
        )


@router.get("", response_model=AnnouncementPage, responses=errors(*CODED))
async def list_announcements(
    caller: Reader,
    paging: Paged,
    state: Annotated[AnnouncementState | None, Query(description="Only those in this state.")] = None,
    kind: Annotated[Kind | None, Query(description="Only those of this kind.")] = None,
    urgency: Annotated[UrgencyWord | None, Query(description="Only those of this urgency.")] = None,
    area: AreaFilter = None,
    due_from: Annotated[When | None, Query(description=f"Only those due at or after it. {NAIVE}")] = None,
    due_before: Annotated[When | None, Query(description=f"Only those due before it. {NAIVE}")] = None,
) -> dict[str, Any]:
    """List announcements

    What went to the key's area, to one below it or to a wider one that holds it, the newest first; one row for each
    time an announcement goes out.
    """
    context = caller.context
    wanted = Wanted(
        state=state,
        kind=kind,
        urgency=None if urgency is None else urgency.urgency,
        due_from=_moment(context, due_from, "due_from"),
        due_before=_moment(context, due_before, "due_before"),
    )
    rows = await sight.announcements(
        context, caller.key, wanted, area=area, after=paging.after, limit=paging.look
    )  # fmt: skip
    return paging.page(rows, lambda row: row.id, lambda row: documents.announcement(context, row))


def _moment(context: Context, text: str | None, what: str) -> datetime | None:
    return read_time(text, context.settings.commune.zone, what) if text else None


@router.post(
    "",
    status_code=201,
    response_model=FullAnnouncement,
    responses={
        201: {
            "description": "Announced, or announced before by the same request.",
            "links": LINKS,
            "headers": {
                "Location": {"description": "Where it is shown.", "schema": {"type": "string"}},
                REPLAYED: {
                    "description": "`true` when this is the answer to an earlier request.",
                    "schema": {"type": "string", "enum": ["true"]},
                },
            },
        },
        **errors(*CARRYING, Trouble.NOT_FOUND, Trouble.NOT_ALLOWED, Trouble.KEY_REUSED),
    },
)
async def create_announcement(
    caller: Announcer, asked: NewAnnouncement, idempotency_key: IdempotencyKey, response: Response
) -> Mapping[str, Any]:
    """Announce

    Stores an announcement and sends it, now or at its time, to every chat of its areas and to the notice board. It is
    signed with the commune's name.
    """
    context, key = caller.context, caller.key

    async def act(keep: Keep) -> Mapping[str, Any]:
        draft = asked.draft(context)
        await sight.must_see_areas(context, asked.areas, key)
        if asked.supersedes:
            await sight.announcement(context, asked.supersedes, key)

        async def within(connection: AsyncConnection, row: BroadcastRow) -> None:
            await keep(connection, documents.full_announcement(context, row))

        row = await announcing.announce(
            context, draft, to=asked.areas, staff=key, supersedes=asked.supersedes, within=within
        )  # fmt: skip
        return documents.full_announcement(context, row)

    answer = await once(context, key, idempotency_key, asked, act)
    response.headers["Location"] = f"/api/v1/announcements/{answer.body['announcement']}"
    if answer.replayed:
        response.headers[REPLAYED] = "true"
    return answer.body


@router.get("/{code}", response_model=FullAnnouncement, responses=errors(*CODED))
async def show_announcement(caller: Reader, code: Code) -> dict[str, Any]:
    """Show an announcement

    One announcement with its text.
    """
    return documents.full_announcement(caller.context, await sight.announcement(caller.context, code, caller.key))


@router.post(
    "/{code}/withdraw",
    response_model=Withdrawn,
    responses=errors(*CODED, Trouble.TOO_LARGE, Trouble.NOT_JSON, Trouble.NOT_ALLOWED),
)
async def withdraw_announcement(caller: Announcer, code: Code) -> dict[str, Any]:
    """Withdraw an announcement

    What has not gone out never will, and the board says so. Its whole audience has to lie in the key's area. Twice is
    no error.
    """
    row = await sight.announcement(caller.context, code, caller.key)
    row, cancelled = await announcing.withdraw(caller.context, row.code, caller.key)
    return {**documents.announcement(caller.context, row), "cancelled": cancelled}


class WhatToResend(Asked):
    """Which deliveries are to go out again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"states": ["failed"]}]})

    states: list[Literal["failed", "unconfirmed"]] = Field(
        min_length=1,
        max_length=2,
        description="`failed`, `unconfirmed` or both. Look into the chat before sending an unconfirmed one again.",
    )


@router.post(
    "/{code}/resend",
    response_model=Resent,
    responses=errors(*CODED, *CARRYING, Trouble.NOT_ALLOWED),
)
async def resend_announcement(caller: Announcer, code: Code, asked: WhatToResend) -> dict[str, int]:
    """Send again

    Just the deliveries in these states, because somebody has looked and decided. Its whole audience has to lie in the
    key's area.
    """
    row = await sight.announcement(caller.context, code, caller.key)
    states = [DeliveryState(word) for word in asked.states]
    return {"resent": await announcing.resend(caller.context, row.code, states, caller.key)}
