"""Who acts: a member of staff or a program's key. The operator at the terminal is None: everything is theirs."""

from typing import Protocol

from announcements.permissions import Permission
from announcements.types import Role


class Actor(Protocol):
    """What the services ask of whoever acts; `db.access.people.StaffRow` and `db.access.keys.KeyRow` have it."""

    @property
    def code(self) -> str:
        """How the audit log names them."""

    @property
    def name(self) -> str: ...

    @property
    def area_name(self) -> str: ...

    @property
    def path(self) -> str: ...

    @property
    def staff_id(self) -> int | None: ...

    @property
    def role(self) -> Role | None:
        """None for a key: what a program posts waits for nobody's approval."""

    def may(self, permission: Permission) -> bool: ...

    def reaches(self, path: str) -> bool: ...


def staff_id(who: Actor | None) -> int | None:
    """The member of staff that records name, when it was one."""
    return None if who is None else who.staff_id
