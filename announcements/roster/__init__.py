"""The roster file: rows of a spreadsheet read into households as a person would read them, and written back.

Pure: `bot/sheets` opens the file and gives rows, `db/places.py` takes the households. What the columns mean is the
contract in the operators' documentation; every row that can't be taken is answered with a sentence.
"""

from announcements.roster.columns import Column
from announcements.roster.export import HEADINGS, roster_line
from announcements.roster.households import HouseholdRow
from announcements.roster.problems import Problem
from announcements.roster.reader import Roster, read_roster

__all__ = ["HEADINGS", "Column", "HouseholdRow", "Problem", "Roster", "read_roster", "roster_line"]
