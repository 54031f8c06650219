"""What the pages of staff are called and who sees which in the menu. A page joins the menu by a line here."""

from dataclasses import dataclass

from announcements.permissions import Permission, may
from announcements.types import Role


@dataclass(frozen=True, slots=True)
class Entry:
    """`name` is a sentence of `[nav]` in wording.toml. `first`: on a small telephone it has a place of its own at the
    foot of the page; the others are behind "Thêm". `in_bar`: it stands in the bar of a wide screen."""

    path: str
    name: str
    permission: Permission = Permission.SEE
    first: bool = False
    in_bar: bool = True

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
    Entry("/months", "months"),
    Entry("/cards", "cards", Permission.KEEP),
    Entry("/households", "households"),
    Entry("/wishes", "wishes", Permission.RECORD, in_bar=False),
    Entry("/areas", "areas"),
    Entry("/import", "import", Permission.MANAGE, in_bar=False),
    Entry("/staff", "staff"),
    Entry("/chats", "chats"),
    Entry("/sessions", "sessions", in_bar=False),  # behind one's own name
)


def menu(role: Role) -> list[Entry]:
    """The entries for somebody with this role."""
    return [entry for entry in MENU if may(role, entry.permission)]
