"""`pictures`: the pictures of the README, taken again."""

from __future__ import annotations

import typer

from app.commands.command import command
from app.settings import Settings


def register(line: typer.Typer) -> None:
    """Add the developers' command."""
    command(line, "pictures", hidden=True)(pictures)


def pictures(settings: Settings) -> None:
    """Start an installation with the demo company and photograph its pages into docs/pictures."""
    from app.pictures import make

    del settings
    for file in make():
        typer.echo(f"{file.name}\t{file.stat().st_size} bytes")
