"""The key itself, and its part of the tree of areas."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from announcements.types import AreaKind, KeyScope
from bot.office import documents, sight
from bot.web.api.callers import Anyone, Reader
from bot.web.api.described import errors
from bot.web.api.gate import PER_MINUTE
from bot.web.api.problems import Trouble
from bot.web.api.shapes import Moment

router = APIRouter(prefix="/v1")


class Me(BaseModel):
    """The key that asks."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "prefix": "loa_7k3m9q2x",
                    "name": "Cổng thông tin xã",
                    "area": "song-phuong",
                    "area_name": "Xã Song Phượng",
                    "scopes": ["announce", "read"],
                    "created_at": "2026-11-20T08:00:00+07:00",
                    "requests_per_minute": 300,
                    "timezone": "Asia/Ho_Chi_Minh",
                }
            ]
        }
    )

    prefix: str = Field(description="The key's public part; the audit log names it.")
    name: str
    area: str = Field(description="Code of the area it acts in, with everything below.")
    area_name: str
    scopes: list[KeyScope]
    created_at: Moment
    requests_per_minute: int = Field(description="How many requests it may send in any minute.")
    timezone: str = Field(description="The commune's; times without an offset are of this zone.")


@router.get("/me", response_model=Me, responses=errors(Trouble.INVALID), tags=["key"])
async def show_key(caller: Anyone) -> dict[str, Any]:
    """Show this key

    What the key that asks may do, and where. Needs no scope: good for trying a new key.
    """
    context, key = caller.context, caller.key
    return {
        "prefix": key.prefix,
        "name": key.name,
        "area": key.area_code,
        "area_name": key.area_name,
        "scopes": sorted(key.scopes),
        "created_at": context.local(key.created_at).isoformat(),
        "requests_per_minute": PER_MINUTE,
        "timezone": context.settings.commune.timezone,
    }


class Area(BaseModel):
    """A node of the tree."""

    code: str = Field(description="Stays the same when the area is renamed.")
    name: str
    kind: AreaKind
    parent: str | None = Field(description="Code of the area above; null at the top of what the key sees.")
    households: int = Field(description="Households living there or below, now.")


class Areas(BaseModel):
    """The tree, from the top down."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {"code": "thu-que", "name": "Thôn Thu Quế", "kind": "village", "parent": None,
                         "households": 372},
                        {"code": "thu-que-to-1", "name": "Tổ 1", "kind": "group", "parent": "thu-que",
                         "households": 41},
                    ]
                }
            ]
        }
    )  # fmt: skip

    items: list[Area]


@router.get("/areas", response_model=Areas, responses=errors(Trouble.INVALID), tags=["areas"])
async def list_areas(caller: Reader) -> dict[str, Any]:
    """List areas

    The key's area and everything below it, parents before children.
    """
    return {"items": documents.areas(await sight.places(caller.context, caller.key))}
