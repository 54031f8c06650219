"""What an error number of the Official Account API means, read as the Channel port's errors. Pure.

Called by `client`. Numbers and meanings are those of the present tables (zalo-api §6); older pages give the same
numbers other meanings. Numbers of the template host are not here: nothing calls it.
"""

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType

from announcements.channels import ChannelError, Refused, RefusedReason, Scope, SlowDown, TryLater, Unsure
from announcements.phrases import phrase


class Code(IntEnum):
    """The platform's numbers, by what they say. Wording has a sentence for each that a person must act on."""

    TOO_FAST = -32  # the calls of one minute, of the app or of the account
    UPLOAD_GONE = -100  # uploads live seven days
    BUSINESS_TOKEN = -124  # the access token, as the business host says it
    PARAMETER_WRONG = -201
    APP_INACTIVE = -209
    TOO_LARGE = -210
    QUOTA_GONE = -211
    API_NOT_REGISTERED = -212
    NO_FOLLOWER = -213
    TOKEN_WRONG = -216
    RECIPIENT_FULL = -218
    APP_REMOVED = -219
    TOKEN_EXPIRED = -220
    OA_UNVERIFIED = -221
    OA_NOT_AUTHORISED = -223
    PLAN_TOO_LOW = -224
    RECIPIENT_AWAY = -227
    NO_INTERACTION = -230
    INTERACTION_OVER = -232
    KIND_UNSUPPORTED = -233
    AT_NIGHT = -234
    OA_TYPE_UNSUPPORTED = -235
    GROUP_DISABLED = -237
    ASSET_UNUSABLE = -238
    OLD_CALL = -240
    ASSET_USED = -241
    RECIPIENT_RESTRICTED = -244
    RULES_BROKEN = -248
    BILLING_MISSING = -320
    BILLING_EMPTY = -321
    GROUP_NOT_OURS = -403


# The access token, whose number varies: status and number, with and without a minus.
STALE_TOKEN = frozenset({Code.TOKEN_WRONG, Code.TOKEN_EXPIRED, Code.BUSINESS_TOKEN, 216, 401, -401})

HOUR = 3600.0  # seconds
LATER: Mapping[int, float] = MappingProxyType({Code.RECIPIENT_FULL: HOUR, Code.AT_NIGHT: HOUR})

REFUSED: Mapping[int, RefusedReason] = MappingProxyType(
    {
        Code.UPLOAD_GONE: RefusedReason.BAD_CONTENT,
        Code.PARAMETER_WRONG: RefusedReason.BAD_CONTENT,
        Code.APP_INACTIVE: RefusedReason.UNAUTHORISED,
        Code.TOO_LARGE: RefusedReason.BAD_CONTENT,
        Code.QUOTA_GONE: RefusedReason.QUOTA,
        Code.API_NOT_REGISTERED: RefusedReason.UNAUTHORISED,
        Code.NO_FOLLOWER: RefusedReason.OUT_OF_WINDOW,
        Code.APP_REMOVED: RefusedReason.UNAUTHORISED,
        Code.OA_UNVERIFIED: RefusedReason.UNAUTHORISED,
        Code.OA_NOT_AUTHORISED: RefusedReason.UNAUTHORISED,
        Code.PLAN_TOO_LOW: RefusedReason.QUOTA,
        Code.RECIPIENT_AWAY: RefusedReason.BLOCKED,
        Code.NO_INTERACTION: RefusedReason.OUT_OF_WINDOW,
        Code.INTERACTION_OVER: RefusedReason.OUT_OF_WINDOW,
        Code.KIND_UNSUPPORTED: RefusedReason.BAD_CONTENT,
        Code.OA_TYPE_UNSUPPORTED: RefusedReason.UNAUTHORISED,
        Code.GROUP_DISABLED: RefusedReason.NO_RIGHTS,
        Code.ASSET_UNUSABLE: RefusedReason.NO_RIGHTS,
        Code.OLD_CALL: RefusedReason.BAD_CONTENT,
        Code.ASSET_USED: RefusedReason.NO_RIGHTS,
        Code.RECIPIENT_RESTRICTED: RefusedReason.BLOCKED,
        Code.RULES_BROKEN: RefusedReason.BAD_CONTENT,
        Code.BILLING_MISSING: RefusedReason.QUOTA,
        Code.BILLING_EMPTY: RefusedReason.QUOTA,
        Code.GROUP_NOT_OURS: RefusedReason.CHAT_GONE,
    }
)

PAUSE = (10.0, 30.0)  # seconds after "too fast": the limit is of a minute, and no two of us should come back at once


class StaleToken(Refused):
    """The access token isn't good any more. Once for each call a new one may help."""

    def __init__(self, detail: str) -> None:
        super().__init__(RefusedReason.UNAUTHORISED, detail)


class StaleUpload(Refused):
    """What was uploaded is gone: nothing was posted, and the file can be uploaded anew."""


class UsedUp(Refused):
    """The plan's allowance of one kind of call is gone, and nothing is said of the others."""


KINDS: Mapping[int, type[Refused]] = MappingProxyType({Code.UPLOAD_GONE: StaleUpload, Code.QUOTA_GONE: UsedUp})


def read_error(number: int, chance: float) -> ChannelError:
    """What to do after the platform's error `number`. `chance`, from 0 to 1, spreads pauses."""
    detail = f"error {number}"
    if number == Code.TOO_FAST:
        return too_fast(chance, detail)
    if number in STALE_TOKEN:
        return StaleToken(detail)
    if number in LATER:
        return _saying(TryLater(detail, after=LATER[number]), number)
    reason = REFUSED.get(number)
    if reason is None:  # nothing proves that it was not posted
        return Unsure(detail)
    return _saying(KINDS.get(number, Refused)(reason, detail), number)


def too_fast(chance: float, detail: str) -> SlowDown:
    shortest, longest = PAUSE
    return SlowDown(shortest + chance * (longest - shortest), Scope.ACCOUNT, detail)


def _saying(error: ChannelError, number: int) -> ChannelError:
    error.sentence = phrase(f"zalo_error.{Code(number).name.lower()}")
    return error
