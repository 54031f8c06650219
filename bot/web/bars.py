"""Reach as a bar of SVG in the page: four pieces, told apart by hatching as well as by colour.

Made here and not in a template, and kept by content: a page shows dozens of them, and most look as a moment ago. The
hatchings are in `bars.html`, the colours in `loa.css`; `live.js` moves the pieces while a page is open.
"""

from functools import lru_cache

from markupsafe import Markup, escape

from announcements.reach import Figures
from bot.web.wording import say

KEPT = 4_096  # bars
# In the order of `Figures.pieces`: what a piece is called, and its hatching.
PIECES = (("acknowledged", ""), ("told", "ve-told"), ("not_reached", "ve-not"), ("open", "ve-open"))


@lru_cache(KEPT)
def bar(figures: Figures, live: str | None = None, *, thin: bool = False) -> Markup:
    """The bar, with a sentence for whoever can't see it. `live` is the code of its row ("" for the total) where it is
    to move."""
    words = say("piece.bar", acknowledged=figures.acknowledged, told=figures.told_in_person,
                not_reached=figures.not_reached, open=figures.open, audience=figures.audience)  # fmt: skip
    pieces, start = [], 0.0
    for (name, hatching), count in zip(PIECES, figures.pieces, strict=True):
        width = 100 * figures.share(count)
        pieces.append(
            f'<rect class="piece-{name}"{_fill(hatching)} x="{start:.3f}%" width="{width:.3f}%" height="100%"/>'
        )
        start += width
    moves = "" if live is None else f' data-bar="{escape(live)}"'
    look = "bar thin" if thin else "bar"
    return Markup(f'<svg class="{look}" role="img" aria-label="{escape(words)}"{moves}>{"".join(pieces)}</svg>')  # noqa: S704


def sign(piece: str) -> Markup:
    """A piece's hatching beside its name."""
    fill = _fill(dict(PIECES)[piece])
    return Markup(f'<svg class="sign" width="22" height="16" aria-hidden="true" focusable="false">'  # noqa: S704
                  f'<rect class="piece-{piece}"{fill} width="22" height="16"/></svg>')  # fmt: skip


def _fill(hatching: str) -> str:
    return f' fill="url(#{hatching})"' if hatching else ""
