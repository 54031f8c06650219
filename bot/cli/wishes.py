"""`loa wish list/approve/refuse`: people without a card who want to be linked to a household."""

from typing import Annotated, Any

import typer

from announcements.phrases import label, phrase
from bot.cli.acting import AsStaff, staff_of
from bot.cli.output import AsJson, answer, print_json, print_table, run
from bot.context import Context
from bot.office.homes import wishes
from db.links.identities import IdentityRow
from db.tables.columns import LARGEST_KEY

group = typer.Typer(help="Người chưa có thẻ xin liên kết với hộ.", no_args_is_help=True)

MOST = 1_000
Number = Annotated[int, typer.Argument(metavar="SỐ", max=LARGEST_KEY, help="Số của yêu cầu, xem loa wish list.")]


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="wish")


def _json(wish: IdentityRow) -> dict[str, Any]:
    return {
        "wish": wish.id,
        "person": wish.name,
        "channel": wish.channel.value,
        "household": wish.household,
        "head_name": wish.head_name,
        "area_name": wish.area_name,
    }


@group.command("list")
def list_wishes(as_staff: AsStaff = None, json: AsJson = False) -> None:
    """Những yêu cầu chưa ai trả lời, cũ nhất trước."""

    async def work(context: Context) -> None:
        waiting = await wishes.waiting(context, await staff_of(context, as_staff), MOST)
        if json:
            print_json([_json(wish) for wish, _ in waiting])
            return
        print_table(
            ("number", "person", "head", "area", "channel"),
            [
                (str(wish.id), wishes.called(wish), wish.head_name, place, label(wish.channel))
                for wish, place in waiting
            ],
            phrase("command.no_wishes"),
        )

    run(work)


@group.command("approve")
def approve(number: Number, as_staff: AsStaff = None, json: AsJson = False) -> None:
    """Đúng là người của hộ: liên kết, và tính những câu trả lời trước đó."""
    _decide(number, as_staff, approve=True, json=json)


@group.command("refuse")
def refuse(number: Number, as_staff: AsStaff = None, json: AsJson = False) -> None:
    """Không phải người của hộ."""
    _decide(number, as_staff, approve=False, json=json)


def _decide(number: int, as_staff: str | None, *, approve: bool, json: bool) -> None:
    async def work(context: Context) -> None:
        staff = await staff_of(context, as_staff)
        decided = await wishes.decide(context, staff, number, approve=approve)
        wish = decided.wish
        said = phrase("request.done_yes" if approve else "request.done_no", person=wishes.called(wish),
                      head=wish.head_name, area=decided.place)  # fmt: skip
        data = _json(wish) | {"approved": approve, "credited": decided.credited}
        answer(data, phrase("command.wish_decided", said=said), json=json)

    run(work)
