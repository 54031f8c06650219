"""The command line: `loa`. One module per group of commands; `output.py` knows how they print and fail."""

from bot.cli.main import main

__all__ = ["main"]
