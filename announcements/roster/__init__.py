"""The roster file: rows of a spreadsheet read into households as a person would read them, and written back.

Pure: `bot/sheets` opens the file and gives rows, `db/places.py` takes the households. What the columns mean is the
contract in the operators' documentation; every row that can't be taken is answered with a sentence.
"""

from announcements.roster.columns import Column
from announcements.roster.departures import Departures, Living, who_left
from announcements.roster.export import HEADINGS, roster_line
from announcements.roster.households import HouseholdRow, RefusedRow, refused
from announcements.roster.problems import Problem
from announcements.roster.reader import Roster, read_roster

__all__ = [
    "HEADINGS",
    "Column",
    "Departures",
    "HouseholdRow",
    "Living",
    "Problem",
    "RefusedRow",
    "Roster",
    "read_roster",
    "refused",
    "roster_line",
    "who_left",
]
