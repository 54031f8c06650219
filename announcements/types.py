"""The vocabulary every layer shares: enums with a meaning per member, and the named sets that answer questions.

Members' values are what the database, the JSON contract and the wording files carry; they never change silently.
"""

from enum import IntEnum, StrEnum


class AreaKind(StrEnum):
    COMMUNE = "commune"  # xã
    VILLAGE = "village"  # thôn
    GROUP = "group"  # tổ tự quản; the usual leaf


class Device(StrEnum):
    """What the household's representative can read with."""

    SMARTPHONE = "smartphone"
    BASIC = "basic"  # calls and SMS only: can't be in a chat group
    NONE = "none"
    UNKNOWN = "unknown"


NO_CHAT_DEVICES = frozenset({Device.BASIC, Device.NONE})


class Role(StrEnum):
    GROUP_LEADER = "group_leader"
    VILLAGE_HEAD = "village_head"
    SECRETARY = "secretary"
    APPROVER = "approver"
    DESK_OFFICER = "desk_officer"
    ADMIN = "admin"


class KeyScope(StrEnum):
    """What a key of the API may do in its area and below."""

    READ = "read"  # areas, announcements, reports, deliveries: counts, nobody's name
    ANNOUNCE = "announce"  # create, withdraw, send again
    RECORD = "record"  # told in person, could not be told, undo
    HOUSEHOLDS = "households"  # names, telephones, door-knock lists: personal data


class Kind(StrEnum):
    """What an announcement is about; chooses its heading and its wording."""

    NOTICE = "notice"  # thông báo chung
    MEETING = "meeting"  # mời họp
    HEALTH = "health"  # y tế, tiêm chủng
    PAYMENT = "payment"  # thu nộp, chi trả
    UTILITY = "utility"  # điện, nước, đường sá
    WARNING = "warning"  # thiên tai, an ninh, cháy nổ


class Urgency(IntEnum):
    """Higher goes first. Stored as the number, spoken as the lower-case name."""

    NORMAL = 0
    URGENT = 1
    EMERGENCY = 2

    @property
    def word(self) -> str:
        """The name used on the command line and in JSON: `normal`, `urgent`, `emergency`."""
        return self.name.lower()


# A repeated flood warning is a nuisance, a missing one is a disaster: only these are sent again on doubt.
REPEAT_RATHER_THAN_MISS = frozenset({Urgency.URGENT, Urgency.EMERGENCY})


class AnnouncementState(StrEnum):
    PROPOSED = "proposed"  # waits for somebody who may approve it; its time may pass meanwhile
    RETURNED = "returned"  # not approved: it went back to its author with a reason
    SCHEDULED = "scheduled"  # waits for its time
    PUBLISHED = "published"  # fanned out; on the board
    WITHDRAWN = "withdrawn"  # taken back by a person
    MISSED = "missed"  # its time came after `valid_until`: never announced late


# Nobody has seen it yet: it can be called back as if it had never been.
NOT_OUT_YET = frozenset({AnnouncementState.PROPOSED, AnnouncementState.SCHEDULED})


class DeliveryState(StrEnum):
    QUEUED = "queued"  # waits for its turn
    SENDING = "sending"  # claimed under a lease; the network may be in use
    HANDED = "handed"  # assisted posting: the ready text is with a person
    SENT = "sent"  # the platform accepted it
    DELIVERED = "delivered"  # the platform gave a receipt
    UNCONFIRMED = "unconfirmed"  # may have been sent; a person decides
    FAILED = "failed"  # refused, or attempts used up
    CANCELLED = "cancelled"  # withdrawn before it went out
    EXPIRED = "expired"  # past its use


class Grade(StrEnum):
    """How far an acknowledgement goes. Grades go up only, in the order of `GRADE_RANK`."""

    RECEIVED = "received"
    UNDERSTOOD = "understood"
    WILL_ATTEND = "will_attend"
    WILL_NOT_ATTEND = "will_not_attend"
    NEEDS_HELP = "needs_help"


# The last three are answers of the same height: the later one of them holds.
GRADE_RANK = {
    Grade.RECEIVED: 0,
    Grade.UNDERSTOOD: 1,
    Grade.WILL_ATTEND: 2,
    Grade.WILL_NOT_ATTEND: 2,
    Grade.NEEDS_HELP: 2,
}


class Outcome(StrEnum):
    """Where a household stands in one broadcast: exactly one column of the truth table."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"  # by themselves
    TOLD = "told"  # in person, recorded by a leader
    NOT_REACHED = "not_reached"  # with a reason


class How(StrEnum):
    """Through what an answer came."""

    BUTTON = "button"
    REPLY = "reply"
    BOARD = "board"
    MET = "met"  # a leader spoke with them
    CALLED = "called"  # by telephone
    SLIP = "slip"  # a slip of paper was left
    UNREACHABLE = "unreachable"  # a leader tried; the reason is kept


BY_THEMSELVES = frozenset({How.BUTTON, How.REPLY, How.BOARD})
IN_PERSON = frozenset({How.MET, How.CALLED, How.SLIP})


class Reason(StrEnum):
    """Why a household could not be told."""

    AWAY = "away"
    HOSPITAL = "hospital"
    MOVED = "moved"
    DEVICE = "device"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class ChannelKind(StrEnum):
    TELEGRAM = "telegram"
    ZALO_BOT = "zalo_bot"  # a bot of the Zalo Bot Platform, in ordinary groups
    ZALO_OA = "zalo_oa"  # an Official Account, in groups it owns and with people who write to it
    ASSISTED = "assisted"  # a person posts the ready text in a chat that no account of ours can write to
    BOARD = "board"
    REHEARSAL = "rehearsal"  # in-process, shaped like Telegram; for the demo and for drills


class FileKind(StrEnum):
    PHOTO = "photo"
    DOCUMENT = "document"
