"""What each role may do in its area and below: asked by `bot/office/` before anything is done, and by pages, bots and
menus before anything is offered."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from announcements.types import Role


class Permission(StrEnum):
    SEE = "see"  # reach, deliveries, the places and households of one's area
    ANNOUNCE = "announce"  # post, withdraw, send again
    RECORD = "record"  # answers of households told in person; who may stand for a household
    APPROVE = "approve"  # let out what others wrote
    KEEP = "keep"  # contact data, links and cards of households
    MANAGE = "manage"  # areas, staff, chats, the roster


_EVERYBODY = frozenset(Role)
_OFFICE = frozenset({Role.SECRETARY, Role.ADMIN})
_LEADERS = frozenset({Role.GROUP_LEADER, Role.VILLAGE_HEAD})

MAY: Mapping[Permission, frozenset[Role]] = MappingProxyType(
    {
        Permission.SEE: _EVERYBODY,
        Permission.ANNOUNCE: _OFFICE | _LEADERS | {Role.APPROVER},
        Permission.RECORD: _OFFICE | _LEADERS,
        Permission.APPROVE: _OFFICE | {Role.APPROVER},
        Permission.KEEP: _OFFICE | _LEADERS,
        Permission.MANAGE: _OFFICE,
    }
)


def may(role: Role, permission: Permission) -> bool:
    """Does this role have that permission, wherever its area is?"""
    return role in MAY[permission]
