"""`backup` and `restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.commands.command import command
from app.faults import Exit
from app.settings import Settings


def register(line: typer.Typer) -> None:
    """Add the commands."""
    command(line, "backup")(backup)
    command(line, "restore")(restore)
    command(line, "reconcile")(reconcile)


def backup(settings: Settings, folder: Annotated[Path, typer.Argument(help="A new folder for the copy.")]) -> None:
    """Copy everything of this installation, consistently, also while it runs; the copy is checked."""
    from app.backup import backup as copy

    files = copy(settings, folder.absolute())
    typer.echo(f"{len(files)} files copied to {folder} and checked")


def restore(settings: Settings, folder: Annotated[Path, typer.Argument(help="The folder of a backup.")]) -> None:
    """Put a backup back into an empty data folder; it is checked first."""
    from app.backup import restore as put_back
    from app.supervisor import only_owner

    with only_owner(settings):
        files = put_back(settings, folder.absolute())
    typer.echo(f"{len(files)} files checked and restored to {settings.data}; start it with `gspflow up`")


def reconcile(
    settings: Settings,
    case_id: Annotated[str | None, typer.Argument(help="Repair this one quarantined case.")] = None,
) -> None:
    """Compare the cases of a restored database with their histories, put right what can be, name what is lost."""
    import asyncio

    from app.restored import compare

    done = asyncio.run(compare(settings, case_id))
    told = {"quarantined": done.quarantined, "lost": done.lost, "rebuilt": done.rebuilt, "brought back": done.returned}
    for title, rows in told.items():
        for row in rows:
            typer.echo(f"{title}: {row}")
    typer.echo(
        f"{done.cases} cases compared, {len(done.rebuilt)} rebuilt, {len(done.posted)} postings made again, "
        f"{len(done.returned)} brought back, "
        f"{len(done.quarantined)} quarantined, {len(done.lost)} lost",
        err=True,
    )
    if not done.ok and case_id is not None:
        raise typer.Exit(Exit.NOT_SO)
