"""The font of everything we draw or print: it comes with matplotlib and has every Vietnamese letter.

Called by `bot/drawing/bars.py` and `bot/paper/`. No font of the machine is used, so a sheet looks the same everywhere.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

FONT = "DejaVu Sans"
_FILE = "DejaVuSans.ttf"


@cache
def folder() -> Path:
    """Where the font's files are. Found without loading matplotlib."""
    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:  # it is a dependency: a broken installation
        raise ModuleNotFoundError("matplotlib is not installed", name="matplotlib")
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"


def printable(text: str) -> str:
    """`text` without what the font has no letter for (emoji): those would be drawn as empty boxes."""
    known = _letters()
    return text if text.isascii() else "".join(letter for letter in text if ord(letter) in known or letter.isspace())


@cache
def _letters() -> frozenset[int]:
    from matplotlib.ft2font import FT2Font  # takes a while, and most processes never need it

    return frozenset(FT2Font(str(folder() / _FILE)).get_charmap())
