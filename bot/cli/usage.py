"""Faults in how a command was written, as Vietnamese sentences: the library's own are English. Status 2."""

import re
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from enum import Enum
from typing import Any

from pydantic import ValidationError
from typer._click.exceptions import (
    BadArgumentUsage,
    BadOptionUsage,
    BadParameter,
    ClickException,
    MissingParameter,
    NoArgsIsHelpError,
    NoSuchOption,
    UsageError,
)
from typer.core import TyperGroup
from typer.exceptions import Abort

from announcements.phrases import phrase
from bot.cli import INTERRUPTED
from bot.cli.output import err
from bot.config import fault_words

_QUOTED = re.compile(r"'([^']*)'")
_EXTRA = re.compile(r"argument\(s\) \((.*)\)$")


class Loa(TyperGroup):
    """The tree of commands; whatever is wrong with how one was written is said in Vietnamese."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """As the library's, but for faults of usage."""
        try:
            status = super().main(args, prog_name, complete_var, False, windows_expand_args, **extra)
        except NoArgsIsHelpError as error:
            error.show()
            status = error.exit_code
        except ClickException as error:
            err.print(sentence(error), style="red", markup=False)
            status = error.exit_code
        except Abort:
            status = INTERRUPTED
        if standalone_mode:
            sys.exit(status if isinstance(status, int) else 0)
        return status


def sentence(error: ClickException) -> str:
    """What is wrong, where, and where to read on."""
    context = error.ctx if isinstance(error, UsageError) else None
    command = context.command_path if context is not None else "loa"
    return f"{_what(error)} {phrase('usage.help', command=command)}"


def _what(error: ClickException) -> str:
    match error:
        case MissingParameter():
            return phrase("usage.missing", name=_name(error))
        case BadParameter():
            return _wrong_value(error)
        case NoSuchOption():
            return _with_guess(phrase("usage.no_option", name=error.option_name), error.possibilities or ())
        case BadOptionUsage():
            said = "no_value" if "not take" in error.message else "needs_value"
            return phrase(f"usage.{said}", name=error.option_name)
        case BadArgumentUsage():
            return phrase("usage.unclear")
    return _wrong_words(error)


def _wrong_words(error: ClickException) -> str:
    """Words that are no command, or too many of them: the library tells these apart only in its sentence."""
    if "No such command" in error.message and (found := _QUOTED.search(error.message)):
        known = getattr(error.ctx.command, "commands", {}) if isinstance(error, UsageError) and error.ctx else {}
        guesses = get_close_matches(found[1], list(known))
        return _with_guess(phrase("usage.no_command", name=found[1]), guesses)
    if found := _EXTRA.search(error.message):
        return phrase("usage.too_much", words=found[1])
    return phrase("usage.unclear")


def _with_guess(said: str, names: Sequence[str]) -> str:
    return f"{said} {phrase('usage.meant', names=', '.join(sorted(names)))}" if names else said


def _wrong_value(error: BadParameter) -> str:
    name, cause = _name(error), error.__cause__
    kind = getattr(getattr(error.param, "type_descriptor", None), "annotation", None)
    if isinstance(kind, type) and issubclass(kind, Enum):
        given = _QUOTED.search(error.message)
        known = ", ".join(str(member.value) for member in kind)
        return phrase("usage.one_of", name=name, known=known, given=given[1] if given else "")
    if "is a directory" in error.message:
        return phrase("usage.is_folder", name=name)
    faults = cause.errors() if isinstance(cause, ValidationError) else []
    return phrase("usage.wrong", name=name, why=fault_words(faults[0]) if faults else phrase("setting.wrong"))


def _name(error: BadParameter) -> str:
    """The option as it is written, or the argument as the help calls it."""
    param = error.param
    if param is None:
        return ""
    return param.opts[0] if param.param_type_name == "option" else (param.metavar or str(param.name).upper())
