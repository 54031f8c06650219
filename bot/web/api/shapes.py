"""Shapes several routes share: codes, times and words, with what the description says of them."""

from enum import StrEnum
from typing import Annotated

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from announcements.types import Urgency

NAIVE = "ISO 8601; without an offset it is local time of the commune."
AREA_PATTERN = "^[a-z0-9-]{1,120}$"

Code = Annotated[
    str,
    Path(
        max_length=40,
        description="An announcement's code (its latest broadcast) or a broadcast's code. Case, spaces and dashes "
        "don't matter.",
        examples=["TB-7K3M"],
    ),
]
AreaCode = Annotated[str, Field(pattern=AREA_PATTERN, examples=["thu-que"])]
AreaFilter = Annotated[
    str | None,
    Query(pattern=AREA_PATTERN, description="Code of an area of the key's: only it and what lies below.",
          examples=["thu-que"]),
]  # fmt: skip
When = Annotated[str, Field(max_length=40, examples=["2026-11-25T19:00"])]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"}, examples=["2026-11-25T19:00:00+07:00"])]
HouseholdCode = Annotated[str, Field(min_length=1, max_length=60, examples=["HO-00002"])]


class UrgencyWord(StrEnum):
    """How urgent an announcement is, as it is spoken."""

    NORMAL = Urgency.NORMAL.word
    URGENT = Urgency.URGENT.word
    EMERGENCY = Urgency.EMERGENCY.word

    @property
    def urgency(self) -> Urgency:
        return Urgency[self.name]


class Asked(BaseModel):
    """What a request carries; a misspelt key must not be silently ignored."""

    model_config = ConfigDict(extra="forbid")
