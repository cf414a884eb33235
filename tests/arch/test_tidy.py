"""The house keeps itself tidy: short functions and files, no leftovers, nothing of the place it was built in."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST_FUNCTION, LONGEST_FILE = 60, 450
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}
THIS = Path(__file__).relative_to(ROOT)
VENDORED = ("ui/static/", "ui/vendor/", "definitions/schema/", "requirements")
LEFTOVERS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError|pytest\.mark\.(skip|xfail)|pytest\.skip\(")
WORKPLACE = re.compile(r"/work/(main|plan|shared|tools)|\.\./shared|\bissue 2\b")
MACHINE = re.compile(r"/opt/(pypi|wheels)|/root/|/home/(?!gspflow)[a-z]|files\.pythonhosted|pypi\.org")


def tracked() -> list[Path]:
    """The files of the repository, as git lists them; every file of the tree when there is no git."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode == 0:
        names = [Path(name) for name in done.stdout.split("\0") if name]
    else:
        names = [path.relative_to(ROOT) for path in ROOT.rglob("*") if ".venv" not in path.parts]
    return [name for name in names if (ROOT / name).is_file()]


def modules() -> list[Path]:
    """Our Python modules, without tests."""
    return [name for name in tracked() if name.suffix == ".py" and name.parts[0] != "tests"]


def texts() -> Iterator[tuple[Path, str]]:
    """Every text we wrote ourselves."""
    for name in tracked():
        if name != THIS and not str(name).startswith(VENDORED) and name.suffix not in {".svg", ".min.js", ".lock"}:
            try:
                yield name, (ROOT / name).read_text(encoding="utf-8")
            except UnicodeDecodeError:  # a font or a picture
                continue


def functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Every function with the place where it stands; migrations list tables and are not counted."""
    for name in modules():
        for node in ast.walk(ast.parse((ROOT / name).read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and "migrations" not in name.parts:
                yield f"{name}:{node.lineno} {node.name}", node


def test_functions_are_short() -> None:
    long = [place for place, node in functions() if (node.end_lineno or 0) - node.lineno + 1 > LONGEST_FUNCTION]
    assert long == []


def test_files_hold_one_noun() -> None:
    counted = [name for name in modules() if "migrations" not in name.parts]
    long = [str(name) for name in counted if (ROOT / name).read_text(encoding="utf-8").count("\n") > LONGEST_FILE]
    assert long == []


def test_no_module_is_a_drawer() -> None:
    assert [str(name) for name in modules() if name.stem in DRAWERS or name.stem.endswith("_service")] == []


def test_no_exception_is_swallowed() -> None:
    silent = [
        f"{name}:{node.lineno}"
        for name in modules()
        for node in ast.walk(ast.parse((ROOT / name).read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler) and all(isinstance(line, ast.Pass) for line in node.body)
    ]
    assert silent == []


@pytest.mark.parametrize("pattern", [LEFTOVERS, WORKPLACE, MACHINE], ids=["leftovers", "workplace", "machine"])
def test_no_text_holds(pattern: re.Pattern[str]) -> None:
    found = [
        f"{name}:{text.count(chr(10), 0, match.start()) + 1} {match.group()}"
        for name, text in texts()
        for match in pattern.finditer(text)
    ]
    assert found == []
