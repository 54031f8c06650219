"""`loa demo`: the main job on the sample commune, without a token and without a network."""

from typing import Annotated

import typer

from bot.cli.output import AsJson, saying, settings
from bot.demo import sample

MOST = 50_000  # households; the sample's telephone numbers last for more


def register(app: typer.Typer) -> None:
    app.command("demo")(demo)


def demo(
    households: Annotated[
        int, typer.Option(min=len(sample.GROUPS), max=MOST, help="Số hộ của xã mẫu.")
    ] = sample.HOUSEHOLDS,
    speed: Annotated[float, typer.Option(min=0.1, max=1_000, help="Nhanh gấp mấy lần; 1 là chừng 45 giây.")] = 1.0,
    exit_when_done: Annotated[
        bool, typer.Option("--exit-when-done", help="Thoát sau báo cáo cuối; mã 0 chỉ khi mọi số liệu khớp.")
    ] = False,
    port: Annotated[int | None, typer.Option(min=1, max=65_535, help="Cổng của bảng tin; bỏ trống để tự chọn.")] = None,
    json: AsJson = False,
) -> None:
    """Xem Loa Thôn làm việc trên xã mẫu: phát thông báo, các hộ trả lời, bảng kết quả; dữ liệu tạm, không cần mạng."""
    from bot.cli.evening import play  # loads the whole service: only this command needs it

    chosen = settings()
    with saying():
        adds_up = play(chosen, households=households, speed=speed, port=port, exit_when_done=exit_when_done, json=json)
    if not adds_up:
        raise typer.Exit(1)
