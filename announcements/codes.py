"""Short codes that people read aloud, print, type and press: making them, reading them back, and button data.

Used by `db/` when it makes rows, by the command line and the board for whatever a person typed, and by the channels
for `callback_data`. All of it comes back from outside: reading a code says nothing about who may use it.
"""

import re
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from announcements.types import Grade

# Out are I, L, O (look like 1 and 0), U (like V), and A, D, E, W, Y: with those, a Vietnamese keyboard turns the next
# key into a tone mark ("AS" becomes "Á", "DD" becomes "Đ") and the code can't be typed. 27 characters are left.
ALPHABET = "0123456789BCFGHJKMNPQRSTVXZ"

ANNOUNCEMENT_PREFIX = "TB"  # thông báo
STAFF_PREFIX = "CB"  # cán bộ

Choose = Callable[[str], str]
"""Takes the characters allowed, gives one of them; `secrets.choice` except in tests."""

_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", ",": "."})
_NOT_CODE = re.compile(r"[^0-9A-Z.]+")
_ANNOUNCEMENT = re.compile(rf"{ANNOUNCEMENT_PREFIX}([0-9A-Z]{{4}})(?:\.0*([1-9][0-9]{{0,5}}))?")
_STAFF = re.compile(rf"{STAFF_PREFIX}([0-9A-Z]{{8}})")
_PRESS = re.compile(rf"ack:({ANNOUNCEMENT_PREFIX}-[0-9A-Z]{{4}}\.[1-9][0-9]{{0,5}})(?::([a-z_]+))?")

_GRADES = {grade.value: grade for grade in Grade}


@dataclass(frozen=True, slots=True)
class PressData:
    """What a button under a notice says: which broadcast, and the grade when the button means more than "received"."""

    broadcast: str
    grade: Grade | None = None


def new_announcement_code(choose: Choose = secrets.choice) -> str:
    """`TB-7K3M`: one of 531,441, so the caller draws again when it is taken."""
    return f"{ANNOUNCEMENT_PREFIX}-{_draw(4, choose)}"


def new_card_code(choose: Choose = secrets.choice) -> str:
    """`7K3M9Q`: one of about 387 million. Never starts with TB, or it could be read as an announcement's code."""
    first = choose(ALPHABET)
    is_prefix = first == ANNOUNCEMENT_PREFIX[0]
    second = choose(ALPHABET.replace(ANNOUNCEMENT_PREFIX[1], "") if is_prefix else ALPHABET)
    return first + second + _draw(4, choose)


def new_staff_code(choose: Choose = secrets.choice) -> str:
    """`CB-7K3M9Q2X`: one of about 282 thousand million."""
    return f"{STAFF_PREFIX}-{_draw(8, choose)}"


def broadcast_code(announcement_code: str, n: int) -> str:
    """The code of the `n`-th time (from 1) an announcement goes out: `TB-7K3M.1`. ValueError when `n` is below 1."""
    if n < 1:
        raise ValueError(f"a broadcast's number starts at 1, not {n}")
    return f"{announcement_code}.{n}"


def read_code(text: str) -> str:
    """The code a person meant: `tb 7k3m` and `TB–7K3M.` are `TB-7K3M`, `7k3-m9o` is `7K3M90`.

    Case, spaces, dashes, full-width forms and O, I, L for 0, 1, 1 don't matter. Whatever has none of the shapes comes
    back cleaned all the same: looking it up finds nothing, and then it is the looker who says so.
    """
    upper = unicodedata.normalize("NFKC", text).upper().translate(_READ_AS)
    bare = _NOT_CODE.sub("", upper).strip(".")
    if announcement := _ANNOUNCEMENT.fullmatch(bare):
        code, n = announcement.groups()
        return f"{ANNOUNCEMENT_PREFIX}-{code}" + (f".{n}" if n else "")
    if staff := _STAFF.fullmatch(bare):
        return f"{STAFF_PREFIX}-{staff[1]}"
    return bare


def spoken(card_code: str) -> str:
    """A card's code as it is printed and read aloud, in threes: `7K3 M9Q`. `read_code` takes it back."""
    return " ".join(card_code[place : place + 3] for place in range(0, len(card_code), 3))


def press_data(broadcast: str, grade: Grade | None = None) -> str:
    """Button data: `ack:TB-7K3M.1` or `ack:TB-7K3M.1:will_attend`; ASCII, under Telegram's 64 bytes.

    ValueError when `broadcast` is not a broadcast's code: such a button could never be read back.
    """
    data = f"ack:{broadcast}:{grade.value}" if grade else f"ack:{broadcast}"
    if not _PRESS.fullmatch(data):
        raise ValueError(f"not the code of a broadcast: {broadcast!r}; it looks like TB-7K3M.1")
    return data


def read_press_data(text: str | None) -> PressData | None:
    """What a press means, or None for anything that `press_data` did not make. Never raises."""
    pressed = _PRESS.fullmatch(text or "")
    if not pressed:
        return None
    broadcast, word = pressed.groups()
    if word is None:
        return PressData(broadcast)
    grade = _GRADES.get(word)
    return PressData(broadcast, grade) if grade else None


def _draw(count: int, choose: Choose) -> str:
    return "".join(choose(ALPHABET) for _ in range(count))
