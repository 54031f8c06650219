"""The curve of acknowledgements as SVG: text stays text, lines differ without colours, each bears its name.

Called in a thread by `bot/web/dashboard/`, about a tenth of a second each; the same curve is drawn once.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from io import StringIO
from typing import TYPE_CHECKING, Any

from announcements.curves import Point
from announcements.phrases import phrase
from bot.drawing.bars import DRAWING
from bot.drawing.fonts import FONT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = (4.6, 2.9)  # inches of 72 points: small, so that its letters stay large on a telephone
KEPT = 64  # curves
APART = 0.07  # of the height: names of lines that end closer than this are moved apart


def curve_svg(points: Sequence[Point], audience: int) -> bytes:
    """The curve of `points`, whose times carry the commune's zone, against an audience of so many households."""
    return _drawn(tuple(points), audience)


@lru_cache(KEPT)
def _drawn(points: tuple[Point, ...], audience: int) -> bytes:
    with DRAWING:
        return _draw(points, audience)


def _draw(points: Sequence[Point], audience: int) -> bytes:
    # Not at the top: see bot/drawing/bars.py.
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    # The salt makes the same curve the same file.
    with rc_context({"font.family": [FONT, "sans-serif"], "font.size": 11, "svg.fonttype": "none",
                     "svg.hashsalt": "loa", "text.parse_math": False}):  # fmt: skip
        figure = Figure(figsize=SIZE, layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        _lines(axes, points, audience)
        _frame(axes, points, audience)
        picture = StringIO()
        figure.savefig(picture, format="svg", facecolor="white", metadata={"Date": None})
    return picture.getvalue().encode()


def _lines(axes: "Axes", points: Sequence[Point], audience: int) -> None:
    times: list[Any] = [point.at for point in points]
    received = [point.acknowledged + point.told for point in points]
    acknowledged = [point.acknowledged for point in points]
    axes.fill_between(times, received, color="#e3f3e7", linewidth=0)
    axes.axhline(audience, color="#5a5248", linewidth=1, linestyle=":")
    axes.plot(times, received, color="#0c4f2c", linewidth=2.4)
    axes.plot(times, acknowledged, color="#0b4f8a", linewidth=2, linestyle="--")
    names = [
        (phrase("curve.audience", count=audience), audience),
        (phrase("curve.received", count=received[-1]), received[-1]),
    ]
    if acknowledged[-1] != received[-1]:
        names.append((phrase("curve.acknowledged", count=acknowledged[-1]), acknowledged[-1]))
    for (name, _), height in zip(names, _apart([height for _, height in names], APART * audience), strict=True):
        axes.annotate(name, (times[-1], height), xytext=(8, 0), textcoords="offset points", va="center",
                      annotation_clip=False)  # fmt: skip


def _apart(heights: Sequence[float], least: float) -> list[float]:
    """These heights, the highest first, each at least `least` below the one before."""
    placed: list[float] = []
    for height in heights:
        placed.append(min(height, placed[-1] - least) if placed else height)
    return placed


def _frame(axes: "Axes", points: Sequence[Point], audience: int) -> None:
    from matplotlib.dates import AutoDateLocator, DateFormatter
    from matplotlib.ticker import MaxNLocator

    zone = points[0].at.tzinfo
    first, last = points[0].at, points[-1].at
    axes.set_xlim(first, last)  # type: ignore[arg-type]  # the library takes datetimes, its types don't say so
    axes.set_ylim(0, audience * 1.06 or 1)
    locator = AutoDateLocator(tz=zone, minticks=2, maxticks=4)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    form = DateFormatter(_form(first, last), tz=zone)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(form)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#d9cfbd", linewidth=0.6)
    axes.set_axisbelow(True)


def _form(first: datetime, last: datetime) -> str:
    """How moments are written below the curve: by the clock within a day, else with the day."""
    if (last - first).total_seconds() <= 300:
        return "%H:%M:%S"
    hours = (last - first).total_seconds() / 3600
    return "%H:%M" if hours <= 20 else "%H:%M %d/%m" if hours <= 72 else "%d/%m"
