"""`definitions`: the process owner's work from a terminal."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands import simulation
from app.commands.command import command, group
from app.commands.words import language, say
from app.faults import CommandFault, Exit
from app.settings import Settings

if TYPE_CHECKING:
    from domain.json_types import JsonObject
    from services.publishing import Source
    from workflows.language.check import Checked

Version = Annotated[str, typer.Argument(help="NAME@VERSION, or the path of a process.yaml or its folder.")]


def register(line: typer.Typer) -> None:
    """Add the group."""
    definitions = group("definitions", "Check, list, compare, simulate, back-test, submit and export SOPs.")
    command(definitions, "check")(check)
    command(definitions, "list")(list_versions)
    command(definitions, "diff")(diff)
    command(definitions, "submit")(submit)
    command(definitions, "export")(export)
    command(definitions, "simulate")(simulation.simulate)
    command(definitions, "backtest")(simulation.backtest)
    line.add_typer(definitions)


def check(
    settings: Settings,
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files or folders; without any, the SOPs that ship.")
    ] = None,
) -> None:
    """Check definitions; prints file:line:column: code: message for each finding, and fails on an error."""
    from app.sop_files import definition_file, read_source, shipped_files

    del settings
    files = [definition_file(path) for path in paths or ()] or shipped_files()
    errors = 0
    for file in files:
        result = checked(read_source(file), shown(file))
        errors += len(result.errors)
        print_findings(result)
    typer.echo(f"{len(files)} checked, {errors} errors", err=True)
    if errors:
        raise typer.Exit(Exit.NOT_SO)


def print_findings(result: Checked) -> None:
    """One line a finding, in the language of the terminal."""
    for finding in result.findings:
        mild = "warning: " if finding.severity == "warning" else ""
        where = f"{finding.file}:{finding.line}:{finding.column}"
        typer.echo(f"{where}: {finding.code}: {mild}{finding.message.said_in(language())}")


def list_versions(settings: Settings) -> None:
    """List every version: in the database with its state, else as it ships."""
    from app.sop_files import read_source, shipped_files, stored_rows

    stored: dict[tuple[str, str], tuple[str, str | None, object]] = {
        (row.name, row.version): (row.state, row.sha256, row.title) for row in stored_rows(settings)
    }
    for file in shipped_files():
        key = (file.parent.parent.name, file.parent.name)
        if key not in stored:
            result = checked(read_source(file), shown(file))
            stored[key] = ("shipped", result.definition_sha, (result.definition or {}).get("title") or {})
    for (name, number), (state, sha, title) in sorted(stored.items()):
        words = title.get(language(), "") if isinstance(title, dict) else ""
        typer.echo(f"{name}@{number}\t{state}\t{(sha or '-')[:12]}\t{words}")


def diff(settings: Settings, old: Version, new: Version) -> None:
    """Tell in words what changed between two versions, and how much it weighs together."""
    from app.sop_files import source_of
    from workflows.language.change_class import classed
    from workflows.language.diff import classify

    before, after = (readable(source_of(settings, word), word) for word in (old, new))
    changes = classed(before, after)
    for one in changes:
        change, lang = one.change, language()
        words = f"{change.text.said_in(lang)}\t{one.why.said_in(lang)}"
        typer.echo(f"{change.severity}\t{change.kind}\t{change.step or '-'}\t{words}")
    weight = classify([one.change for one in changes])
    typer.echo("nothing changed" if weight is None else f"{len(changes)} changes, together {weight}", err=True)


def submit(
    settings: Settings,
    path: Annotated[Path, typer.Argument(help="The process.yaml or its folder.")],
    reason: Annotated[
        str, typer.Option(help="Why the SOP changes; it stands in the record. A terminal asks for it.")
    ] = "",
) -> None:
    """Save a version and give it to signing, as the owner of GSPFLOW_TOKEN. Nobody signs from the terminal.

    What has errors, or fails its own tests, is not saved: both are printed as `check` and `simulate` do.
    """
    from app.sop_files import definition_file, read_source

    file = definition_file(path)
    source = read_source(file)
    result = checked(source, shown(file))
    if not result.ok:
        print_findings(result)
        raise typer.Exit(Exit.NOT_SO)
    tested = simulation.tests_of(result, source)
    if not tested.ok:
        simulation.print_tests(tested)
        raise typer.Exit(Exit.NOT_SO)
    state = asyncio.run(_submit(settings, source, reason.strip() or _asked_reason()))
    typer.echo(f"{state['name']}@{state['version']} {state['state']}; two signatures are still needed")


def _asked_reason() -> str:
    """Why the SOP changes: from the person at a terminal, else what is true of every script."""
    if sys.stdin.isatty():
        asked = typer.prompt(say("修改原因（写入记录）", "Why does the SOP change? It stands in the record"))
        if asked.strip():
            return asked.strip()
    return say("由命令行提交", "submitted from the command line")


def export(
    settings: Settings,
    version: Annotated[str, typer.Argument(help="NAME@VERSION.")],
    folder: Annotated[Path, typer.Argument(help="A new folder.")],
) -> None:
    """Write a version as files, in the layout of the shipped SOPs."""
    from app.sop_files import stored_source, write_source

    files = write_source(stored_source(settings, version), folder)
    typer.echo(f"{len(files)} files written to {folder}")


async def _submit(settings: Settings, source: Source, reason: str) -> dict[str, object]:
    from app.terminal import signed_in
    from domain.errors import GspError
    from services import publishing

    async with signed_in(settings) as (office, actor):
        draft = await publishing.save_draft(office, actor, source)
        name, number = str(draft["name"]), str(draft["version"])
        try:
            return dict(await publishing.submit(office, actor, name, number, reason))
        except GspError:
            await publishing.discard_draft(office, actor, name, number)
            raise


def checked(source: Source, file: str) -> Checked:
    """The findings of a source, against everything that ships."""
    from app.wiring import catalogue
    from workflows.language.check import check_source

    return check_source(source.yaml, source.form_texts(), dict(source.tables), source.cases, catalogue(), file)


def readable(source: Source, word: str) -> JsonObject:
    """A version as plain JSON. Raises `CommandFault` when its text cannot be read at all."""
    result = checked(source, word)
    if result.definition is None:
        raise CommandFault(f"{word} cannot be read as a definition", hint=f"gspflow definitions check {word}")
    return {"definition": result.definition, "forms": {**result.forms}, "tables": {**result.tables}}


def shown(file: Path) -> str:
    """A path as short as it can be from where the person stands."""
    here = Path.cwd()
    return str(file.relative_to(here) if file.is_absolute() and file.is_relative_to(here) else file)
