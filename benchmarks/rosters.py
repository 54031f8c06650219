"""Taking in a roster of 50,000 households from .xlsx, against openpyxl and ORM objects.

Ours is all of `loa roster import` but the terminal: reading, understanding and checking every cell, areas made where
they are new, phones normalised, one transaction. The peer takes the cells as they are.
"""

import asyncio
import random
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from announcements.roster import HEADINGS
from benchmarks import places
from benchmarks.measuring import Sample, as_dict, measured, paired, table, times
from benchmarks.places import NOW, Size
from bot import sheets
from bot.config import Settings
from bot.context import Context
from bot.office.homes import rosters
from db.engine import Database
from db.writer import Writer

ROWS = 50_000
FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Bùi", "Đặng", "Đỗ")
GIVEN = ("Lan", "Hải", "Mai", "Bình", "Tú", "Sáu", "Hòa", "Thủy", "Dũng", "Nghĩa")
GOAL_SECONDS, GOAL_MIB = 15.0, 300.0


def run(*, quick: bool = False) -> dict[str, Any]:
    """Keys: contender; values: `per_second` rows, `rss_mib` of the whole process at its height."""
    rows = 500 if quick else ROWS
    with tempfile.TemporaryDirectory(prefix="loa-bench-") as folder:
        template, file = Path(folder) / "template.db", Path(folder) / "roster.xlsx"
        places.lay_out(template, Size(1, 1, 1))
        _write(file, rows)
        contenders = {"ours": partial(ours, template, file, rows), "openpyxl": partial(orm, template, file, rows)}
        samples = paired(contenders, 1 if quick else 3)
    names = {"ours": "loa roster import", "openpyxl": "openpyxl, ORM add_all, nothing checked"}
    table(
        f"Roster of {rows:,} households from .xlsx (goals for 50,000: {GOAL_SECONDS:.0f} s, {GOAL_MIB:.0f} MiB)",
        ["", "seconds", "rows/s", "process MiB", "x openpyxl"],
        [[names[name], one.seconds, one.rate, one.more["rss_mib"], times(one, samples["openpyxl"])]
         for name, one in samples.items()],
    )  # fmt: skip
    return as_dict(samples)


def _write(file: Path, rows: int) -> None:
    chance = random.Random(7)

    def row(number: int) -> list[str]:
        head = f"{chance.choice(FAMILY)} Thị {chance.choice(GIVEN)} {number}"
        phone = f"09{chance.randint(10_000_000, 99_999_999)}"
        return [f"S-{number:06}", f"Thôn {number % 20 + 1}", f"Tổ {number % 400 // 20 + 1}", head, "", phone,
                f"Số {number}", "smartphone", ""]  # fmt: skip

    sheets.write_rows(file, HEADINGS, (row(number) for number in range(rows)))


def ours(template: Path, file: Path, rows: int) -> Sample:
    async def go() -> Sample:
        database = Database(places.url_of(places.copy(template, "roster")))
        async with Writer(database) as writer:
            context = Context(Settings(), database, writer, b"", clock=lambda: NOW)
            with measured(rows) as sample:
                result = await rosters.take_in(context, file)
        await database.close()
        if result.done.created != rows:
            raise AssertionError(f"{result.done.created} of {rows} households came in: {result.problems[:3]}")
        return sample

    return asyncio.run(go())


def orm(template: Path, file: Path, rows: int) -> Sample:
    from openpyxl import load_workbook
    from sqlalchemy import event
    from sqlmodel import Session, create_engine

    from announcements.types import Device
    from db.tables import Household, Phone

    engine = create_engine(f"sqlite:///{places.copy(template, 'roster_orm')}")
    event.listen(engine, "connect", places.synchronous)
    with measured(rows) as sample, Session(engine) as session:
        sheet = load_workbook(file, read_only=True).worksheets[0]
        cells = sheet.iter_rows(min_row=2, values_only=True)
        made = [
            (Household(code=code, area_id=places.ROOT, head_name=head, representative=stands or head, address=address,
                       note=note or "", device=Device.SMARTPHONE, joined_at=NOW), phone)
            for code, _, _, head, stands, phone, address, _, note in cells
        ]  # fmt: skip
        session.add_all(household for household, _ in made)
        session.flush()
        session.add_all(Phone(household_id=household.id, number=phone) for household, phone in made)
        session.commit()
    engine.dispose()
    return sample
