"""Numbers as people read them aloud in Vietnamese. Called by `speech`."""

DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_GROUPS = ("", "nghìn", "triệu")
_BILLION = 1_000_000_000


def in_words(number: int) -> str:
    """`2026` is "hai nghìn không trăm hai mươi sáu". ValueError below zero."""
    if number < 0:
        raise ValueError("only what is counted is read aloud")
    above, below = divmod(number, _BILLION)
    if above:
        rest = f" {_below_a_billion(below, full=True)}" if below else ""
        return f"{in_words(above)} tỷ{rest}"
    return _below_a_billion(below) if below else DIGITS[0]


def digit_by_digit(figures: str) -> str:
    """A telephone number: `0912` is "không chín một hai". What is no digit is left out."""
    return " ".join(DIGITS[int(one)] for one in figures if one in "0123456789")


def _below_a_billion(number: int, *, full: bool = False) -> str:
    """`full`: something was said before, so that the hundreds of the first group are named even when there are none."""
    words: list[str] = []
    for power in (2, 1, 0):
        group = number // 1000**power % 1000
        if group:
            words += [_below_a_thousand(group, full=full or bool(words)), _GROUPS[power]]
    return " ".join(word for word in words if word)


def _below_a_thousand(number: int, *, full: bool) -> str:
    hundreds, rest = divmod(number, 100)
    words = [DIGITS[hundreds], "trăm"] if hundreds or full else []
    tens, ones = divmod(rest, 10)
    if tens == 1:
        words.append("mười")
    elif tens:
        words += [DIGITS[tens], "mươi"]
    elif ones and words:
        words.append("linh")
    if ones:
        words.append(_last(tens, ones))
    return " ".join(words)


def _last(tens: int, ones: int) -> str:
    if ones == 5 and tens:
        return "lăm"
    if tens > 1:
        return {1: "mốt", 4: "tư"}.get(ones, DIGITS[ones])
    return DIGITS[ones]
