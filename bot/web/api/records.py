"""What leaders record of households they told or could not tell, from another program; and taking it back."""

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from announcements.types import Grade, How, Outcome, Reason
from bot.office import documents, sight
from bot.office.reach import recording
from bot.web.api.callers import Recorder
from bot.web.api.described import CARRYING, CODED, errors
from bot.web.api.shapes import Asked, Code, HouseholdCode

router = APIRouter(prefix="/v1/announcements", tags=["records"])
RESPONSES = errors(*CODED, *CARRYING)


class AboutHousehold(Asked):
    """Which household is spoken of."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"household": "HO-00002"}]})

    household: HouseholdCode


class Told(AboutHousehold):
    """A leader told a household in person."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"household": "HO-00002", "how": "met"}]})

    how: Literal["met", "called", "slip"] = Field(
        description="`met` spoke with them, `called` by telephone, `slip` left a slip of paper."
    )
    grade: Grade = Field(Grade.RECEIVED, description="How far their answer goes. Grades go up only.")


class NotTold(AboutHousehold):
    """A leader could not tell a household."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"household": "HO-00002", "why": "away"}]})

    why: Reason


class Standing(BaseModel):
    """Where the household stands now."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"broadcast": "TB-7K3M.1", "household": "HO-00002", "outcome": "told", "changed": True}]
        }
    )

    broadcast: str
    household: str
    outcome: Outcome
    changed: bool = Field(description="False when it had answered already, or when there was nothing to take back.")


@router.post("/{code}/told", response_model=Standing, responses=RESPONSES)
async def record_told(caller: Recorder, code: Code, asked: Told) -> dict[str, Any]:
    """Record: told in person

    A household of the audience was met, called or left a slip. Recording the same twice changes nothing.
    """
    await sight.must_see_household(caller.context, code, asked.household, caller.key)
    result = await recording.told(
        caller.context, code, asked.household, how=How(asked.how), grade=asked.grade, staff=caller.key
    )  # fmt: skip
    return documents.recorded(result)


@router.post("/{code}/unreachable", response_model=Standing, responses=RESPONSES)
async def record_unreachable(caller: Recorder, code: Code, asked: NotTold) -> dict[str, Any]:
    """Record: could not be told

    A leader tried, and why it failed. What the household says itself, or a later record, outweighs it.
    """
    await sight.must_see_household(caller.context, code, asked.household, caller.key)
    result = await recording.unreachable(caller.context, code, asked.household, why=asked.why, staff=caller.key)
    return documents.recorded(result)


@router.post("/{code}/undo", response_model=Standing, responses=RESPONSES)
async def undo_record(caller: Recorder, code: Code, asked: AboutHousehold) -> dict[str, Any]:
    """Take a record back

    The latest record of a leader or a program about the household; what the household said itself stays.
    """
    await sight.must_see_household(caller.context, code, asked.household, caller.key)
    return documents.recorded(await recording.undo(caller.context, code, asked.household, staff=caller.key))
