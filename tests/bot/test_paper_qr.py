"""QR codes as they are printed. That they scan is tested on the finished sheets (`scanning.py`)."""

import re

import numpy as np
import pytest
from zxingcpp import BarcodeFormat, create_barcode, write_barcode_to_image

from bot.paper.qr import LEVEL, qr_svg

CARD = "https://loa.songphuong.example.vn/h/7K3M9Q"


@pytest.mark.parametrize("address", [CARD, "https://loa.example.vn/doors/TB-7K3M/3%2FT%E1%BB%95%202%3F"])
def test_a_code_has_four_modules_of_white_around_it(address: str) -> None:
    made = create_barcode(address, BarcodeFormat.QRCode, ec_level=LEVEL)
    modules = np.array(write_barcode_to_image(made, scale=1, add_quiet_zones=False)).shape[0]
    picture = qr_svg(address)
    assert f'<svg width="{modules + 8}" height="{modules + 8}"' in picture
    assert min(int(x) for x in re.findall(r"M(\d+) ", picture)) == 4


def test_a_cards_code_is_small_enough_to_scan_from_a_card() -> None:
    size = re.search(r'<svg width="(\d+)"', qr_svg(CARD))
    assert size is not None
    assert int(size[1]) <= 45  # 31 mm: 0.7 mm a module
