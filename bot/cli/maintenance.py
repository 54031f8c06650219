"""`loa migrate`, `loa doctor`."""

import typer

from announcements.phrases import phrase
from bot.cli.output import AsJson, State, answer, complete, out, print_json, run
from bot.context import Context


def register(app: typer.Typer) -> None:
    app.command("migrate")(migrate)
    app.command("doctor")(doctor)


def migrate(json: AsJson = False) -> None:
    """Đưa cơ sở dữ liệu về đúng phiên bản của phần mềm."""

    async def work(_: Context) -> None:  # opening has brought it up to date
        answer({"migrated": True}, phrase("command.migrated"), json=json)

    run(work)


def doctor(json: AsJson = False) -> None:
    """Kiểm tra cấu hình, cơ sở dữ liệu, đồng hồ, từng tài khoản và từng nhóm chat."""
    from bot.office.machine.checkup import examine  # loads the platforms' libraries: only this command needs them

    findings = complete(examine(State.config))
    if json:
        print_json({"ok": not any(one.fault for one in findings), "findings": [one.as_dict() for one in findings]})
    for one in findings if not json else ():
        out.print(f"{'✗' if one.fault else '✓'} {one.subject}: {one.sentence}", markup=False)
        if one.remedy:
            out.print(f"  → {one.remedy}", markup=False)
    if any(one.fault for one in findings):
        raise typer.Exit(1)
