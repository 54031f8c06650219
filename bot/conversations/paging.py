"""Long lists a page at a time, with the buttons that turn them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from announcements.channels import Button
from announcements.rendering import phrase

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """`number` counts from 1; `first` is the place of its first item in the whole list, from 1."""

    items: Sequence[T]
    number: int
    pages: int
    first: int

    def turning(self, data: Callable[[int], str]) -> list[Button]:
        """The buttons to the pages before and after; `data` makes a page's number into button data."""
        buttons = []
        if self.number > 1:
            buttons.append(Button(phrase("chat.previous"), data(self.number - 1)))
        if self.number < self.pages:
            buttons.append(Button(phrase("chat.next"), data(self.number + 1)))
        return buttons


def page(items: Sequence[T], number: int, size: int) -> Page[T]:
    """The page `number` of `items`, or the nearest there is: a list may have shrunk since its buttons were drawn."""
    pages = max(1, -(-len(items) // size))
    number = min(max(number, 1), pages)
    start = (number - 1) * size
    return Page(items[start : start + size], number, pages, start + 1)
