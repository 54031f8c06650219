"""What every handler of the board works with, made once by `bot/web/server.py` and found through the request."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from bot.context import Context
from bot.web.board.cards import Cards
from bot.web.board.device import Devices
from bot.web.board.limits import Limits
from bot.web.pages import Pages


@dataclass(frozen=True, slots=True)
class Board:
    context: Context
    pages: Pages
    devices: Devices
    cards: Cards
    limits: Limits


def _board(request: Request) -> Board:
    board: Board = request.app.state.board
    return board


TheBoard = Annotated[Board, Depends(_board)]
