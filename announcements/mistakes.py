"""The one error meant for a person: a Vietnamese sentence that says what is wrong, where, and what to do."""

import errno

from announcements.phrases import phrase

WHY = {
    errno.EACCES: "not_allowed",
    errno.EPERM: "not_allowed",
    errno.EROFS: "only_read",
    errno.ENOENT: "not_there",
    errno.ENOTDIR: "no_folder",
    errno.EISDIR: "is_folder",
    errno.EEXIST: "is_there",
    errno.ENOSPC: "no_room",
    errno.EDQUOT: "no_quota",
    errno.EIO: "disk_fault",
    errno.EADDRINUSE: "port_used",
    errno.EADDRNOTAVAIL: "no_such_address",
}


class Mistake(Exception):
    """Raised by whoever checks input; shown as it is by the command line, the pages and the bots."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NotFound(Mistake):
    """Nothing has that code or name."""


class NotAllowed(Mistake):
    """The person's role or area does not reach that far."""


class Miswritten(Mistake):
    """What was written can't be read as what it has to be: a time, for one. A command ends with status 2."""


class Unusable(Mistake):
    """The configuration or the machine can't be worked with: `what` is wrong and where, `remedy` what to do.

    The sentence is both. A command ends with status 2; `loa doctor` shows it as a finding.
    """

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what} {remedy}")
        self.what = what
        self.remedy = remedy


def reason(error: OSError) -> str:
    """Why the system refused, in Vietnamese where we have words for it: "ổ đĩa đã đầy"."""
    name = WHY.get(error.errno or 0)
    return phrase(f"system.{name}") if name else (error.strerror or type(error).__name__)
