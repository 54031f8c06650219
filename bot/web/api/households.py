"""Personal data: the households of an area, the door-knock list, late joiners. All of it needs the scope for it."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from announcements.types import Device
from bot.office import documents, sight
from bot.web.api.callers import Confidant
from bot.web.api.described import CODED, errors
from bot.web.api.paging import Page, Paged
from bot.web.api.problems import Trouble
from bot.web.api.shapes import AreaFilter, Code, Moment

router = APIRouter(prefix="/v1", tags=["households"])

SAMPLE: dict[str, Any] = {
    "household": "HO-00002",
    "head_name": "Trần Văn Hải",
    "representative": "Trần Văn Hải",
    "area": "thu-que-to-1",
    "area_name": "Tổ 1",
    "address": "Ngõ 3",
    "phones": ["+84900000001"],
    "device": "smartphone",
    "joined_at": "2026-10-01T08:00:00+07:00",
}
DOOR: dict[str, Any] = {
    "household": "HO-00002",
    "head_name": "Trần Văn Hải",
    "area": "thu-que-to-1",
    "area_name": "Tổ 1",
    "address": "Ngõ 3",
    "phone": "+84900000001",
    "device": "none",
}


class Household(BaseModel):
    """A household living in the key's area."""

    household: str = Field(description="The household's code.")
    head_name: str
    representative: str = Field(description="Who stands for the household in the chat.")
    area: str
    area_name: str
    address: str
    phones: list[str] = Field(description="E.164.")
    device: Device = Field(description="What the representative can read with.")
    joined_at: Moment = Field(description="When it came to its present area.")


class HouseholdPage(Page[Household]):
    """Households, in the order they were first entered."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [SAMPLE], "next_cursor": None}]})


class Door(BaseModel):
    """A household without an answer."""

    household: str = Field(description="The household's code.")
    head_name: str
    area: str
    area_name: str
    address: str
    phone: str = Field(description="E.164; several with commas.")
    device: Device


class DoorPage(Page[Door]):
    """Doors to knock on, by area, then as a leader walks."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [DOOR], "next_cursor": None}]})


@router.get("/households", response_model=HouseholdPage, responses=errors(Trouble.NOT_FOUND, Trouble.INVALID))
async def list_households(caller: Confidant, paging: Paged, area: AreaFilter = None) -> dict[str, Any]:
    """List households

    Who lives in the key's area now. Notes of the roster are not given out.
    """
    context = caller.context
    found = await sight.households(context, caller.key, area=area, after=paging.after, limit=paging.look)
    return paging.page(found, lambda entry: entry.id, lambda entry: documents.household(context, entry))


@router.get("/announcements/{code}/unreached", response_model=DoorPage, responses=errors(*CODED))
async def list_unreached(caller: Confidant, code: Code, paging: Paged, area: AreaFilter = None) -> dict[str, Any]:
    """Door-knock list

    Households of the key's area that have not acknowledged and have not been told. It may shrink while you page.
    """
    found = await sight.unreached(
        caller.context, code, caller.key, area=area, after=paging.after, limit=paging.look
    )  # fmt: skip
    return paging.page(found, lambda door: door.household_id, documents.door)


@router.get("/announcements/{code}/late-joiners", response_model=HouseholdPage, responses=errors(*CODED))
async def list_late_joiners(caller: Confidant, code: Code, paging: Paged) -> dict[str, Any]:
    """Late joiners

    Households that came into the audience's areas after it went out; they are in no figure of the report.
    """
    context = caller.context
    found = await sight.late_joiners(context, code, caller.key, after=paging.after, limit=paging.look)
    return paging.page(found, lambda entry: entry.id, lambda entry: documents.household(context, entry))
