"""`loa deliveries`, `resend`: what became of a notice chat by chat, and sending it again."""

from datetime import datetime
from typing import Annotated

import typer

from announcements.deliveries import MAY_RESEND
from announcements.phrases import label, phrase
from announcements.types import DeliveryState
from bot.cli.acting import AsStaff, staff_of
from bot.cli.output import AsJson, answer, fail, print_json, print_table, run
from bot.context import Context
from bot.office.channels.reasons import delivery_words
from bot.office.notices import announcing
from db.announcing import notices
from db.dispatch import deliveries
from db.dispatch.deliveries import DeliveryRow


def register(app: typer.Typer) -> None:
    app.command("deliveries")(list_deliveries)
    app.command("resend")(resend)


def _states(text: str | None, allowed: frozenset[DeliveryState]) -> list[DeliveryState]:
    words = [word.strip() for word in (text or "").split(",") if word.strip()]
    if text is not None and not words:
        known = ", ".join(sorted(state.value for state in allowed))
        fail(phrase("mistake.state_empty", known=known), status=2)
    unknown = sorted(set(words) - {state.value for state in allowed})
    if unknown:
        known = ", ".join(sorted(state.value for state in allowed))
        fail(phrase("mistake.state_unknown", unknown=", ".join(unknown), known=known), status=2)
    return [DeliveryState(word) for word in words] or sorted(allowed)


def list_deliveries(
    code: str,
    state: Annotated[str | None, typer.Option(help="Chỉ các trạng thái này, cách nhau bằng dấu phẩy.")] = None,
    json: AsJson = False,
) -> None:
    """Từng nhóm chat đã nhận được chưa."""
    wanted = _states(state, frozenset(DeliveryState))

    async def work(context: Context) -> None:
        async with context.database.read() as connection:
            row = await notices.find(connection, code)
            found = await deliveries.listing(connection, row.id, wanted)
        if json:
            print_json([one.as_dict(context.local) for one in found])
        else:
            print_table(
                ("area", "account", "chat", "state", "attempts", "reason"),
                [
                    (one.area_name, one.account, one.title, label(one.state), one.attempts, _why(context, one))
                    for one in found
                ],
                phrase("command.no_deliveries"),
            )

    run(work)


def _why(context: Context, one: DeliveryRow) -> str:
    """Why it stands so: what went wrong, or since when a person has it, or who posted it."""
    if one.error or one.handed_at is None:
        return delivery_words(one)
    if one.state is DeliveryState.HANDED:
        return phrase("command.handed_since", when=_moment(context, one.handed_at))
    if one.sent_at is None:
        return ""
    by = one.posted_by or phrase("posting.operator")
    return phrase("command.posted_by", by=by, when=_moment(context, one.sent_at))


def _moment(context: Context, moment: datetime) -> str:
    return f"{context.local(moment):%H:%M %d/%m}"


def resend(
    code: str,
    state: Annotated[str | None, typer.Option(help="failed, unconfirmed hoặc cả hai.")] = None,
    as_staff: AsStaff = None,
    json: AsJson = False,
) -> None:
    """Gửi lại đúng những nhóm bị lỗi hoặc chưa rõ."""
    wanted = _states(state, MAY_RESEND)

    async def work(context: Context) -> None:
        count = await announcing.resend(context, code, wanted, await staff_of(context, as_staff))
        said = phrase("command.resending", count=count) if count else phrase("command.nothing_to_resend")
        answer({"resent": count}, said, json=json)

    run(work)
