"""The documents hold together: links lead somewhere, the map is the house, files named exist, nothing odd is said."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\]\(([^)\s]+)\)")
NAMED_FILE = re.compile(r"`([\w./-]+/[\w.-]+\.(?:py|yaml|json|md|css|lock|sh|yml))`")
FORBIDDEN = re.compile(
    r"workplace|/work/|\.\./shared|\bsession \d|\bissue \d|pypi\.org|pythonhosted|/opt/", re.IGNORECASE
)
NOT_OURS = ("/api/", "sops/", "complaint/", "data/", "secrets/")
"""Addresses, and files of examples and installations."""
MEASURED = "performance.md"
"""Numbers of one machine, written by the bench whenever somebody measures; no page has to lead there."""
PICTURE_BYTES = 300_000


def text_of(page: Path) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"^( *)```.*?^\1```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as the usual renderers make them."""
    heads = re.findall(r"^#+ (.+)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def broken(page: Path, link: str) -> bool:
    """Whether a relative link leads nowhere."""
    name, _, anchor = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.exists() or not target.is_relative_to(ROOT):
        return True
    return bool(anchor) and target.suffix == ".md" and anchor not in anchors(target)


def test_every_relative_link_leads_somewhere(pages: list[Path]) -> None:
    dead = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in pages
        for link in LINK.findall(text_of(page))
        if not re.match(r"[a-z]+:", link) and broken(page, link)
    ]
    assert dead == []


def test_every_document_is_linked(pages: list[Path]) -> None:
    linked = {
        (page.parent / link.partition("#")[0]).resolve()
        for page in pages
        for link in LINK.findall(text_of(page))
        if not re.match(r"[a-z]+:", link)
    }
    alone = [page for page in pages if page.name not in ("README.md", MEASURED) and page not in linked]
    assert alone == []


def test_every_file_named_exists(pages: list[Path]) -> None:
    done = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    there = [f"/{name}" for name in done.stdout.splitlines()]
    gone = {
        f"{page.relative_to(ROOT)}: {name}"
        for page in pages
        if "decisions" not in page.parts
        for name in NAMED_FILE.findall(text_of(page))
        if not name.startswith(NOT_OURS) and not any(path.endswith(f"/{name}") for path in there)
    }
    assert gone == set()


def test_nothing_tells_where_it_was_written(pages: list[Path]) -> None:
    found = [
        f"{page.relative_to(ROOT)}: {match.group()}"
        for page in pages
        for match in FORBIDDEN.finditer(page.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_pictures_are_small_and_used(pages: list[Path]) -> None:
    used = {
        (page.parent / link).resolve() for page in pages for link in LINK.findall(text_of(page)) if link.endswith("png")
    }
    there = set((ROOT / "docs" / "pictures").glob("*.png"))
    assert there == used
    assert [picture.name for picture in there if picture.stat().st_size > PICTURE_BYTES] == []


# ------------------------------------------------------------------ the map of the rooms


def contracts() -> dict[str, Any]:
    """The import contracts by id, and the list of rooms."""
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    return {"rooms": linter["root_packages"], **{one["id"]: one for one in linter["contracts"]}}


def allowed_imports() -> dict[str, set[str]]:
    """What each room may import, computed from the contracts."""
    held = contracts()
    floors = [[room.strip() for room in layer.split("|")] for layer in held["layers"]["layers"]]
    allowed: dict[str, set[str]] = {}
    for depth, floor in enumerate(floors):
        below = {room for lower in floors[depth + 1 :] for room in lower}
        allowed |= {room: set(below) for room in floor}
    for one in held.values():
        if isinstance(one, dict) and one["type"] == "forbidden":
            for room in one["source_modules"]:
                if room in allowed:
                    allowed[room] -= set(one["forbidden_modules"])
    return allowed


def map_of_the_readme() -> dict[str, set[str]]:
    """Room → rooms it may import, as the README's table says."""
    rows = re.findall(r"^\| `(\w+)/` \|.*?\| ([^|]+) \| [^|]+ \|$", (ROOT / "README.md").read_text(), re.MULTILINE)
    everything = set(contracts()["rooms"]) - {"app"}
    return {room: everything if word == "everything" else set(re.findall(r"[a-z]+", word)) for room, word in rows}


def test_the_map_of_the_rooms_is_the_house() -> None:
    shown = map_of_the_readme()
    assert shown.pop("definitions") == set()
    assert shown == allowed_imports()


def test_every_hard_rule_is_explained() -> None:
    rules = re.compile(r"RULE-\d\d")
    sources = [*(ROOT / "domain").glob("*.py"), ROOT / "workflows" / "language" / "codes.py"]
    decided = {rule for path in sources for rule in rules.findall(path.read_text(encoding="utf-8"))}
    page = (ROOT / "docs" / "how-it-works.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| (RULE-\d\d) \|", page, re.MULTILINE)) == decided
