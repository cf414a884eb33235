"""The command line: finds the command, and turns every failure into one clear line and an exit code."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated

import typer
from typer.exceptions import Abort, TyperException
from typer.exceptions import Exit as Leave

from app.commands.words import language
from app.faults import CommandFault, Exit

COMMANDS = ("running", "testing", "definitions", "history", "audit", "users", "backup", "pictures", "bench")
"""The modules below `app.commands`, in the order of the help page."""


def build() -> typer.Typer:
    """The whole command line."""
    line = typer.Typer(
        name="gspflow",
        help="GSPFlow: quality management processes of medical device distributors.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    line.callback()(_first)
    for name in COMMANDS:
        import_module(f"app.commands.{name}").register(line)
    return line


def _first(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=lambda on: _version(on))
    ] = False,
) -> None:
    """What may stand before every command."""
    del version  # answered by its callback


def _version(wanted: bool) -> None:
    if wanted:
        from app.version import product_version

        typer.echo(f"gspflow {product_version()}")
        raise Leave


def main(arguments: list[str] | None = None) -> None:
    """Run one command and leave with its exit code: 0 done, 1 not so, 2 wrong usage, 3 server unreachable."""
    given = sys.argv[1:] if arguments is None else arguments
    sys.exit(run(given, debug="--debug" in given))


def run(given: list[str], *, debug: bool = False) -> int:
    """Run one command; returns its exit code. With `debug`, faults nobody foresaw are raised."""
    try:
        return int(build()(given, prog_name="gspflow", standalone_mode=False) or 0)
    except Leave as left:
        return left.exit_code
    except TyperException as error:
        return misused(error)
    except (KeyboardInterrupt, Abort):
        return complain("stopped", code=Exit.NOT_SO)
    except BrokenPipeError:
        return Exit.NOT_SO
    except Exception as error:
        if debug:
            raise
        fault = in_words(error)
        return complain(fault.message, hint=fault.hint, code=fault.code)


def misused(error: TyperException) -> int:
    """Answer a wrong command line: the help page when a group was called without a command, else one line."""
    if type(error).__name__ == "NoArgsIsHelpError":
        sys.stdout.write(error.format_message() + "\n")
        return int(Exit.USAGE)
    return complain(error.format_message(), hint="--help shows what is possible", code=Exit.USAGE)


def complain(message: str, *, hint: str = "", code: Exit) -> int:
    """Say what is wrong on standard error; returns the exit code."""
    sys.stderr.write(f"gspflow: {' '.join(message.split())}\n")
    if hint:
        sys.stderr.write(f"  hint: {hint}\n")
    return int(code)


def in_words(error: Exception) -> CommandFault:
    """What an exception means to the person at the terminal."""
    from domain.errors import GspError

    if isinstance(error, CommandFault):
        return error
    if isinstance(error, GspError):
        return CommandFault(f"{error.text.said_in(language())} ({error.code})")
    if isinstance(error, OSError) and error.filename:
        return CommandFault(f"{error.filename}: {error.strerror}", code=Exit.USAGE)
    kind, room = type(error).__name__, type(error).__module__
    if room.startswith("sqlalchemy") and kind in ("ArgumentError", "NoSuchModuleError"):
        return CommandFault("GSPFLOW_DATABASE_URL is no database address", hint="see docs/settings.md", code=Exit.USAGE)
    if room.startswith("sqlalchemy") and kind == "OperationalError":
        return CommandFault(
            f"the database cannot be used: {str(error).splitlines()[0]}",
            hint="check GSPFLOW_DATABASE_URL or --data; a new one needs `gspflow up` or `gspflow migrate` first",
            code=Exit.UNREACHABLE,
        )
    if room.startswith("temporalio") or "Connection refused" in str(error):
        return CommandFault(
            f"the workflow server cannot be used: {error}",
            hint="start it with `gspflow up`, or check GSPFLOW_TEMPORAL_ADDRESS",
            code=Exit.UNREACHABLE,
        )
    return CommandFault(f"{kind}: {error}", hint="run it again with --debug to see where")
