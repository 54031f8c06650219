"""Reach as a picture: a bar for each area, telling its four outcomes apart by hatching as well as by colour.

Called in a thread by `bot/conversations/reporting.py`; drawing a commune's 40 bars takes about a second.
"""

import threading
from collections.abc import Sequence
from io import BytesIO
from textwrap import fill
from typing import TYPE_CHECKING

from announcements.reach import Figures
from announcements.rendering import phrase
from bot.drawing.fonts import FONT, printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 9.0  # inches; at DPI that is 1080 pixels, what a telephone shows
DPI = 120
ROW_HEIGHT = 0.34
MARGINS = 1.9  # title, axis and legend
LEAST_HEIGHT = 2.8
TITLE_WIDTH = 72  # letters in a line
NUMBER_FROM = 0.05  # of the widest bar; a narrower piece can't hold its number

# Name, colour, hatching: printed in black and white the four still differ. In the order of `Figures.pieces`.
PIECES = (
    ("report.chart_acknowledged", "#1b7837", ""),
    ("report.chart_told", "#7fbf7b", "///"),
    ("report.chart_not_reached", "#d9a441", "xxx"),
    ("report.chart_open", "#ffffff", "..."),
)

DRAWING = threading.Lock()  # matplotlib keeps fonts and settings for the whole process


def reach_png(title: str, rows: Sequence[tuple[str, Figures]]) -> bytes:
    """A PNG of `rows` (name of the area, its figures), the first on top. ValueError when there are none."""
    if not rows:
        raise ValueError("a picture needs at least one area")
    with DRAWING:
        return _draw(_printable(title), [(_printable(name), figures) for name, figures in rows])


def _draw(title: str, rows: Sequence[tuple[str, Figures]]) -> bytes:
    # Not at the top: it takes half a second and tens of megabytes that most processes never need.
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with rc_context({"font.family": FONT, "hatch.linewidth": 0.6, "text.parse_math": False}):
        height = max(LEAST_HEIGHT, MARGINS + ROW_HEIGHT * len(rows))
        figure = Figure(figsize=(WIDTH, height), dpi=DPI, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        _bars(axes, rows)
        figure.suptitle(fill(title, TITLE_WIDTH), x=0.01, ha="left", fontsize=13, fontweight="bold")
        figure.legend(loc="outside lower center", ncols=len(PIECES), frameon=False, handlelength=2.4)
        picture = BytesIO()
        figure.savefig(picture, format="png", facecolor="white")
    return picture.getvalue()


def _bars(axes: "Axes", rows: Sequence[tuple[str, Figures]]) -> None:
    from matplotlib.ticker import MaxNLocator

    places = list(range(len(rows)))
    widest = max((figures.audience for _, figures in rows), default=1) or 1
    before = [0] * len(rows)
    for (name, colour, hatch), values in zip(
        PIECES, zip(*(figures.pieces for _, figures in rows), strict=True), strict=True
    ):
        bars = axes.barh(places, values, left=before, height=0.72, label=phrase(name), color=colour, hatch=hatch,
                         edgecolor="#303030", linewidth=0.7)  # fmt: skip
        dark = colour == PIECES[0][1]
        for bar, value in zip(bars, values, strict=True):
            if value >= widest * NUMBER_FROM:
                box = None if dark else {"boxstyle": "round,pad=0.12", "facecolor": "white", "edgecolor": "none"}
                axes.text(bar.get_x() + value / 2, bar.get_y() + bar.get_height() / 2, str(value), ha="center",
                          va="center", fontsize=9, color="white" if dark else "black", bbox=box)  # fmt: skip
        before = [start + value for start, value in zip(before, values, strict=True)]
    axes.set_yticks(places, [name for name, _ in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(0, widest * 1.02)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel(phrase("report.chart_axis"))
    axes.spines[["top", "right"]].set_visible(False)


def _printable(text: str) -> str:
    return " ".join(printable(text).split())
