"""How long a text takes over the loudspeaker, read aloud and slowly. Called by the composer's preview.

A Vietnamese syllable is a written word, so they can be counted; figures, times and dates are turned into words first.
"""

import re
from datetime import timedelta

from announcements.numerals import digit_by_digit, in_words
from announcements.phrases import phrase
from announcements.text import fold, nfc_block

PER_SECOND = 3.6  # syllables; people read announcements at 3.3 to 4
LONG = timedelta(minutes=2)  # beyond it people stop listening

_SENTENCE_PAUSE, _COMMA_PAUSE = 0.6, 0.3  # seconds
_SENTENCE_END = re.compile(r"[.!?…]+(?=\s|$)|\n+")
_COMMA = re.compile(r"[,;:–—](?=\s|$)|\s[-–—]\s|[()]")

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_TELEPHONE = re.compile(r"(?<!\d)0\d{2,3}[ .]?\d{3}[ .]?\d{3,4}(?!\d)")
_DATE = re.compile(r"(?<![\d/])(0?[1-9]|[12]\d|3[01])[/-](0?[1-9]|1[0-2])(?:[/-](\d{4}))?(?![\d/])")
_CLOCK = re.compile(r"(?<!\d)([01]?\d|2[0-4])\s?(?:h|g|:)\s?([0-5]\d)(?!\d)|(?<!\d)([01]?\d|2[0-4])\s?[hg](?!\w)")
_RANGE = re.compile(r"(?<=[\dhg])\s?[-–]\s?(?=\d)")
_GROUPED = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{3})+(?![\d.])")
_DECIMAL = re.compile(r"(?<!\d)(\d+),(\d+)(?!\d)")
_NUMBER = re.compile(r"\d+")
_UNITS = (
    (re.compile(r"(?<=\d)\s?(?:đ|vnđ|vnd)(?!\w)", re.IGNORECASE), " đồng"),
    (re.compile(r"(?<=\d)\s?%"), " phần trăm"),
    (re.compile(r"(?<=\d)\s?m(?:2|²)(?!\w)"), " mét vuông"),
    (re.compile(r"(?<=\d)\s?km(?!\w)"), " ki lô mét"),
    (re.compile(r"(?<=\d)\s?kg(?!\w)"), " ki lô gam"),
    (re.compile(r"(?<=\d)\s?m(?!\w)"), " mét"),
)
_WORD = re.compile(r"[^\W\d_]+")
_SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|gh|gi|ph|th|tr|kh|ch|qu|[bcdghklmnpqrstvx])?[aeiouy]{1,3}(?:ng|nh|ch|[cmnpt])?", re.ASCII
)
_VOWELS = re.compile("[aeiouy]+")


def spoken(text: str) -> str:
    """`text` with its figures as a person reads them: "7h30 ngày 25/11" is "bảy giờ ba mươi ngày hai mươi lăm tháng
    mười một". Web addresses are not read aloud."""
    said = _ADDRESS.sub(" ", nfc_block(text))
    said = _TELEPHONE.sub(lambda found: digit_by_digit(found[0]), said)
    said = _DATE.sub(lambda found: _date(*found.groups()), said)
    said = _RANGE.sub(" đến ", said)
    said = _CLOCK.sub(lambda found: _clock(found[1] or found[3], found[2]), said)
    for unit, words in _UNITS:
        said = unit.sub(words, said)
    said = _GROUPED.sub(lambda found: found[0].replace(".", ""), said)
    said = _DECIMAL.sub(lambda found: f"{in_words(int(found[1]))} phẩy {digit_by_digit(found[2])}", said)
    return _NUMBER.sub(lambda found: _number(found[0]), said)


def syllables(text: str) -> int:
    """How many syllables are said when `text` is read aloud."""
    return sum(map(_of_word, _WORD.findall(spoken(text))))


def reading_time(text: str) -> timedelta:
    """How long `text` takes, pauses included; whole seconds."""
    said = spoken(text).strip()
    pauses = len(_SENTENCE_END.findall(said)) * _SENTENCE_PAUSE + len(_COMMA.findall(said)) * _COMMA_PAUSE
    return timedelta(seconds=round(sum(map(_of_word, _WORD.findall(said))) / PER_SECOND + pauses))


def length_words(length: timedelta) -> str:
    """`1 phút 20 giây`, `45 giây`."""
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    return phrase("speech.minutes", minutes=minutes, seconds=seconds) if minutes else phrase(
        "speech.seconds", seconds=seconds
    )  # fmt: skip


def _date(day: str, month: str, year: str | None) -> str:
    words = f"{in_words(int(day))} tháng {'tư' if int(month) == 4 else in_words(int(month))}"
    return f"{words} năm {in_words(int(year))}" if year else words


def _clock(hour: str, minute: str | None) -> str:
    words = f"{in_words(int(hour))} giờ"
    return f"{words} {in_words(int(minute))}" if minute and int(minute) else words


def _number(figures: str) -> str:
    named = len(figures) > 9 or (figures.startswith("0") and len(figures) > 2)
    return digit_by_digit(figures) if named else in_words(int(figures))


def _of_word(word: str) -> int:
    """One for a Vietnamese word; letter by letter for an abbreviation; by its vowels for a word from elsewhere."""
    plain = fold(word)
    if _SYLLABLE.fullmatch(plain):
        return 1
    if word.isupper() or not _VOWELS.search(plain):
        return len(word)
    return len(_VOWELS.findall(plain))
