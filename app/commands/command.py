"""What every command has in common: `--data`, `--debug`, and settings as its first argument."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer
from pydantic import ValidationError

from app.faults import CommandFault, Exit
from app.settings import Settings

DataOption = Annotated[
    Path | None, typer.Option("--data", help="Folder of the installation. [env: GSPFLOW_DATA]", show_default=False)
]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show a traceback when something fails.")]


def group(name: str, help_text: str) -> typer.Typer:
    """A group of commands; without a command it prints its help."""
    return typer.Typer(name=name, help=help_text, no_args_is_help=True, pretty_exceptions_enable=False)


def command(
    into: typer.Typer, name: str, *, hidden: bool = False, pass_through: bool = False
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register `function(settings, …)` as the command `name`; `pass_through` leaves unknown options to it."""
    context = {"allow_extra_args": True, "ignore_unknown_options": True} if pass_through else {}

    def register(function: Callable[..., None]) -> Callable[..., None]:
        own = list(inspect.signature(function).parameters.values())[1:]
        hints = get_type_hints(function, include_extras=True)

        @wraps(function)
        def run(*, data: Path | None, debug: bool, **given: Any) -> None:
            del debug  # read by main() before anything can fail
            function(settings_for(data), **given)

        shared = [
            inspect.Parameter("data", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=DataOption),
            inspect.Parameter("debug", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=DebugOption),
        ]
        parameters = [each.replace(annotation=hints[each.name], kind=each.KEYWORD_ONLY) for each in own]
        vars(run)["__signature__"] = inspect.Signature([*parameters, *shared])
        run.__annotations__ = {each.name: each.annotation for each in [*parameters, *shared]}
        del run.__wrapped__
        into.command(name, hidden=hidden, context_settings=context)(run)
        return function

    return register


def settings_for(data: Path | None, **changes: object) -> Settings:
    """Settings of the environment with what was given on the command line; a wrong one is told in one line."""
    given = {"data": data, **changes}
    try:
        return Settings.model_validate(Settings().model_dump() | {k: v for k, v in given.items() if v is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = "GSPFLOW_" + "_".join(str(part) for part in first["loc"]).upper()
        raise CommandFault(
            f"the setting {name} is wrong: {first['msg']}", hint="see docs/settings.md", code=Exit.USAGE
        ) from error
