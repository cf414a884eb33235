"""What the documents tell people to type works, word for word."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from app.cli import build
from app.wiring import catalogue
from workflows.language import words
from workflows.language.check import check_source
from workflows.language.findings import Report
from workflows.language.source import read_yaml

ROOT = Path(__file__).parents[2]
ALONE = ("README.md", "docs/language.md")
"""Pages whose commands need nothing that runs."""
WITH_INSTALLATION = (
    "docs/api.md",
    "docs/operating.md",
    "docs/how-to/add-an-sop.md",
    "docs/how-to/try-an-sop.md",
    "docs/how-to/take-in-udi-data.md",
    "docs/reference/epcis.md",
)
COMMAND = re.compile(r"\./gspflow ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?")
Follow = Callable[..., "subprocess.CompletedProcess[str]"]


def said(done: subprocess.CompletedProcess[str]) -> str:
    """The end of what a shell said, for a failing test."""
    return f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


@pytest.mark.parametrize("page", ALONE)
def test_commands_work(page: str, follow: Follow) -> None:
    done = follow(ROOT / page)
    assert done.returncode == 0, said(done)


@pytest.mark.timeout(360)  # the first page waits for the installation
@pytest.mark.parametrize("page", WITH_INSTALLATION)
def test_commands_work_on_a_running_installation(page: str, follow: Follow, installation: Any) -> None:
    done = follow(ROOT / page, address=installation.address, GSPFLOW_DATA=str(installation.data))
    assert done.returncode == 0, said(done)


def test_every_page_with_commands_is_followed(pages: list[Path], blocks: Callable[[Path], list[Any]]) -> None:
    with_commands = {str(page.relative_to(ROOT)) for page in pages if any(block.is_run for block in blocks(page))}
    assert with_commands == {*ALONE, *WITH_INSTALLATION}


def test_every_command_named_exists(pages: list[Path]) -> None:
    commands: dict[str, Any] = vars(get_command(build()))["commands"]
    unknown = set()
    for page in pages:
        for first, second in COMMAND.findall(page.read_text(encoding="utf-8")):
            found = commands.get(first)
            below = getattr(found, "commands", None)
            if found is None or (below and second and second not in below):
                unknown.add(f"{page.relative_to(ROOT)}: {first} {second}")
    assert unknown == set()


def test_json_and_yaml_shown_can_be_read(pages: list[Path], blocks: Callable[[Path], list[Any]]) -> None:
    for page in pages:
        for block in blocks(page):
            if block.info.startswith("json"):
                json.loads(block.text)
            if block.info.startswith("yaml"):
                report = Report()
                read_yaml(block.text, str(page), report)
                assert report.sorted() == [], f"{page}:{block.line}"


def test_the_language_page_names_every_word() -> None:
    page = re.sub(r"^```.*?^```$", "", (ROOT / "docs/language.md").read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    known = {*words.TOP, *words.KINDS, *words.KEYS}
    missing = {word for word in known if not re.search(rf"\b{word}\b", "\n".join(re.findall(r"`[^`]+`", page)))}
    assert missing == set()


def test_the_example_has_every_kind_of_step(blocks: Callable[[Path], list[Any]]) -> None:
    text = next(block.text for block in blocks(ROOT / "docs/language.md") if block.info.endswith("process.yaml"))
    missing = {kind for kind in words.KINDS if not re.search(rf"^\s*(- )?(\{{id: \w+, )?{kind}:", text, re.MULTILINE)}
    assert missing == set()


def test_every_example_of_steps_checks_in_the_example(blocks: Callable[[Path], list[Any]]) -> None:
    shown = blocks(ROOT / "docs/language.md")
    files = {block.file.removeprefix("complaint/1.0.0/"): block.text for block in shown if block.file}
    examples = [block for block in shown if block.info == "yaml steps"]
    assert len(examples) >= 5
    for block in examples:
        text = files["process.yaml"].replace("- {id: closed,", block.text + "- {id: closed,")
        forms = {name: text for name, text in files.items() if name.startswith("forms/")}
        tables = {name: text for name, text in files.items() if name.startswith("tables/")}
        found = check_source(text, forms, tables, None, catalogue()).findings
        assert [finding.as_line("en") for finding in found] == [], f"docs/language.md:{block.line}"
