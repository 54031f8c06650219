"""What can be wrong with a row, one function a problem: what it is and what to do. The row and column go with it."""

from collections.abc import Sequence
from dataclasses import dataclass

from announcements.roster.columns import Column

LONGEST_NAME = 120  # characters, for a person, a village and a group
LONGEST_CODE = 40
LONGEST = {Column.ADDRESS: 250, Column.NOTE: 500}
_QUOTED = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """`row` as the spreadsheet counts it; `column` the contract's heading; `refused`: the row was not taken."""

    row: int
    column: str
    problem: str
    refused: bool


def missing(row: int, columns: Sequence[Column]) -> Problem:
    return Problem(row, columns[0], f"Thiếu {_listed(columns)}. Điền cho đủ rồi nhập lại tệp.", refused=True)


def not_a_name(row: int, column: Column, text: str) -> Problem:
    return Problem(row, column, f"“{_quoted(text)}” không phải là tên. Sửa lại rồi nhập lại tệp.", refused=True)


def too_long(row: int, column: Column, longest: int) -> Problem:
    sentence = f"Dài quá {longest} ký tự; có thể nhiều ô đã dồn vào một. Rút gọn rồi nhập lại tệp."
    return Problem(row, column, sentence, refused=True)


def cut_short(row: int, column: Column, longest: int) -> Problem:
    sentence = f"Dài quá {longest} ký tự: đã giữ hộ này và {longest} ký tự đầu. Rút gọn nếu cần giữ trọn ý."
    return Problem(row, column, sentence, refused=False)


def unread_phone(row: int, text: str) -> Problem:
    sentence = f"Không đọc được số “{_quoted(text)}”: đã giữ hộ này, bỏ qua số ấy. Kiểm tra lại số điện thoại."
    return Problem(row, Column.PHONE, sentence, refused=False)


def unknown_device(row: int, text: str) -> Problem:
    sentence = (
        f"Không hiểu thiết bị “{_quoted(text)}”: đã giữ hộ này, coi như chưa rõ thiết bị. "
        "Ghi “smartphone”, “điện thoại thường” hoặc “không có”."
    )
    return Problem(row, Column.DEVICE, sentence, refused=False)


def code_taken(row: int, code: str, first: int, head: str, differs: Sequence[Column]) -> Problem:
    sentence = (
        f"Mã hộ “{_quoted(code)}” đã dùng ở hàng {first} cho hộ “{_quoted(head)}”, khác {_listed(differs)}. "
        "Mỗi hộ một mã: sửa mã, hoặc bỏ trống để hệ thống cấp mã mới."
    )
    return Problem(row, Column.CODE, sentence, refused=True)


def repeats_code(row: int, code: str, first: int) -> Problem:
    sentence = f"Hộ mã “{_quoted(code)}” đã có ở hàng {first}: đã gộp làm một hộ. Xóa hàng thừa nếu muốn."
    return Problem(row, Column.CODE, sentence, refused=False)


def repeats_household(row: int, first: int) -> Problem:
    sentence = (
        f"Trùng hộ ở hàng {first} (cùng tổ, chủ hộ, và cùng điện thoại hoặc địa chỉ): đã gộp làm một hộ. "
        "Nếu là hai hộ khác nhau, ghi mã hộ khác nhau cho mỗi hộ."
    )
    return Problem(row, Column.HEAD, sentence, refused=False)


def unknown_columns(names: Sequence[str]) -> str:
    """The warning that some columns are kept out."""
    return f"Bỏ qua các cột không dùng đến: {_listed(names)}."


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"“{_quoted(name)}”" for name in names)


def _quoted(text: str) -> str:
    return text if len(text) <= _QUOTED else text[: _QUOTED - 1] + "…"
