"""The `loa` command: its options and its groups of commands."""

import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.cli import (
    accounts,
    announcements,
    areas,
    backups,
    cards,
    chats,
    deliveries,
    demo,
    failover,
    households,
    inbox,
    keys,
    maintenance,
    months,
    oa,
    posting,
    reach,
    roster,
    service,
    staff,
    wishes,
)
from bot.cli.output import State
from bot.cli.usage import Loa

app = typer.Typer(
    name="loa",
    cls=Loa,
    help="Loa Thôn: thông báo của xã tới từng nhóm, từng hộ, và biết chắc đã tới đâu.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def options(
    config: Annotated[Path | None, typer.Option("--config", help="Tệp cấu hình TOML.", dir_okay=False)] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Ghi nhật ký chi tiết ra đầu ra lỗi.")] = False,
) -> None:
    State.config = config
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO if verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        force=True,
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)  # below that it names addresses, which hold chats' ids
    logging.getLogger("apscheduler").setLevel(logging.WARNING)  # says every second that nothing happened


service.register(app)
demo.register(app)
maintenance.register(app)
backups.register(app)
roster.register(app)
areas.register(app)
chats.register(app)
oa.register(app)
accounts.register(app)
cards.register(app)
households.register(app)
staff.register(app)
wishes.register(app)
announcements.register(app)
deliveries.register(app)
failover.register(app)
posting.register(app)
inbox.register(app)
reach.register(app)
months.register(app)
keys.register(app)


def main() -> None:
    """The console script. What it makes holds telephone numbers and card codes: for its owner's eyes only."""
    os.umask(0o077)
    app()
