"""`loa cards`: households' cards listed, taken back, replaced."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from announcements.phrases import phrase
from announcements.times import read_time
from bot.cli.acting import AsStaff, staff_of
from bot.cli.heeding import name_successors
from bot.cli.output import AsJson, err, fail, out, print_json, print_table, run
from bot.context import Context
from bot.office.homes import cards
from bot.office.homes.cards import Taken
from db.links.cards import CardRow

group = typer.Typer(help="Thẻ hộ: cấp mã, liệt kê, thu hồi, cấp lại.", invoke_without_command=True)

Wanted = Annotated[list[str], typer.Argument(metavar="MÃ…", help="Mã thẻ hoặc mã hộ; ghi nhiều mã được.")]
Unlink = Annotated[bool, typer.Option("--unlink", help="Bỏ cả liên kết của máy và tài khoản đã dùng thẻ.")]


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="cards")


@group.callback()
def list_cards(
    context: typer.Context,
    area: Annotated[str | None, typer.Option(help="Địa bàn: mã hoặc tên.")] = None,
    out_file: Annotated[Path | None, typer.Option("--out", metavar="TỆP.pdf", help="Ghi các tờ thẻ để in.")] = None,
    since: Annotated[str | None, typer.Option(help="Chỉ in thẻ cấp từ ngày này, ví dụ 2026-11-25.")] = None,
    json: AsJson = False,
) -> None:
    """Cấp mã thẻ cho những hộ chưa có và liệt kê mã, đường dẫn của từng hộ, hoặc ghi ra tệp PDF để in."""
    if context.invoked_subcommand is not None:
        return
    if area is None:
        fail(phrase("mistake.cards_area"), status=2)
    if out_file is not None and out_file.suffix.lower() != ".pdf":
        fail(phrase("mistake.not_pdf", path=out_file), status=2)
    if since is not None and out_file is None:
        fail(phrase("mistake.since_prints"), status=2)

    async def work(context: Context) -> None:
        await name_successors(context, area)
        rows = await cards.issue(context, area)
        if out_file is not None:
            await _print(context, area, out_file, since)
        if json:
            print_json([_as_json(context, row) for row in rows])
        elif out_file is None:
            print_table(
                ("household", "head", "area", "card", "link"),
                [(row.household, row.head_name, row.area_name, row.code, cards.link(context, row)) for row in rows],
                phrase("command.no_households"),
            )

    run(work)


async def _print(context: Context, area: str, path: Path, since: str | None) -> None:
    """Write the sheets to `path`; where there are too many cards for one file, to several beside it, numbered."""
    from bot.office.homes import card_sheets

    begin = read_time(since, context.settings.commune.zone, "--since") if since else None
    found = await card_sheets.of_area(context, area, since=begin)
    made = card_sheets.files(context, found)
    if not made:
        fail(phrase("card.none_since", area=found.area.name) if since else phrase("command.no_households"))
    for number, file in enumerate(made, 1):
        target = path if len(made) == 1 else path.with_stem(f"{path.stem}-{number}")
        file.save(target)
        err.print(phrase("command.saved", file=target), markup=False)
    err.print(phrase("command.cards_counted", count=len(found.cards)), markup=False)
    if context.settings.app.only_here:
        err.print(phrase("command.cards_only_here", url=context.settings.app.public_url), style="yellow", markup=False)


def _as_json(context: Context, row: CardRow) -> dict[str, Any]:
    return {"household": row.household, "head_name": row.head_name, "area": row.area, "area_name": row.area_name,
            "code": row.code or None, "url": cards.link(context, row) if row.code else None}  # fmt: skip


@group.command("revoke")
def revoke(wanted: Wanted, unlink: Unlink = False, as_staff: AsStaff = None, json: AsJson = False) -> None:
    """Thu hồi thẻ: mã cũ không mở được gì nữa. Hộ chưa có thẻ mới cho tới khi cấp lại."""

    async def work(context: Context) -> None:
        taken = await cards.revoke(context, wanted, unlink=unlink, staff=await staff_of(context, as_staff))
        _say(context, taken, unlink, json)

    run(work)


@group.command("reissue")
def reissue(wanted: Wanted, unlink: Unlink = False, as_staff: AsStaff = None, json: AsJson = False) -> None:
    """Cấp lại thẻ: thu hồi mã cũ và cấp mã mới cho hộ."""

    async def work(context: Context) -> None:
        taken = await cards.reissue(context, wanted, unlink=unlink, staff=await staff_of(context, as_staff))
        _say(context, taken, unlink, json)

    run(work)


def _say(context: Context, all_taken: Sequence[Taken], unlink: bool, json: bool) -> None:
    if json:
        print_json([_taken_json(context, taken) for taken in all_taken])
        return
    for taken in all_taken:
        for sentence in _sentences(context, taken, unlink):
            out.print(sentence, markup=False)


def _taken_json(context: Context, taken: Taken) -> dict[str, Any]:
    shown = _as_json(context, taken.new or taken.card)
    old = {"revoked": taken.card.code or None, "changed": taken.changed, "linked": taken.linked,
           "unlinked": taken.unlinked}  # fmt: skip
    return {**(shown if taken.new else {**shown, "code": None, "url": None}), **old}


def _sentences(context: Context, taken: Taken, unlink: bool) -> list[str]:
    card, new = taken.card, taken.new
    told = "card_revoked" if taken.changed else "card_revoked_before" if card.code else "card_none"
    said = [phrase(f"command.{told}", code=card.code, head=card.head_name)]
    if unlink:
        said.append(phrase("command.card_unlinked", count=taken.unlinked))
    elif taken.linked:
        said.append(phrase("command.card_linked", count=taken.linked))
    if new is not None:
        url = cards.link(context, new)
        said.append(phrase("command.card_new", head=new.head_name, area=new.area_name, code=new.code, url=url))
    return said
