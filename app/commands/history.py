"""`history`: recorded histories executed again, and the evidence bundle of one case."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.command import command, group
from app.commands.words import language, say
from app.faults import CommandFault, Exit
from app.settings import Settings

if TYPE_CHECKING:
    from services.bundle import BundleReport


def register(line: typer.Typer) -> None:
    """Add the group."""
    history = group("history", "Replay the recorded histories of cases; export the evidence of one.")
    command(history, "replay")(replay)
    command(history, "export")(export)
    line.add_typer(history)


def replay(
    settings: Settings,
    case_id: Annotated[str | None, typer.Argument(help="One case.")] = None,
    all_cases: Annotated[bool, typer.Option("--all", help="Every case of the installation.")] = False,
    file: Annotated[Path | None, typer.Option("--file", help="An evidence bundle; needs no server.")] = None,
) -> None:
    """Execute recorded histories again with this code; 0 only if each one is deterministic and is what is stored."""
    if sum((case_id is not None, all_cases, file is not None)) != 1:
        raise CommandFault("name one case, or say --all or --file BUNDLE", code=Exit.USAGE)
    if file is not None:
        return verify_file(settings, file)
    if asyncio.run(_replay(settings, case_id)):
        raise typer.Exit(Exit.NOT_SO)


def export(
    settings: Settings,
    case_id: Annotated[str, typer.Argument(help="The case.")],
    out: Annotated[Path, typer.Option("--out", help="The file to write; it must not exist.")],
) -> None:
    """Write the evidence bundle of a case: histories, records, signatures, files, keys, in one sealed zip."""
    if out.exists():
        raise CommandFault(f"{out} exists already", hint="name a new file", code=Exit.USAGE)
    size = asyncio.run(_export(settings, case_id, out))
    typer.echo(say(f"已写入 {out}（{size} 字节）", f"{size} bytes written to {out}"))


def verify_file(settings: Settings, file: Path, *, as_json: bool = False) -> None:
    """Verify a bundle and print what it proves; leaves with 1 when something does not hold."""
    from app.temporal_client import keep_quiet
    from domain.canonical import dumps
    from services.bundle import verify_bundle

    keep_quiet()
    report = asyncio.run(verify_bundle(file, _known_keys(settings)))
    typer.echo(dumps(report.as_json())) if as_json else _print(report)
    if not report.ok:
        raise typer.Exit(Exit.NOT_SO)


def _known_keys(settings: Settings) -> dict[str, str] | None:
    """The public keys of this data folder; `None` where there is none, which the report says."""
    from services.seals import keys_on_file

    return keys_on_file(settings.secrets) or None


def _print(report: BundleReport) -> None:
    for flaw in report.flaws:
        typer.echo(flaw.message.said_in(language()))
    if not report.vouched:
        typer.echo(
            say(
                "公钥取自证据包本身：请与出具单位公布的公钥核对。",
                "the keys are the bundle's own: compare them with those that the company publishes",
            ),
            err=True,
        )
    numbers = f"{report.histories} histories, {report.events} events, {report.waves} waves, {report.records} records, "
    numbers += (
        f"{report.seals} seals, {report.attachments} attachments, {len(report.flaws)} flaws, {report.seconds:.2f} s"
    )
    typer.echo(f"{report.case}: {numbers}")


async def _replay(settings: Settings, case_id: str | None) -> int:
    from app.temporal_client import keep_quiet
    from app.wiring import client_of, office_of
    from records import cases
    from services.replay import prove_case

    keep_quiet()
    office = office_of(settings, await client_of(settings))
    seconds, events, failed = 0.0, 0, 0
    try:
        wanted = [case_id] if case_id else sorted(await office.db.reading(cases.heads))
        for each in wanted:
            proof = await prove_case(office.db, office.gateway, each)
            if proof is None:
                failed += 1
                typer.echo(f"{each}: {say('没有执行历史', 'no recorded history')}")
                continue
            seconds, events = seconds + proof.seconds, events + proof.events
            wrong = proof.fault or (proof.differences[0] if proof.differences else None)
            if wrong is not None:
                failed += 1
                typer.echo(f"{each}: {wrong}")
        typer.echo(f"{len(wanted)} histories, {events} events, {failed} failed, {seconds:.2f} s")
        return failed
    finally:
        office.db.close()


async def _export(settings: Settings, case_id: str, out: Path) -> int:
    from app.wiring import client_of, office_of
    from services import evidence

    office = office_of(settings, await client_of(settings))
    try:
        return await evidence.write(office, case_id, out)
    finally:
        office.db.close()
