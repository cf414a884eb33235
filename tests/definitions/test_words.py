"""Every word on a form stands in both languages and is the word of the glossary."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def properties(schema: Any, pointer: str = "") -> Iterator[tuple[str, str, Any]]:
    """(ui pointer, name, schema) of every field."""
    for name, node in schema.get("properties", {}).items():
        yield f"{pointer}/{name}", name, node
        yield from properties(node.get("items", node), f"{pointer}/{name}")


def forms_with_words(shipped: Any) -> Iterator[tuple[str, Any]]:
    """The forms that people see; the data schema has no ui."""
    return ((name, form) for name, form in shipped.forms.items() if "ui" in form)


def test_every_field_has_its_glossary_label_in_both_languages(shipped: Any, glossary: dict[str, Any]) -> None:
    for name, form in forms_with_words(shipped):
        for pointer, key, _ in properties(form["schema"]):
            label = form["ui"]["fields"][pointer]["label"]
            assert label["zh"] == glossary[key]["zh"], (name, pointer)
            assert label["en"].lower() == glossary[key]["en"].lower(), (name, pointer)


def test_every_choice_and_help_has_words_in_both_languages(shipped: Any) -> None:
    for name, form in forms_with_words(shipped):
        for pointer, _, node in properties(form["schema"]):
            hints = form["ui"]["fields"][pointer]
            words = [hints["help"]] if "help" in hints else []
            if "enum" in node:
                assert list(hints["enumTitles"]) == list(node["enum"]), (name, pointer)
                words += hints["enumTitles"].values()
            assert all(text.get("zh") and text.get("en") for text in words), (name, pointer)


def test_every_field_stands_in_one_section(shipped: Any) -> None:
    for name, form in forms_with_words(shipped):
        placed = [field for section in form["ui"]["sections"] for field in section["fields"]]
        assert sorted(placed) == sorted(form["schema"]["properties"]), name


def test_every_step_of_people_has_a_title_in_both_languages(shipped: Any) -> None:
    for step in shipped.steps().values():
        if {"task", "approve", "notify"} & set(step):
            assert step["title"]["zh"] and step["title"]["en"], step["id"]
