"""`definitions simulate` and `definitions backtest`: what an SOP would do, from a terminal."""

from __future__ import annotations

import asyncio
import unicodedata
from collections import Counter
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.words import language, say
from app.faults import CommandFault, Exit
from app.settings import Settings

if TYPE_CHECKING:
    from services.owner_tests import Tested
    from services.publishing import Source
    from workflows.language.check import Checked

_NAMED = 5
"""Cases named below a group of a back-test."""


def simulate(
    settings: Settings,
    path: Annotated[Path, typer.Argument(help="The process.yaml or its folder.")],
    cases: Annotated[
        Path | None, typer.Option("--cases", help="The tests; without it, the cases.yaml beside the definition.")
    ] = None,
) -> None:
    """Run the owner's tests on a virtual clock and print what they reached; fails when a test fails."""
    from app.commands.definitions import checked, print_findings, shown
    from app.sop_files import definition_file, read_source

    del settings
    file = definition_file(path)
    source = read_source(file)
    if cases is not None:
        source = _with_cases(source, cases)
    if source.cases is None:
        raise CommandFault(
            say(f"{path} 旁边没有 cases.yaml", f"there is no cases.yaml beside {path}"),
            hint=say("用 --cases 指明测试文件", "name the tests with --cases FILE"),
            code=Exit.USAGE,
        )
    result = checked(source, shown(file))
    if not result.ok:
        print_findings(result)
        raise typer.Exit(Exit.NOT_SO)
    tested = tests_of(result, source)
    print_tests(tested)
    if not tested.ok:
        raise typer.Exit(Exit.NOT_SO)


def _with_cases(source: Source, cases: Path) -> Source:
    from dataclasses import replace

    if not cases.is_file():
        raise CommandFault(say(f"没有文件 {cases}", f"{cases} was not found"), code=Exit.USAGE)
    try:
        return replace(source, cases=cases.read_text("utf-8"))
    except UnicodeDecodeError as error:
        raise CommandFault(f"{cases} is not UTF-8 text: {error}", hint="save it as UTF-8") from error


def tests_of(result: Checked, source: Source) -> Tested:
    """The tests of a version that passed its check, run against everything that ships."""
    from app.wiring import catalogue, parameters
    from services.owner_tests import run_tests

    return run_tests(result, source.cases, parameters().all_on(date.today()), catalogue().contracts)


def print_tests(tested: Tested) -> None:
    """One line a test, its faults below it, then what all of them together reached."""
    lang = language()
    for result in tested.results:
        typer.echo(f"{say('通过', 'pass') if result.passed else say('失败', 'FAIL')}  {result.name.said_in(lang)}")
        for fault in result.faults:
            typer.echo(f"      {fault.said_in(lang)}")
    failed = sum(not result.passed for result in tested.results)
    count = len(tested.results)
    typer.echo(say(f"{count} 个测试，{failed} 个失败", f"{count} tests, {failed} failed"))
    typer.echo("")
    _print_coverage(tested)
    notes = Counter(note.said_in(lang) for result in tested.results for note in result.notes)
    for note, times in notes.items():
        typer.echo(say(f"注意（{times} 个测试）：{note}", f"note ({times} tests): {note}"))


def _print_coverage(tested: Tested) -> None:
    from workflows.simulation.coverage import KINDS

    row(say("到达", "reached"), say("数量", "count"), say("共", "of"), say("未到达", "not reached"))
    words = {
        "step": say("步骤", "steps"),
        "outcome": say("结果", "outcomes"),
        "arm": say("分支", "arms"),
        "row": say("决策表行", "table rows"),
        "clause": say("条款", "clauses"),
    }
    for kind in KINDS:
        reached, missed = tested.coverage.of(kind)
        listed = ", ".join(goal.text().said_in(language()) for goal in missed) or "-"
        row(words[kind], str(len(reached)), str(len(reached) + len(missed)), listed)


def backtest(
    settings: Settings,
    path: Annotated[Path, typer.Argument(help="The process.yaml or its folder.")],
    last: Annotated[int, typer.Option("--last", help="How many closed cases.", min=1, max=10_000)] = 100,
) -> None:
    """Replay the last closed cases through a draft, as the owner of GSPFLOW_TOKEN; fails when one goes another way."""
    from app.commands.definitions import checked, print_findings, shown
    from app.sop_files import definition_file, read_source

    file = definition_file(path)
    source = read_source(file)
    result = checked(source, shown(file))
    if not result.ok:
        print_findings(result)
        raise typer.Exit(Exit.NOT_SO)
    found = asyncio.run(_backtested(settings, source, last))
    _print_groups(found)
    if found["counts"]["same"] != found["cases"]:
        raise typer.Exit(Exit.NOT_SO)


async def _backtested(settings: Settings, source: Source, last: int) -> Any:
    from app.terminal import signed_in
    from services import backtest as program

    async with signed_in(settings) as (office, actor):
        return await program.run(office, actor, source, last)


def _print_groups(found: Any) -> None:
    """One line a group: how many cases, where they part and why; below it the first of them."""
    words = {"same": say("相同", "same"), "diverged": say("分岔", "diverged"), "unfit": say("不符", "unfit")}
    row(say("结果", "verdict"), say("案例", "cases"), say("位置与原因", "where and why"))
    for group in found["groups"]:
        where = f"{group['place']}: " if group["place"] else ""
        row(words[group["verdict"]], str(group["count"]), f"{where}{group['reason'][language()]}")
        if group["verdict"] != "same":
            more = " …" if group["count"] > _NAMED else ""
            typer.echo(f"{' ' * 22}{', '.join(group['cases'][:_NAMED])}{more}")
    counts = ", ".join(f"{words[name]} {count}" for name, count in found["counts"].items())
    typer.echo(say(f"{found['cases']} 个已结案例：{counts}", f"{found['cases']} closed cases: {counts}"))


def row(first: str, *cells: str) -> None:
    """One line of a table: a wide first cell, then narrow ones; the last as long as it is."""
    narrow = "".join(_padded(cell, 8) for cell in cells[:-1])
    typer.echo(f"{_padded(first, 14)}{narrow}{cells[-1]}")


def _padded(text: str, width: int) -> str:
    """A Chinese character takes two places."""
    taken = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
    return text + " " * max(1, width - taken)
