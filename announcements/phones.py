"""Telephone numbers as people type them, read into E.164 and shown again the national way.

Called by the roster, by forms that ask for a number and by whoever shows one. Vietnam's country code is assumed.
"""

import re
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from announcements.text import fold, nfc

REGION = "VN"
COUNTRY_CODE = 84

# Numbers with 11 digits became numbers with 10 in September and October 2018 (the Ministry of Information and
# Communications' plan for mobile codes): old codes, the new ones under them, the leading 0 left out.
_MOBILE_PLAN_2018 = (
    "162:32 163:33 164:34 165:35 166:36 167:37 168:38 169:39 "  # Viettel
    "120:70 121:79 122:77 126:76 128:78 "  # MobiFone
    "123:83 124:84 125:85 127:81 129:82 "  # VinaPhone
    "186:56 188:58 199:59"  # Vietnamobile, Gmobile
)
_MOBILE_BEFORE_2018 = {pair[:3]: pair[4:] for pair in _MOBILE_PLAN_2018.split()}
# Hà Nội's landlines were 04 and eight digits until June 2017. Other old area codes are mobile codes today: not guessed.
_HANOI_BEFORE_2017 = re.compile(r"4(\d{8})")

_PEOPLE_ANSWER = frozenset(
    {
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.VOIP,
        PhoneNumberType.PERSONAL_NUMBER,
    }
)


def _mobile_pattern(region: str) -> str:
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    if metadata is None or metadata.mobile is None or metadata.mobile.national_number_pattern is None:
        raise LookupError(f"phonenumbers knows no mobile numbers of {region}")
    return str(metadata.mobile.national_number_pattern)


# Nearly every number in a roster is a mobile one written plainly: the library's own pattern, a tenth of the time.
_USUAL = re.compile(r"(?:0|\+?84)([35789]\d{8})", re.ASCII)
_MOBILE_NOW = re.compile(_mobile_pattern(REGION))

_NONE = frozenset(
    {"khong", "khong co", "khong co so", "khong co dt", "khong co dien thoai", "khong dung", "chua co"}
    | {"ko", "ko co", "k", "k co", "0", "x", "none", "no", "null"}
)
_BETWEEN_NUMBERS = re.compile(r"[;/\\|&,]|\s(?=\+)|\b(?:và|va|hoặc|hoac|hay)\b", re.IGNORECASE)
_BETWEEN_DIGITS = r"\s.,_()\-–—"
# A label before it or a remark after it is let go; letters among the digits are not: that is another number or a slip.
_ONE_NUMBER = re.compile(rf"[^\d+]*(\+?[\d{_BETWEEN_DIGITS}]*\d)[^\d]*")
_NOT_DIGIT = re.compile(r"[^\d+]")
_FLOAT = re.compile(r"^(\d{8,})\.0+$")  # what programs make of a column of numbers
_TEN_DIGITS_EACH = re.compile(r"(?:0\d{9}){2,}")


@dataclass(frozen=True, slots=True)
class Phones:
    """What a cell or field held: `numbers` in E.164, each once and in order, and the pieces that are no number."""

    numbers: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


def read_phones(text: str) -> Phones:
    """Every number in `text`, whatever stands between them; a dash or “không có” means none. Never raises."""
    text = _FLOAT.sub(r"\1", nfc(text))
    if whole := read_phone(text):
        return Phones((whole,))
    if not any(letter.isalnum() for letter in text) or fold(text) in _NONE:
        return Phones()
    numbers: dict[str, None] = {}
    unread = []
    for piece in filter(None, map(str.strip, _BETWEEN_NUMBERS.split(text))):
        found = _numbers_in(piece)
        numbers.update(dict.fromkeys(found))
        if not found and any(letter.isdigit() for letter in piece):
            unread.append(piece)
    if not numbers:
        return Phones((), (text,))
    return Phones(tuple(numbers), tuple(unread))


def read_phone(text: str) -> str | None:
    """The one number in `text` as E.164, or None when it is none, not one, or a number nobody answers (a hotline)."""
    found = _ONE_NUMBER.fullmatch(text)
    if not found:
        return None
    digits = _NOT_DIGIT.sub("", found[1])
    if (usual := _USUAL.fullmatch(digits)) and _MOBILE_NOW.fullmatch(usual[1]):
        return f"+{COUNTRY_CODE}{usual[1]}"
    try:
        number = phonenumbers.parse(digits, REGION)
    except phonenumbers.NumberParseException:
        return None
    for candidate in (number, _renumbered(number)):
        if candidate and phonenumbers.number_type(candidate) in _PEOPLE_ANSWER:
            return phonenumbers.format_number(candidate, PhoneNumberFormat.E164)
    return None


def show_phone(number: str) -> str:
    """An E.164 number as people here read it: `0912 345 678`; a foreign one with its country code."""
    if (usual := _USUAL.fullmatch(number)) and _MOBILE_NOW.fullmatch(usual[1]):
        return f"0{usual[1][:3]} {usual[1][3:6]} {usual[1][6:]}"
    try:
        parsed = phonenumbers.parse(number, REGION)
    except phonenumbers.NumberParseException:
        return number
    home = parsed.country_code == COUNTRY_CODE
    return phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL if home else PhoneNumberFormat.INTERNATIONAL)


def _renumbered(number: PhoneNumber) -> PhoneNumber | None:
    """The present number of one written before the national plans of 2017 and 2018."""
    digits = str(number.national_number)
    if number.country_code != COUNTRY_CODE:
        return None
    if len(digits) == 10 and (code := _MOBILE_BEFORE_2018.get(digits[:3])):
        return PhoneNumber(country_code=COUNTRY_CODE, national_number=int(code + digits[3:]))
    if hanoi := _HANOI_BEFORE_2017.fullmatch(digits):
        return PhoneNumber(country_code=COUNTRY_CODE, national_number=int("24" + hanoi[1]))
    return None


def _numbers_in(piece: str) -> list[str]:
    """One number, or several with only a space or a dash between them."""
    if one := read_phone(piece):
        return [one]
    digits = _NOT_DIGIT.sub("", piece)
    ten_each = _TEN_DIGITS_EACH.fullmatch(digits)
    parts = re.findall(r"0\d{9}", digits) if ten_each else re.split(r"[\s\-–—]+", piece)
    numbers = [read_phone(part) for part in parts]
    return [number for number in numbers if number] if len(numbers) > 1 and all(numbers) else []
