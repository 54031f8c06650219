"""What a telephone reads off a sheet: the QR codes of a set page."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import zxingcpp
from PIL import Image

from bot.paper import typesetting

PPI = 110.0  # less than any printer


def scanned(template: str, data: Mapping[str, Any], codes: Sequence[str]) -> list[list[str]]:
    """The texts of the QR codes, page by page."""
    pages = typesetting.typeset(template, data, codes, form="png")
    return [sorted(code.text for code in zxingcpp.read_barcodes(Image.open(io.BytesIO(page)))) for page in pages]
