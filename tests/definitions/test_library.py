"""The data that ships: clauses, glossary, records, parameters, the lock."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from app import published_lock
from rules.parameters import load_parameters


def test_the_clause_catalogue_holds_every_article_and_inspection_item(data_file: Any) -> None:
    catalogue = data_file("clauses/catalogue.yaml")
    items = catalogue["inspection_items"]
    assert [article["id"] for article in catalogue["articles"]] == [f"GSP-{number}" for number in range(1, 117)]
    assert len({item["id"] for item in items}) == 121
    assert sum(item["key"] for item in items) == 40


def test_clauses_name_only_processes_that_the_catalogue_knows(data_file: Any) -> None:
    catalogue = data_file("clauses/catalogue.yaml")
    named = {
        key for part in ("articles", "inspection_items") for clause in catalogue[part] for key in clause["processes"]
    }
    assert named <= set(catalogue["vocabulary"]["processes"])
    assert not named & {"receiving", "putaway", "cold_chain_receiving"}


def test_every_field_of_the_records_is_in_the_glossary(data_file: Any, glossary: dict[str, Any]) -> None:
    records = data_file("records.yaml")["records"]
    assert len(records) == 46
    assert {field["key"] for record in records for field in record["fields"]} <= set(glossary)


def test_legal_parameters_have_a_value_today_and_name_their_source() -> None:
    found: dict[str, Any] = {}
    for path in sorted((published_lock.DEFINITIONS / "parameters").glob("*.yaml")):
        found |= load_parameters(_yaml(path)).values
    vehicle = found["transport_log_gap_min"][-1]
    assert vehicle.value["vehicle"] == 5 and vehicle.unit == "min" and "guide 154" in vehicle.source
    assert all(values[0].since <= date(2026, 1, 1) for values in found.values())


def test_published_files_are_as_they_were_locked() -> None:
    assert published_lock.changed() == []


def test_the_lock_notices_a_changed_an_added_and_a_missing_file(tmp_path: Path) -> None:
    for change in _changes():
        root = tmp_path / change.__name__
        shutil.copytree(published_lock.DEFINITIONS, root)
        version = published_lock.versions(root)[0]
        assert published_lock.changed(root) == []
        named = change(version)
        assert published_lock.changed(root) == [named.relative_to(root).as_posix()]


def _changes() -> Iterator[Any]:
    def edited(version: Path) -> Path:
        path = version / "process.yaml"
        path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
        return path

    def added(version: Path) -> Path:
        path = version / "forms" / "extra.v1.json"
        path.write_text("{}", encoding="utf-8")
        return path

    def removed(version: Path) -> Path:
        path = version / "cases.yaml"
        path.unlink()
        return path

    yield from (edited, added, removed)


def _yaml(path: Path) -> Any:
    from ruamel.yaml import YAML

    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))
