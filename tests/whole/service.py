"""The real commands as a person runs them: `loa …` in its own process, `loa run` beside it, on a folder of its own."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from tests.whole import nursery

LOA = Path(sys.executable).with_name("loa")
READY = 30.0  # seconds a service may take to start on a busy machine


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(slots=True)
class House:
    """A folder with a config.toml. Commands run in it; `running()` is `loa run`."""

    folder: Path
    runs: list["Run"] = field(default_factory=list)

    def write(self, text: str) -> None:
        (self.folder / "config.toml").write_text(text, "utf-8")

    async def loa(self, *words: object, status: int | None = 0, given: str | None = None) -> Done:
        """Run one command to its end; `status` is what it must end with (None: anything)."""
        with TemporaryFile() as stdin, TemporaryFile() as stdout, TemporaryFile() as stderr:
            stdin.write((given or "").encode())
            for stream in (stdin, stdout, stderr):
                stream.seek(0)
            process = await self._begin(words, stdin.fileno(), stdout.fileno(), stderr.fileno())
            try:
                ended = await asyncio.wait_for(process.wait(), 60)
            finally:
                process.kill()
            stdout.seek(0)
            stderr.seek(0)
            done = Done(ended, stdout.read().decode(), stderr.read().decode())
        assert status is None or done.status == status, f"loa {words}: status {done.status}\n{done.out}\n{done.err}"
        return done

    async def json(self, *words: object, status: int | None = 0) -> Any:
        return (await self.loa(*words, "--json", status=status)).json

    async def start(self) -> "Run":
        """`loa run`, ready to be used."""
        path = self.folder / "run.log"
        before = path.read_text("utf-8", errors="replace").count(STARTED) if path.exists() else 0
        with TemporaryFile() as nothing, path.open("ab") as log:
            process = await self._begin(["--verbose", "run"], nothing.fileno(), log.fileno(), log.fileno())
        run = Run(self, process, before)
        self.runs.append(run)
        return run

    async def _begin(self, words: Sequence[object], given: int, out: int, err: int) -> nursery.Child:
        return await nursery.start([*map(str, words)], self.folder, _environment(), given=given, out=out, err=err)

    async def close(self) -> None:
        """Leave no process behind, whatever the test came to."""
        for run in self.runs:
            await run.kill()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Run"]:
        """`loa run` until the end of the block, then SIGTERM; it must end with status 0."""
        run = await self.start()
        try:
            await run.ready()
            yield run
        except BaseException:
            sys.stderr.write(run.log()[-4000:])
            await run.kill()
            raise
        assert await run.terminate() == 0, run.log()[-4000:]


@dataclass(slots=True)
class Run:
    house: House
    process: nursery.Child
    starts_before: int = 0

    def log(self) -> str:
        return (self.house.folder / "run.log").read_text("utf-8", errors="replace")

    @property
    def pid(self) -> int:
        return self.process.pid

    async def ready(self) -> None:
        """Wait until it says that it runs."""
        for _ in range(int(READY / 0.02)):
            if self.process.returncode is not None:
                raise AssertionError(f"loa run ended with {self.process.returncode}:\n{self.log()[-3000:]}")
            if self.log().count(STARTED) > self.starts_before:
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"loa run did not get ready:\n{self.log()[-3000:]}")

    async def kill(self) -> None:
        """kill -9."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
            await self.process.wait()

    async def terminate(self) -> int:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), 40)


STARTED = "Loa Thôn đang chạy tại"


def _environment() -> dict[str, str]:
    """Nothing of the developer's own settings leaks in."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LOA_")}
    return {**kept, "COLUMNS": "200", "NO_COLOR": "1"}


def roster_csv(groups: Mapping[str, Sequence[int]], households: int) -> str:
    """A roster: `households` in each group; `groups` names the groups' numbers by village."""
    lines = ["Mã hộ;Thôn;Tổ;Chủ hộ;Điện thoại;Thiết bị"]
    for village, numbers in groups.items():
        for number in numbers:
            for _ in range(households):
                count = len(lines)
                lines.append(f"H-{count:04};{village};Tổ {number};Hộ Thử {count};09{count:08};smartphone")
    return "\n".join(lines) + "\n"
