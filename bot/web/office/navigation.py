"""What the pages of staff are called and who sees which in the menu. A page joins the menu by a line here."""

from dataclasses import dataclass
from enum import StrEnum

from announcements.permissions import Permission, may
from announcements.types import Role


class Group(StrEnum):
    """What belongs together in the menu; the values are sentences of `[nav_group]` in wording.toml."""

    WORK = "work"  # every day's work: the first row of a wide screen
    RECORDS = "records"  # people, places and figures: a quieter row below it
    OWN = "own"  # behind one's own name, and in the list of a telephone


@dataclass(frozen=True, slots=True)
class Entry:
    """`name` is a sentence of `[nav]` in wording.toml. `first`: on a small telephone it has a place of its own at the
    foot of the page; the others are behind "Thêm"."""

    path: str
    name: str
    permission: Permission = Permission.SEE
    group: Group = Group.WORK
    first: bool = False

    def is_here(self, path: str) -> bool:
        """Does the page at `path` belong to this entry?"""
        return path == self.path or (self.path != "/" and path.startswith(f"{self.path}/"))


MENU = (
    Entry("/", "dashboard", first=True),
    Entry("/compose", "compose", Permission.ANNOUNCE, first=True),
    Entry("/approvals", "approvals", Permission.APPROVE),
    Entry("/notices", "notices", first=True),
    Entry("/doors", "doors", Permission.RECORD, first=True),
    Entry("/posting", "posting", Permission.RECORD),
    Entry("/inbox", "inbox", Permission.RECORD),
    Entry("/households", "households", group=Group.RECORDS),
    Entry("/cards", "cards", Permission.KEEP, Group.RECORDS),
    Entry("/wishes", "wishes", Permission.RECORD, Group.RECORDS),
    Entry("/areas", "areas", group=Group.RECORDS),
    Entry("/import", "import", Permission.MANAGE, Group.RECORDS),
    Entry("/staff", "staff", group=Group.RECORDS),
    Entry("/chats", "chats", group=Group.RECORDS),
    Entry("/months", "months", group=Group.RECORDS),
    Entry("/sessions", "sessions", group=Group.OWN),
)


def menu(role: Role) -> list[Entry]:
    """The entries for somebody with this role."""
    return [entry for entry in MENU if may(role, entry.permission)]
