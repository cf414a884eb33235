"""`test`: the whole suite with everything it needs; `lock`: the exact versions it runs on."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands.command import command
from app.settings import Settings


def register(line: typer.Typer) -> None:
    """Add the developers' commands."""
    command(line, "test", pass_through=True)(test)
    command(line, "lock", hidden=True)(lock)
    command(line, "notices", hidden=True)(notices)
    command(line, "settings-page", hidden=True)(settings_page)


def test(
    settings: Settings,
    context: typer.Context,
    without: Annotated[
        list[str] | None, typer.Option(help="Leave a part out: browser or postgres. May be given twice.")
    ] = None,
) -> None:
    """Run the test suite; other arguments go to pytest. Without any, run what CI runs."""
    from app import suite

    del settings
    code = suite.run(pytest_arguments=context.args, without=frozenset(without or ()))
    raise typer.Exit(code)


def lock(settings: Settings) -> None:
    """Resolve pyproject.toml again and write both lock files."""
    from app import suite

    del settings
    suite.lock()


def notices(settings: Settings) -> None:
    """Write the table of THIRD_PARTY_NOTICES.md again."""
    from app.notices import write

    del settings
    write()


def settings_page(settings: Settings) -> None:
    """Write docs/settings.md again from the settings' definitions."""
    from app.settings_page import PAGE, page

    del settings
    PAGE.write_text(page())
