"""Choosing one's household from the list: village, group, household; then the nearest staff are asked.

Called by `Conversations` for the buttons of `Topic.LINKING`, which `residents` offers. Names of households are personal
data: they show only after a group was opened, and nobody opens more than a few groups' lists a day.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

from announcements.channels import Button
from announcements.rendering import phrase
from announcements.splitting import shorten
from bot.attempts import Attempts
from bot.conversations import requests
from bot.conversations.data import Data, Topic, member, pack
from bot.conversations.messenger import BadPress, Talk, in_rows, words
from bot.conversations.paging import page
from bot.office.homes.wishes import A_DAY, ASKS_A_DAY
from db import conversations
from db.links import identities, linking
from db.links.linking import Choice
from db.places import areas
from db.places.areas import AreaRow

AREAS_A_PAGE = 40
HOUSEHOLDS_A_PAGE = 8
LABEL_LENGTH = 40
LISTS_A_DAY = 5
KEPT = timedelta(hours=12)  # how long an opened list can be chosen from


class Action(StrEnum):
    VILLAGES = "v"
    AREA = "a"  # area, page
    CHOOSE = "c"  # household


class Choosing:
    """Remembers who opened how many lists and asked how often."""

    def __init__(self) -> None:
        self._lists = Attempts(LISTS_A_DAY, A_DAY)
        self._asks = Attempts(ASKS_A_DAY, A_DAY)

    async def press(self, talk: Talk, data: Data) -> None:
        """A button of the list. Raises `BadPress`."""
        match member(Action, data.action):
            case Action.VILLAGES:
                await self._open(talk, None, 1)
            case Action.AREA:
                await self._open(talk, data.number(0), data.number(1))
            case Action.CHOOSE:
                await self._choose(talk, data.number(0))

    async def _open(self, talk: Talk, area_id: int | None, number: int) -> None:
        async with talk.context.database.read() as connection:
            tree = await areas.tree(connection)
        here = _find(tree, area_id)
        if here is None:
            await talk.show(words("choose.no_areas"))
            return
        below = [area for area in tree if area.parent_id == here.id]
        if below:
            await _show_areas(talk, here, below, number)
        elif await self._may_list(talk, here):
            await _show_households(talk, here, number)
        else:
            await talk.show(words("choose.too_many_lists"))

    async def _may_list(self, talk: Talk, here: AreaRow) -> bool:
        """Note that this group's list is open now; turning its pages costs nothing."""
        if await _opened(talk) == here.id:
            return True
        if self._lists.wait(talk.external_id, talk.now):
            return False
        self._lists.wrong(talk.external_id, talk.now)
        async with talk.context.database.write() as connection:
            await conversations.keep(connection, talk.kind, talk.external_id, topic=Topic.LINKING,
                                     state={"area": here.id}, now=talk.now)  # fmt: skip
        return True

    async def _choose(self, talk: Talk, household_id: int) -> None:
        opened = await _opened(talk)
        async with talk.context.database.read() as connection:
            chosen = await linking.household(connection, household_id)
            mine = await identities.of(connection, talk.kind, talk.external_id)
        if chosen is None or chosen.area_id != opened:
            raise BadPress  # only from the list they have open: household ids can't be tried one by one
        if any(one.household_id == household_id for one in mine):
            await talk.show(words("link.already_linked", head=chosen.head_name, area=chosen.place))
        elif self._asks.wait(talk.external_id, talk.now):
            await talk.show(words("choose.too_many_asks"))
        else:
            self._asks.wrong(talk.external_id, talk.now)
            await requests.ask(talk, chosen)


def _find(tree: Sequence[AreaRow], area_id: int | None) -> AreaRow | None:
    """The area with this id; without one the top of the tree."""
    if area_id is None:
        return next((area for area in tree if area.parent_id is None), None)
    return next((area for area in tree if area.id == area_id), None)


async def _opened(talk: Talk) -> int | None:
    """The area whose list this person opened last."""
    async with talk.context.database.read() as connection:
        kept = await conversations.load(connection, talk.kind, talk.external_id, since=talk.now - KEPT)
    return kept.state.get("area") if kept is not None and kept.topic == Topic.LINKING else None


async def _show_areas(talk: Talk, here: AreaRow, below: Sequence[AreaRow], number: int) -> None:
    shown = page(below, number, AREAS_A_PAGE)
    rows = in_rows([Button(area.name, _area(area.id, 1)) for area in shown.items], 2)
    rows.append(shown.turning(lambda to: _area(here.id, to)))
    if here.parent_id is not None:
        rows.append([_elsewhere()])
    await talk.show(words("choose.area", area=here.name), [row for row in rows if row])


async def _show_households(talk: Talk, here: AreaRow, number: int) -> None:
    async with talk.context.database.read() as connection:
        households = await linking.households_of(connection, here.id)
    if not households:
        await talk.show(words("choose.nobody_here", area=here.name), [[_elsewhere()]])
        return
    shown = page(households, number, HOUSEHOLDS_A_PAGE)
    namesakes = Counter(one.head_name for one in households)
    rows = [
        [Button(_label(one, namesakes[one.head_name] > 1), pack(Topic.LINKING, Action.CHOOSE, one.household_id))]
        for one in shown.items
    ]
    rows.append(shown.turning(lambda to: _area(here.id, to)))
    rows.append([_elsewhere()])
    await talk.show(words("link.choose_household", area=households[0].place), [row for row in rows if row])


def _label(one: Choice, has_namesake: bool) -> str:
    return shorten(f"{one.head_name} · {one.household}" if has_namesake else one.head_name, LABEL_LENGTH)


def _area(area_id: int, number: int) -> str:
    return pack(Topic.LINKING, Action.AREA, area_id, number)


def _elsewhere() -> Button:
    return Button(phrase("choose.others"), pack(Topic.LINKING, Action.VILLAGES))
