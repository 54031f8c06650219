"""The check-up behind `loa doctor`: one finding per thing looked at, a remedy for each fault."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from announcements.channels import ChannelError, RefusedReason
from announcements.rendering import label
from bot.channels.registry import Account
from bot.context import Context
from db import areas, chats, migrating, notices, recount

LOOKED_AT = 50  # broadcasts whose counters are proved
CLOCK_STARTS = datetime(2026, 1, 1, tzinfo=UTC)  # a machine that lost its clock believes in an earlier year


@dataclass(frozen=True, slots=True)
class Finding:
    subject: str
    sentence: str
    fault: bool = False
    remedy: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {"subject": self.subject, "sentence": self.sentence, "fault": self.fault, "remedy": self.remedy}


async def checkup(context: Context, accounts: Mapping[str, Account]) -> list[Finding]:
    """Look at everything; never raises for what it finds."""
    findings = [_clock(context), await _schema(context), await _roster(context), await _counters(context)]
    for account in accounts.values():
        findings.append(await _account(account))
    return findings + await _chats(context, set(accounts))


def _clock(context: Context) -> Finding:
    now = context.local(context.clock())
    if now < CLOCK_STARTS:
        return Finding("Đồng hồ", f"máy đang chỉ {now:%H:%M %d/%m/%Y}", True, "Chỉnh lại giờ máy, bật đồng bộ NTP.")
    return Finding("Đồng hồ", f"{now:%H:%M %d/%m/%Y}, múi giờ {context.settings.commune.timezone}")


async def _schema(context: Context) -> Finding:
    if await migrating.differences(context.database):
        return Finding("Cơ sở dữ liệu", "bảng không khớp với phần mềm", True, "Chạy: loa migrate")
    kind = "PostgreSQL" if context.database.is_postgres else "SQLite"
    return Finding("Cơ sở dữ liệu", f"{kind}, đúng phiên bản")


async def _roster(context: Context) -> Finding:
    async with context.database.read() as connection:
        nodes = await areas.tree(connection)
    if not nodes:
        return Finding("Danh sách hộ", "chưa có địa bàn và hộ nào", True, "Chạy: loa roster import TỆP")
    return Finding("Danh sách hộ", f"{len(nodes)} địa bàn, {nodes[0].households} hộ")


async def _counters(context: Context) -> Finding:
    async with context.database.read() as connection:
        wrong = [
            row.code for row in await notices.latest(connection, 50) if await recount.differences(connection, row.id)
        ]
    if wrong:
        return Finding("Số liệu", f"bảng đếm lệch ở {', '.join(wrong)}", True, "Báo cho người phát triển kèm mã này.")
    return Finding("Số liệu", "bảng đếm khớp với từng câu trả lời")


async def _account(account: Account) -> Finding:
    subject = f"Tài khoản {account.name}"
    try:
        return Finding(subject, f"hoạt động, tên {await account.channel.health()}")
    except ChannelError as error:
        return Finding(subject, f"không dùng được ({error.detail or type(error).__name__})", True,
                       "Kiểm tra token, base_url và đường mạng, rồi chạy lại loa doctor.")  # fmt: skip


async def _chats(context: Context, accounts: set[str]) -> list[Finding]:
    async with context.database.read() as connection:
        rows = await chats.everything(connection)
    findings = []
    for chat in rows:
        subject = f"Nhóm {chat.title} ({chat.area_name})"
        if chat.account not in accounts:
            sentence = f"dùng tài khoản {chat.account} không có trong cấu hình"
            remedy = "Thêm lại tài khoản vào [[accounts]] hoặc gán nhóm cho tài khoản khác."
            findings.append(Finding(subject, sentence, True, remedy))
        elif chat.lost_reason:
            findings.append(Finding(subject, label(RefusedReason(chat.lost_reason)), True,
                                    "Thêm lại bot vào nhóm và cho phép bot gửi tin."))  # fmt: skip
    if rows and not findings:
        findings.append(Finding("Nhóm chat", f"{len(rows)} nhóm, không nhóm nào báo lỗi"))
    return findings
