"""A household as a line of the roster file: what is exported can be imported again and changes nothing."""

from announcements.phones import show_phone
from announcements.roster.columns import Column
from announcements.roster.households import DEVICE_WORDS, HouseholdRow

HEADINGS = tuple(column.value for column in Column)
BETWEEN_PHONES = " / "


def roster_line(household: HouseholdRow) -> tuple[str, ...]:
    """The cells under `HEADINGS`; the household's `row` is of no account."""
    cells = {
        Column.CODE: household.code or "",
        Column.VILLAGE: household.village,
        Column.GROUP: household.group,
        Column.HEAD: household.head,
        Column.REPRESENTATIVE: household.representative,
        Column.PHONE: BETWEEN_PHONES.join(show_phone(number) for number in household.phones),
        Column.ADDRESS: household.address,
        Column.DEVICE: DEVICE_WORDS[household.device],
        Column.NOTE: household.note,
    }
    return tuple(cells[column] for column in Column)
