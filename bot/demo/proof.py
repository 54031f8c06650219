"""Do the figures add up? Every claim of the report held against what was counted in another way. Pure but `facts`.

Called by `stage.py` when everybody has done what they wanted.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from announcements.reach import Figures
from announcements.types import DeliveryState
from bot.context import Context
from bot.demo.people import Known
from bot.demo.wording import say
from db.announcing.notices import BroadcastRow
from db.counting import doors, reach, recount
from db.counting.doors import Door
from db.counting.reach import Report


@dataclass(frozen=True, slots=True)
class Facts:
    """What the service says. `differences`: area codes with the counters and the recount, where they disagree;
    `doors` the door-knock list; `copies` how often each chat got the notice; `households` in the sample.
    """

    report: Report
    differences: Mapping[str, tuple[Figures, Figures]]
    doors: Sequence[Door]
    copies: Mapping[str, int]
    households: int


async def facts(context: Context, broadcast: BroadcastRow, copies: Mapping[str, int], households: int) -> Facts:
    """Read it all in one look at the database."""
    async with context.database.read() as connection:
        return Facts(
            report=await reach.report(connection, broadcast.id, broadcast.published_at),
            differences=await recount.differences(connection, broadcast.id),
            doors=await doors.unreached(connection, broadcast.id),
            copies=copies,
            households=households,
        )


def failures(found: Facts, known: Known) -> list[str]:
    """A sentence for each check that fails; none when the figures add up."""
    return [
        *known.faults,
        *_rows(found),
        *_children(found),
        *_counters(found),
        *_totals(found, known),
        *_chats(found),
    ]


def _rows(found: Facts) -> Iterator[str]:
    """Every row is the sum of its four outcomes, and its open households are those on the door-knock list."""
    for area in found.report.areas:
        row = area.figures.as_dict()
        four = [row[name] for name in ("acknowledged", "told_in_person", "not_reached", "open")]
        if min(four) < 0 or sum(four) != row["audience"]:
            yield say("wrong.row", area=area.name, audience=row["audience"], acknowledged=four[0], told=four[1],
                      not_reached=four[2], open=four[3])  # fmt: skip
        on_list = sum(door.path.startswith(area.path) for door in found.doors)
        if on_list != row["open"]:
            yield say("wrong.doors", area=area.name, doors=on_list, open=row["open"])


def _children(found: Facts) -> Iterator[str]:
    """Every row is the sum of the rows right below it."""
    sums: dict[int, Counter[str]] = {}
    for area in found.report.areas:
        if area.parent_id is not None:
            sums.setdefault(area.parent_id, Counter()).update(area.figures.as_dict())
    for area in found.report.areas:
        for column, own in area.figures.as_dict().items() if area.area_id in sums else ():
            if own != sums[area.area_id][column]:
                yield say("wrong.children", area=area.name, column=column, own=own, sum=sums[area.area_id][column])


def _counters(found: Facts) -> Iterator[str]:
    for area, (counted, recounted) in found.differences.items():
        yield say("wrong.counters", area=area, counted=counted.as_dict(), recounted=recounted.as_dict())


def _totals(found: Facts, known: Known) -> Iterator[str]:
    """What the people know: whoever answered is acknowledged, whatever their leader wrote down as well."""
    total = found.report.total
    if total.audience != found.households:
        yield say("wrong.audience", audience=total.audience, households=found.households)
    told = known.told - known.answered
    expected = {
        "acknowledged": (total.acknowledged, known.answered),
        "told_in_person": (total.told_in_person, told),
        "not_reached": (total.not_reached, known.not_met - known.told - known.answered),
    }
    for column, (counted, households) in expected.items():
        if counted != len(households):
            yield say("wrong.outcome", column=column, counted=counted, known=len(households))


def _chats(found: Facts) -> Iterator[str]:
    """Every chat has the notice, once, and nothing is left open."""
    states = {state: count for state, count in found.report.deliveries.items() if count}
    if states != {DeliveryState.SENT: len(found.copies)}:
        named = ", ".join(f"{state}: {count}" for state, count in states.items())
        yield say("wrong.deliveries", chats=len(found.copies), states=named)
    for address, copies in found.copies.items():
        if copies != 1:
            yield say("wrong.copies", address=address, copies=copies)
