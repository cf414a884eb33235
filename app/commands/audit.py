"""`audit verify`: everything that can be recomputed, recomputed; or one bundle, with nothing but its file."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.command import command, group
from app.faults import CommandFault, Exit
from app.settings import Settings

if TYPE_CHECKING:
    from services.audit import Report
    from services.gateway import Gateway


def register(line: typer.Typer) -> None:
    """Add the group."""
    audit = group("audit", "Verify audit chains, signatures, histories and the ledger.")
    command(audit, "verify")(verify)
    line.add_typer(audit)


def verify(
    settings: Settings,
    bundle: Annotated[Path | None, typer.Option("--bundle", help="Verify this evidence bundle instead.")] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Compare every case with its history value by value, not the recent by hash.")
    ] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Do not ask the workflow server; its histories are not compared.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole report as JSON.")] = False,
    most: Annotated[int, typer.Option("--most", help="Print at most so many faults.", min=1)] = 20,
) -> None:
    """Recompute chains, seals, checkpoints, files, histories and ledger; names the first bad record of each.

    Without the workflow server everything else is verified and printed, and the exit code is 3 unless something does
    not hold (1) or `--offline` was asked for.
    """
    if bundle is not None:
        from app.commands.history import verify_file

        return verify_file(settings, bundle, as_json=as_json)
    from app.commands.words import say

    report, asked = asyncio.run(_verify(settings, full, offline))
    _print(report, as_json, most)
    if not report.ok:
        raise typer.Exit(Exit.NOT_SO)
    if not offline and not (asked and report.reachable):
        raise CommandFault(
            say(
                "流程引擎无法访问，执行历史没有比对；数据库部分已核验",
                "the workflow server does not answer: no histories were compared; the database was verified",
            ),
            hint=say("启动它，或用 --offline 只核验数据库", "start it, or say --offline to verify the database alone"),
            code=Exit.UNREACHABLE,
        )


def _print(report: Report, as_json: bool, most: int) -> None:
    from app.commands.words import language, say
    from domain.canonical import dumps

    if as_json:
        return typer.echo(dumps(report.as_json()))
    lines, faults = report.lines(language()), len(report.findings) + len(report.ledger)
    for line in lines[: min(most, faults)]:
        typer.echo(line)
    for line in lines[faults:]:
        typer.echo(f"{say('缺少的证据', 'lacked')}: {line}", err=True)
    counted = ", ".join(f"{number} {name}" for name, number in report.counts.items())
    typer.echo(
        say(
            f"已核验：{counted}，以及库存账；{faults} 处不符，用时 {report.seconds:.2f} 秒",
            f"verified: {counted} and the ledger; {faults} faults, {report.seconds:.2f} s",
        ),
        err=True,
    )


async def _verify(settings: Settings, full: bool, offline: bool) -> tuple[Report, bool]:
    """The report, and whether there was a workflow server to ask."""
    from app.wiring import database_of
    from domain.clock import to_text
    from services.audit import Premises, verify_installation

    database = database_of(settings)
    try:
        gateway = None if offline else await _gateway(settings)
        parts = Premises(database, settings.checkpoints, settings.attachments, settings.secrets, gateway)
        return await verify_installation(parts, to_text(datetime.now(UTC)), thorough=full), gateway is not None
    finally:
        database.close()


async def _gateway(settings: Settings) -> Gateway | None:
    """The process engine, if it is there; a verification goes on without it and says so."""
    from app.wiring import client_of
    from services.gateway import Gateway

    try:
        return Gateway(await client_of(settings), settings.task_queue)
    except CommandFault:
        return None
