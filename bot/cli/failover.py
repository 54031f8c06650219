"""`loa failover`: what an account that is down can't send, sent by other chats of the same areas."""

from typing import Annotated

import typer

from announcements.failover import Choice, Fate
from announcements.phrases import label, phrase
from bot.cli.acting import AsStaff, staff_of
from bot.cli.output import AsJson, out, print_json, print_table, run
from bot.context import Context
from bot.office.channels import failover as moving
from bot.office.channels.failover import Move


def register(app: typer.Typer) -> None:
    app.command("failover")(failover)


def failover(
    account: Annotated[
        str, typer.Argument(metavar="TÀI_KHOẢN", help="Tài khoản không gửi được, tên trong [[accounts]].")
    ],
    to: Annotated[str | None, typer.Option(help="Chỉ chuyển sang nhóm của tài khoản này.")] = None,
    unconfirmed: Annotated[
        bool, typer.Option("--unconfirmed", help="Chuyển cả những tin có thể đã tới: đã xem trong nhóm và chưa thấy.")
    ] = False,
    by_hand: Annotated[
        bool, typer.Option("--by-hand", help="Nơi không còn nhóm nào khác thì để người đăng thủ công.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ xem, chưa chuyển gì.")] = False,
    as_staff: AsStaff = None,
    json: AsJson = False,
) -> None:
    """Chuyển những tin chắc chắn chưa tới sang nhóm khác của cùng địa bàn."""

    async def work(context: Context) -> None:
        staff = await staff_of(context, as_staff)
        choice = Choice(to=to, by_hand=by_hand, unconfirmed=unconfirmed)
        done = await (moving.look if dry_run else moving.move)(context, account, choice, staff)
        if json:
            print_json(done.as_dict() | {"dry_run": dry_run})
        else:
            _say(done, dry_run=dry_run)

    run(work)


def _say(done: Move, *, dry_run: bool) -> None:
    if not done.lines:
        out.print(phrase("failover.nothing", account=done.account), markup=False)
        return
    print_table(
        ("area", "chat", "title", "outcome", "account"),
        [(line.place, line.named.chat, line.named.title, label(line.step.fate),
          line.step.way.account if line.step.way else "") for line in done.lines],
        "",
    )  # fmt: skip
    said = "failover.would" if dry_run else "failover.done"
    counts = done.counts
    out.print(
        phrase(said, account=done.account, moved=counts[Fate.MOVED] + counts[Fate.BY_HAND],
               closed=counts[Fate.CLOSED], left=done.left),
        markup=False,
    )  # fmt: skip
