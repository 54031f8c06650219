"""Every table, and its Core form for the hot paths (`t.delivery`, `t.recipient`, …)."""

from sqlalchemy import Table
from sqlmodel import SQLModel

from db.tables.access import SignInLink, WebSession
from db.tables.drafts import Draft
from db.tables.keys import ApiAnswer, ApiKey
from db.tables.notices import Announcement, Attachment, Audience, Broadcast, Schedule, Upload
from db.tables.people import (
    Card,
    Conversation,
    Identity,
    IdentityState,
    PendingPress,
    Staff,
    StaffAccount,
    Via,
)
from db.tables.places import Account, Area, Chat, FormerName, Household, OauthToken, OldAddress, Phone
from db.tables.questions import NoticeAnswer, Question, QuestionState, Why
from db.tables.reach import Acknowledgement, Reach, Recipient, Tally, Tap
from db.tables.tidings import Tiding
from db.tables.work import Audit, Delivery, Inbox, Outage, Usage

metadata = SQLModel.metadata


class _Core:
    """The Core tables by name; attributes so that a wrong name fails at import of the caller's line, not in SQL."""

    def __getattr__(self, name: str) -> Table:
        return metadata.tables[name]


t = _Core()

__all__ = [
    "Account", "Acknowledgement", "Announcement", "ApiAnswer", "ApiKey", "Area", "Attachment", "Audience", "Audit",
    "Broadcast", "Card", "Chat", "Conversation", "Delivery", "Draft", "FormerName", "Household", "Identity",
    "IdentityState", "Inbox", "NoticeAnswer", "OauthToken", "OldAddress", "Outage", "PendingPress", "Phone",
    "Question", "QuestionState", "Reach", "Recipient", "Schedule", "SignInLink", "Staff", "StaffAccount", "Tally",
    "Tap", "Tiding", "Upload", "Usage", "Via", "WebSession", "Why", "metadata", "t",
]  # fmt: skip
