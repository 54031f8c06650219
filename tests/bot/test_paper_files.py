"""Files that leave the program: saved whole, answered under their name, harmless in a spreadsheet."""

import csv
from io import BytesIO, StringIO
from pathlib import Path

import openpyxl
import pytest

from announcements.mistakes import Mistake
from bot.paper.files import PaperFile
from bot.paper.tables import table
from bot.web import downloads

HEADINGS = ("Hộ", "Số")
ROWS = [("=HYPERLINK(1)", 3), ("@Lan", 4)]


def test_a_table_gives_harmless_text_and_real_numbers() -> None:
    (_, *written) = csv.reader(StringIO(table("ho", "csv", HEADINGS, ROWS).content.decode("utf-8-sig")))
    assert written == [["'=HYPERLINK(1)", "3"], ["'@Lan", "4"]]
    (sheet,) = openpyxl.load_workbook(BytesIO(table("ho", "xlsx", HEADINGS, ROWS).content)).worksheets
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert cells == [list(HEADINGS), *map(list, ROWS)]
    assert [cell.data_type for cell in sheet["A"]] == ["s"] * 3


async def test_a_download_is_saved_under_its_name_and_kept_by_nobody() -> None:
    answer = await downloads.table("ho-chua-tra-loi", "xlsx", HEADINGS, ROWS)
    assert answer.headers["content-disposition"] == 'attachment; filename="ho-chua-tra-loi.xlsx"'
    assert answer.headers["content-type"].endswith("spreadsheetml.sheet")
    assert answer.headers["cache-control"] == "no-store"


def test_a_file_is_saved_whole_or_the_mistake_is_told(tmp_path: Path) -> None:
    file = PaperFile("the.pdf", b"%PDF")
    file.save(tmp_path / "moi.pdf")
    assert (tmp_path / "moi.pdf").read_bytes() == b"%PDF"
    with pytest.raises(Mistake, match="Không ghi được"):
        file.save(tmp_path / "khong-co" / "moi.pdf")
    assert [path.name for path in tmp_path.iterdir()] == ["moi.pdf"]
