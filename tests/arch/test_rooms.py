"""Who may import whom, and what the pure rooms are made of."""

from __future__ import annotations

import ast
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from importlinter import cli as import_linter

ROOT = Path(__file__).parents[2]
ROOMS = ("domain", "rules", "forms", "workflows", "records", "activities", "services", "api", "ui", "app")
PURE = ("domain", "rules", "forms", "workflows/engine", "workflows/simulation", "workflows/language/model.py")
PURE_MAY_IMPORT = {"domain", "rules", "forms", "workflows", "cryptography", "orjson"}
DOOR = Path("forms/validation.py")


def pure_files() -> list[Path]:
    """Every module of the rooms that the stand-alone verifier ships as they are."""
    found = [path for name in PURE for path in [ROOT / name, *sorted((ROOT / name).rglob("*.py"))]]
    return [path for path in found if path.suffix == ".py" and path.relative_to(ROOT) != DOOR]


def imported_packages(path: Path) -> set[str]:
    """The top-level packages a module imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def test_import_contracts_hold(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.syspath_prepend(str(ROOT))
    code = import_linter.lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert code == 0, capsys.readouterr().out


def test_pure_rooms_use_the_standard_library_cryptography_and_orjson_only() -> None:
    allowed = PURE_MAY_IMPORT | set(sys.stdlib_module_names)
    foreign = {
        f"{path.relative_to(ROOT)}: {name}" for path in pure_files() for name in imported_packages(path) - allowed
    }
    assert foreign == set()


def test_definitions_holds_data_and_no_code() -> None:
    code = [path.name for path in (ROOT / "definitions").rglob("*.py") if path.read_text().strip()]
    assert code == []


def test_no_installed_distribution_shadows_a_room() -> None:
    owners = packages_distributions()
    strangers = {room: [name for name in owners.get(room, []) if name != "gspflow"] for room in (*ROOMS, "definitions")}
    assert {room: names for room, names in strangers.items() if names} == {}


def test_test_folders_are_not_packages() -> None:
    """A package below tests would hide the room of the same name."""
    assert list((ROOT / "tests").rglob("__init__.py")) == []
