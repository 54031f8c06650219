"""The commands in this process: quick enough for many small tests. `tests/whole` gives them processes of their own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from bot.cli.main import app


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(slots=True)
class Terminal:
    """Runs commands on the data in `folder`."""

    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def loa(self, *words: object, status: int = 0, given: str | None = None, **variables: str) -> Said:
        """One command, which must end with `status` and by a sentence, never by an exception."""
        environment = {"LOA_APP__DATA_DIR": str(self.folder), **self.variables, **variables}
        done = CliRunner().invoke(app, [str(word) for word in words], env=environment, input=given)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        assert done.exit_code == status, f"loa {words}: {done.exit_code}\n{done.output}"
        return Said(done.exit_code, done.stdout, done.stderr)

    def json(self, *words: object, status: int = 0, **variables: str) -> Any:
        return self.loa(*words, "--json", status=status, **variables).json
