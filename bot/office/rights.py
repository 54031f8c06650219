"""Who may change places and people. Raises `NotAllowed`; the operator at the terminal may do everything."""

from announcements.mistakes import NotAllowed
from announcements.permissions import Permission, may
from announcements.phrases import phrase
from bot.office.notices.announcing import must_reach
from db.access.people import StaffRow


def must_manage(staff: StaffRow | None, path: str, name: str) -> None:
    """Areas, staff, chats and the roster are the office's, within its area."""
    if staff is not None and not may(staff.role, Permission.MANAGE):
        raise NotAllowed(phrase("mistake.may_not_manage", staff=staff.name))
    must_reach(staff, path, name)


def must_keep(staff: StaffRow | None, path: str, name: str) -> None:
    """Contact data and links of households are their leaders' and the office's."""
    if staff is not None and not may(staff.role, Permission.KEEP):
        raise NotAllowed(phrase("place.may_not_keep", staff=staff.name))
    must_reach(staff, path, name)
