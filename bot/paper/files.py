"""A finished file: its name, its content, what it is."""

from dataclasses import dataclass
from pathlib import Path

from bot import sheets

MEDIA_TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".pdf": "application/pdf",
    ".svg": "image/svg+xml",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class PaperFile:
    """`name` is ASCII and ends in a key of `MEDIA_TYPES`: what a browser saves it as."""

    name: str
    content: bytes

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[Path(self.name).suffix]

    def save(self, path: Path) -> None:
        """Write it to `path`, whole or not at all. Raises `SheetError`, a `Mistake`, when that can't be."""
        with sheets.replacing(path) as file:
            file.write(self.content)
