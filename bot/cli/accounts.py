"""`loa account list`: do the accounts work, and how much of their plans is used up."""

import typer

from announcements.phrases import label, phrase
from announcements.quotas import Quota
from bot.cli.oa import account_group
from bot.cli.output import AsJson, err, print_json, print_table, run
from bot.context import Context
from bot.office.channels import account_list
from bot.office.channels.account_list import AccountLine
from bot.office.channels.reasons import reason_within


def register(_app: typer.Typer) -> None:
    account_group.command("list")(list_accounts)


def list_accounts(json: AsJson = False) -> None:
    """Các tài khoản: có hoạt động không, tháng này đã dùng bao nhiêu, phục vụ mấy nhóm."""

    async def work(context: Context) -> None:
        lines = await account_list.listing(context)
        if json:
            print_json([line.as_dict(context.local) for line in lines])
            return
        print_table(
            ("account", "channel", "public_name", "state", "messages", "groups", "users", "waiting"),
            [(line.name, label(line.channel), line.public_name, _state(context, line), _used(line.quotas.messages),
              _used(line.quotas.groups), _used(line.quotas.users), line.waiting) for line in lines],
            phrase("command.no_accounts"),
        )  # fmt: skip
        for line in lines:
            for warning in line.quotas.warnings():
                err.print(f"{line.name}: {warning}", style="yellow", markup=False)

    run(work)


def _state(context: Context, line: AccountLine) -> str:
    if line.down_since is None:
        return phrase("command.account_works")
    since = f"{context.local(line.down_since):%H:%M %d/%m}"
    return phrase("command.account_down", since=since, reason=reason_within(line.down_reason))


def _used(quota: Quota) -> str:
    return str(quota.used) if quota.most is None else f"{quota.used} / {quota.most}"
