"""Setting sheets: a template of `templates/`, filled with data, as PDF or as a picture.

What people typed travels as data and never becomes markup. Pages call this in a thread: setting releases the
interpreter, and one sheet is set at a time, for a commune's cards take 500 MB meanwhile.
"""

import json
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from bot.drawing import fonts

if TYPE_CHECKING:
    import typst

TEMPLATES = Path(__file__).with_name("templates")
Form = Literal["pdf", "svg", "png"]

_setting = threading.Lock()


def pdf(template: str, data: Mapping[str, Any], codes: Sequence[str] = (), *, tagged: bool = True) -> bytes:
    """The sheet `template` filled with `data` (what JSON can hold). `codes` are addresses, printed as QR codes.

    `tagged` lets a screen reader find its way; it quadruples the size of sheets with many small pieces.
    """
    (sheet,) = typeset(template, data, codes, tagged=tagged)
    return sheet


def typeset(
    template: str, data: Mapping[str, Any], codes: Sequence[str] = (), *, form: Form = "pdf", tagged: bool = True
) -> list[bytes]:
    """The same in any form: a PDF is one file, pictures are one a page."""
    import typst  # not at the top: only commands and pages that print need it

    from bot.paper.qr import qr_svg

    inputs = {
        "data": json.dumps(_printable(data), ensure_ascii=False),
        "codes": json.dumps([qr_svg(code) for code in codes]),
        "font": fonts.FONT,
    }
    with _setting:
        made = typst.compile(TEMPLATES / template, root=TEMPLATES, font_paths=_fonts(), ignore_system_fonts=True,
                             format=form, sys_inputs=inputs, pdf_tags=tagged)  # fmt: skip
    return made if isinstance(made, list) else [made]


def _printable(data: Any) -> Any:
    match data:
        case str():
            return fonts.printable(data)
        case Mapping():
            return {key: _printable(value) for key, value in data.items()}
        case list() | tuple():
            return [_printable(value) for value in data]
    return data


@cache
def _fonts() -> "typst.Fonts":
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[fonts.folder()])
