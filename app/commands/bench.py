"""`bench engine|tasks|inbox|backtest|faults|trace|ledger`: what things cost on this machine, each beside the floor it is judged by."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from app.commands.command import command, group
from app.faults import CommandFault, Exit
from app.settings import Settings

Rounds = Annotated[int, typer.Option("--rounds", help="Rounds, of which the median counts.", min=1, max=99)]


def register(line: typer.Typer) -> None:
    """Add the group."""
    bench = group("bench", "Measure the engine, human tasks, the inbox and the back-test beside their floors.")
    for name, function in (
        ("engine", engine),
        ("tasks", tasks),
        ("inbox", inbox),
        ("backtest", backtest),
        ("faults", faults),
    ):
        command(bench, name)(function)
    command(bench, "migration")(migration)
    command(bench, "trace")(trace)
    command(bench, "ledger")(ledger)
    line.add_typer(bench)


def engine(settings: Settings, rounds: Rounds = 7) -> None:
    """Four-step cases a second on one core: forms checked, acts verified, records and waves made."""
    from app.bench import pure
    from app.bench.inbox import keys_only

    del settings
    with tempfile.TemporaryDirectory(prefix="gsp-bench-") as name:
        found = pure.measure(keys_only(Path(name)), rounds)
    _row("", "cases / CPU second", "best", "goal", "ratio")
    _row(
        "engine",
        *(f"{n:.0f}" for n in (pure.middle(found), max(found), pure.GOAL)),
        f"{pure.middle(found) / pure.GOAL:.2f}",
    )


def tasks(settings: Settings, rounds: Rounds = 7) -> None:
    """Human tasks a second, latency, CPU and commits: through the engine and over REST, beside a bare hand-written workflow."""
    from app.bench import tasks as program

    del settings
    found = asyncio.run(program.measure(rounds))
    parts = ("server", "worker", "client", "web")
    _row("", "cases", "tasks/s", "p50 ms", "p95 ms", "CPU ms/task", *parts, "CPU ratio", "p50 ratio")
    for many in program.CONCURRENT:
        floor = found.figures["floor", many]
        for name in ("floor", "engine", "rest"):
            one = found.figures[name, many]
            total = [program.middle(one.per_second), one.quantile(0.5), one.quantile(0.95), one.total_cpu]
            figures = [f"{figure:.1f}" for figure in (*total, *(one.part(index) for index in range(len(one.cpu[0]))))]
            figures += ["-"] * (len(parts) + 4 - len(figures))
            ratios = (one.total_cpu / floor.total_cpu, one.quantile(0.5) / floor.quantile(0.5))
            _row(name, str(many), *figures, *(f"{ratio:.2f}" for ratio in ratios))
    _row("commits/task", "server", "ours", "sum")
    for name, (server, ours) in found.commits.items():
        _row(name, *(f"{number:.2f}" for number in (server, ours, server + ours)))
    _row("password check", f"{found.password_ms:.0f} ms CPU")


def inbox(settings: Settings, rounds: Rounds = 7) -> None:
    """First page of the inbox with 1,000 and with 100,000 open tasks."""
    from app.bench import inbox as program

    del settings
    with tempfile.TemporaryDirectory(prefix="gsp-bench-") as name:
        found = program.measure(program.keys_only(Path(name)), rounds)
    few, many = (found[size] for size in program.SIZES)
    _row("open tasks", *(f"{size:,}" for size in program.SIZES), "ratio")
    _row("first page, ms", f"{few:.2f}", f"{many:.2f}", f"{many / few:.2f}")


def faults(
    settings: Settings,
    minutes: Annotated[float, typer.Option("--minutes", help="Minutes of work under faults.", min=0.2)] = 5,
    seed: Annotated[int, typer.Option("--seed", help="Draws what people do, and which fault comes when.")] = 1,
    cases: Annotated[int, typer.Option("--cases", help="Cases to start.", min=5)] = 200,
    keep: Annotated[Path | None, typer.Option("--keep", help="A new folder that is left for inspection.")] = None,
) -> None:
    """Cases of every kind while parts are killed, frozen, locked out and put back older; then everything is verified."""
    from app.bench import faults as program

    del settings
    found = asyncio.run(program.run(seed, minutes * 60, cases, keep))
    _row("acts", *(f"{name} {found.acts[name]}" for name in ("accepted", "refused", "doubtful", "repeated")))
    for name, counted in (
        ("verbs", found.verbs),
        ("faults", found.faults),
        ("kills", found.kills),
        ("ended by themselves", found.ends),
    ):
        _row(name, *(f"{key} {many}" for key, many in sorted(counted.items())))
    _row("cases", *(f"{state} {many}" for state, many in sorted(found.states.items())))
    _row("longest fault with its recovery", f"{found.longest:.1f} s")
    _row("violations", str(len(found.violations)))
    if found.violations:
        again = f"./gspflow bench faults --minutes {minutes:g} --seed {seed} --cases {cases} --keep FOLDER"
        raise CommandFault("\n".join(found.violations), hint=f"the same plan again: {again}")


def backtest(
    settings: Settings, cases: Annotated[int, typer.Option("--cases", help="Closed cases.", min=1)] = 10_000
) -> None:
    """Closed cases of the shipped SOP replayed through its next version, beside folding the same records."""
    from app.bench import backtest as program

    del settings
    with tempfile.TemporaryDirectory(prefix="gsp-bench-") as name:
        found = program.measure(Path(name), cases)
    goal = program.GOAL_SECONDS * cases / 10_000 * program.CORES / program.cores()
    _row("", "cases", "records", "seconds", "CPU s", "cases/s", "ms CPU/case", "ratio")
    _row(
        "fold (floor)",
        *(f"{found.cases:,}", f"{found.records:,}"),
        *_speed(found.cases, found.floor_seconds, found.floor_cpu),
        "1.00",
    )
    _row(
        "backtest",
        *(f"{found.cases:,}", f"{found.records:,}"),
        *_speed(found.cases, found.seconds, found.cpu),
        f"{found.cpu / found.floor_cpu:.2f}",
    )
    _row("goal", f"{found.cases:,}", "", f"{goal:.1f}", "", "", "", f"{found.seconds / goal:.2f}")
    _row("verdicts", *(f"{verdict} {count:,}" for verdict, count in sorted(found.verdicts.items())))


def migration(
    settings: Settings,
    cases: Annotated[int, typer.Option("--cases", help="Cases that change.", min=1)] = 1_000,
    seed: Annotated[int, typer.Option("--seed", help="Of the random definitions and points.")] = 1,
) -> None:
    """Random cases change to random next versions on a server: the outcome must be the verdict, every history replays."""
    from app.bench import migration as program

    del settings
    with tempfile.TemporaryDirectory(prefix="gsp-bench-") as name:
        found = asyncio.run(program.run(Path(name), cases, seed))
    _row("cases", "migrated", "refused", "closed before", "seconds", "violations")
    figures = (found.migrated, found.refused, found.closed, round(found.seconds), len(found.violations))
    _row(f"{cases:,}", *(f"{number:,}" for number in figures))
    _row("open steps", *(f"{what} {count:,}" for what, count in sorted(found.kinds.items())))
    for code, count in sorted(found.reasons.items()):
        _row("refused", f"{count:,}", f"  {code}")
    for violation in found.violations[:20]:
        typer.echo(violation, err=True)
    if found.violations:
        raise typer.Exit(Exit.NOT_SO)


def trace(
    settings: Settings,
    moves: Annotated[
        list[int], typer.Option("--moves", help="Moves of the ledger; twice for two sizes.", min=20_000)
    ] = [1_000_000],  # noqa: B006
    seed: Annotated[int, typer.Option("--seed", help="Of the generated ledger.")] = 1,
    rounds: Rounds = 5,
    database: Annotated[
        str, typer.Option("--database", help="An empty PostgreSQL instead of SQLite: its address.")
    ] = "",
) -> None:
    """Recall scope, serial history and where a lot is, on a generated ledger: inside and over HTTP, beside the goals."""
    from app.bench import trace as program

    del settings
    found = []
    _row("", "moves", "p50 ms", "p95 ms", "goal", "HTTP p50", "HTTP p95", "goal")
    for one in program.in_folder(moves, seed, rounds, database):
        found.append(one)
        _row(one.engine, f"{one.moves:,}", f"filled in {one.seconds:.0f} s")
        for name, goal in program.GOALS.items():
            times = (one.inside[name], one.http[name])
            figures = [f"{program.quantile(each, share):.2f}" for each in times for share in (0.5, 0.95)]
            words = name if name != "60,000 moves" else f"{one.giant_moves:,} moves"
            _row(words, "", *figures[:2], f"{goal:.0f}", *figures[2:], f"{goal + program.OVER_HTTP:.0f}")
        _row("", f"{one.giant_lots} descendants of the largest lot; every lot adds up")
    if len(found) > 1:
        few, many = (program.quantile(one.inside["typical lot"], 0.5) for one in (found[0], found[-1]))
        _row("ratio", f"{many / few:.2f}", f"goal {program.RATIO}")


def ledger(settings: Settings, rounds: Rounds = 7) -> None:
    """Postings of five moves a second through the stock ledger, beside plain SQL that writes the same rows."""
    from app.bench import ledger as program

    del settings
    with tempfile.TemporaryDirectory(prefix="gsp-bench-") as name:
        found = program.measure(Path(name), rounds)
    _row("", "postings/s", "best", "ratio")
    for label, figures, ratio in (("plain SQL (floor)", found.floor, 1.0), ("ledger", found.ours, found.ratio)):
        middle = sorted(figures)[len(figures) // 2]
        _row(label, f"{middle:.0f}", f"{max(figures):.0f}", f"{ratio:.2f}")
    _row("goal", "", "", f"{program.GOAL:.2f}")


def _speed(cases: int, seconds: float, cpu: float) -> tuple[str, ...]:
    return f"{seconds:.1f}", f"{cpu:.1f}", f"{cases / seconds:.0f}", f"{1000 * cpu / cases:.2f}"


def _row(*cells: str) -> None:
    typer.echo("".join(cell.ljust(16) if index == 0 else cell.rjust(12) for index, cell in enumerate(cells)))
