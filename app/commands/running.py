"""`up` and the parts it is made of."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from app.commands.command import command, settings_for
from app.faults import CommandFault, Exit
from app.settings import Settings


def register(line: typer.Typer) -> None:
    """Add the commands that run something for long."""
    command(line, "up")(up)
    command(line, "web")(web)
    command(line, "worker")(worker)
    command(line, "migrate")(migrate)
    command(line, "first-data", hidden=True)(first_data)


def up(
    settings: Settings,
    port: Annotated[
        int | None, typer.Option(help="Port of the web application; 0 takes a free one.", min=0, max=65535)
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    no_demo: Annotated[bool, typer.Option("--no-demo", help="Do not load the demo distributor.")] = False,
) -> None:
    """Start everything on this machine: workflow server, database, worker and web application."""
    from app.progress import Progress
    from app.supervisor import supervise

    wanted = settings_for(settings.data, port=port, host=host, demo=False if no_demo else None)
    if wanted.demo and not wanted.on_loopback:
        raise CommandFault(
            f"the demo accounts are not for the network, and {wanted.host} is not this machine alone",
            hint="add --no-demo, or leave out --host",
            code=Exit.USAGE,
        )
    asyncio.run(supervise(wanted, Progress()))


def web(
    settings: Settings,
    port: Annotated[int | None, typer.Option(help="Port to listen on.", min=0, max=65535)] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
) -> None:
    """Run the web application alone; database and Temporal are named by GSPFLOW_… variables."""
    from app import web as program

    program.run(settings_for(settings.data, port=port, host=host))


def worker(settings: Settings) -> None:
    """Run one worker alone; it executes cases and their side effects."""
    from app import worker as program

    program.run(settings)


def migrate(settings: Settings) -> None:
    """Bring the tables of the database up to this version; harmless when they are."""
    from app.supervisor import prepare_folders
    from records.migrate import upgrade

    prepare_folders(settings)
    upgrade(settings.database)


def first_data(settings: Settings) -> None:
    """Load what an empty installation needs, and write what the first person must know to `run/welcome`."""
    from app import first_data as program

    program.run(settings)
