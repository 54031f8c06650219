"""Splitting a leaf of the tree: some of its households go to a new area beside it, or to one that is there already."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.area_rules import area_name
from announcements.mistakes import Mistake
from announcements.phrases import label, phrase
from announcements.text import fold, nfc, search_words
from bot.context import Context
from bot.office.notices.announcing import actor
from bot.office.rights import must_manage
from bot.office.tree.areas import Effect, must_be_free, parent_of
from bot.office.trying import changing
from db import audit, locks
from db.access.people import StaffRow
from db.places import area_changes, area_uses, areas
from db.places.area_uses import Resident, Uses
from db.places.areas import AreaRow

MOST_NAMED = 8  # of what was not found, in one sentence
HEADINGS = frozenset({"ma ho", "ma", "household", "code"})  # of the column of codes in a file


@dataclass(frozen=True, slots=True)
class Choice:
    """Which households go: by their codes, and by words of their address ("Ngõ 3" is not "Ngõ 30")."""

    codes: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


def codes_in(path: Path) -> tuple[str, ...]:
    """The codes in a file: its column "Mã hộ", or else its first one. Raises `Mistake`."""
    from bot.sheets import read_sheet  # loads the spreadsheet libraries: only a split by file needs them

    found: list[str] = []
    column = 0
    for row in read_sheet(path).rows:
        cells = [nfc(str(cell)) if cell is not None else "" for cell in row.cells]
        heading = next((place for place, cell in enumerate(cells) if fold(cell) in HEADINGS), None)
        if heading is not None and not found:
            column = heading
        elif column < len(cells) and cells[column]:
            found.append(cells[column])
    return tuple(found)


async def split(
    context: Context,
    area: str,
    choice: Choice,
    *,
    name: str = "",
    into: str | None = None,
    staff: StaffRow | None = None,
    dry_run: bool = False,
) -> Effect:
    """The chosen households of a leaf go to a new area called `name` beside it, or to the area `into`.

    They have not moved house: nothing they answered and nothing that waits for them is lost.
    """
    now = context.clock()
    async with changing(context.database, dry_run=dry_run) as connection:
        await locks.hold_tree(connection, changing=True)
        old = await areas.find(connection, area)
        must_manage(staff, old.path, old.name)
        if await area_uses.children(connection, old.id):
            raise Mistake(phrase("place.not_a_leaf", name=old.name))
        residents = await area_uses.residents(connection, old.id)
        chosen = _chosen(residents, choice, old)
        if len(chosen) == len(residents) and into is None:
            raise Mistake(phrase("place.all_chosen", name=old.name))
        new = await _target(connection, old, name, into, staff)
        await area_changes.take_households(connection, chosen, new, out_of=old)
        waiting = await area_changes.readdress(connection, old, [new], keep=True)
        await audit.note(connection, at=now, actor=actor(staff), action="area split", subject=new.code,
                         out_of=old.code, new=into is None, households=chosen, announcements=waiting)  # fmt: skip
        serving = await area_uses.of_subtree(connection, new.path, now)
        notes = () if serving.chats else (phrase("place.no_chat_yet", name=new.name),)
        uses = Uses(len(chosen), (), serving.chats, serving.staff)
        return Effect(new, await parent_of(connection, new), uses, tuple(sorted(waiting)), notes)


async def _target(
    connection: AsyncConnection, old: AreaRow, name: str, into: str | None, staff: StaffRow | None
) -> AreaRow:
    if (into is None) == (not name.strip()):
        raise Mistake(phrase("place.name_or_into"))
    if into is None:
        title, parent = area_name(name, old.kind), await parent_of(connection, old)
        if parent is None:
            raise Mistake(phrase("place.top_not_split", name=old.name))
        siblings = await must_be_free(connection, title, parent)
        return await area_changes.add(connection, name=title, kind=old.kind, parent=parent, position=siblings)
    new = await areas.find(connection, into)
    must_manage(staff, new.path, new.name)
    if new.id == old.id:
        raise Mistake(phrase("place.split_into_itself", name=old.name))
    if new.kind is not old.kind:
        raise Mistake(
            phrase(
                "place.kinds_differ", name=old.name, kind=label(old.kind), other=new.name, other_kind=label(new.kind)
            )
        )
    if await area_uses.children(connection, new.id):
        raise Mistake(phrase("place.not_a_leaf", name=new.name))
    return new


def _chosen(residents: Sequence[Resident], choice: Choice, area: AreaRow) -> list[str]:
    """Codes of the households meant. Raises `Mistake` naming each code or address that nobody here has."""
    here = {one.code.upper(): one.code for one in residents}
    unknown = [code for code in choice.codes if nfc(code).upper() not in here]
    chosen = {here[nfc(code).upper()] for code in choice.codes if nfc(code).upper() in here}
    for address in choice.addresses:
        wanted = search_words(address) + " "
        found = {one.code for one in residents if wanted.strip() and wanted in search_words(one.address) + " "}
        if not found:
            unknown.append(address)
        chosen |= found
    if unknown:
        names = ", ".join(unknown[:MOST_NAMED]) + (" …" if len(unknown) > MOST_NAMED else "")
        raise Mistake(phrase("place.not_here", count=len(unknown), names=names, area=area.name))
    if not chosen:
        raise Mistake(phrase("place.nobody_chosen"))
    return sorted(chosen)
