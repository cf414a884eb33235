"""All words are in the catalogue, in both languages, and choosing a language follows the contract."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from ui.guard import safe_next
from ui.texts import LANGS, TextMissing, as_lang, catalogue, choose, label, preferred, t

UI = Path(__file__).parents[3] / "ui"
KEYED_CALLS = {"t", "has_text"}
SLOT = re.compile(r"\{(\w+)\}")


def literal_keys() -> list[tuple[str, str]]:
    """Every literal first argument of a `t(...)` call and every `title=` of `@page`, with its place."""
    found: list[tuple[str, str]] = []
    for file in sorted(UI.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            place = f"{file.relative_to(UI)}:{node.lineno}"
            own = isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "self"
            if name in KEYED_CALLS and not own and node.args and isinstance(node.args[0], ast.Constant):
                found.append((place, str(node.args[0].value)))
            if name == "page":
                found += [
                    (place, str(k.value.value))
                    for k in node.keywords
                    if k.arg == "title" and isinstance(k.value, ast.Constant)
                ]
    return found


def test_every_text_that_the_pages_ask_for_exists() -> None:
    keys = literal_keys()
    assert len(keys) > 50, "the search for keys finds nothing: it is broken"
    assert [place_key for place_key in keys if place_key[1] not in catalogue()] == []


def test_both_languages_fill_the_same_values() -> None:
    differing = [
        key for key, words in catalogue().items() if len({frozenset(SLOT.findall(words[lang])) for lang in LANGS}) > 1
    ]
    assert differing == []


def test_chinese_words_stand_only_in_the_catalogue() -> None:
    """Literals of more than a character of Chinese in code are texts that nobody can translate."""
    allowed = {"中文"}
    found = []
    for file in sorted(UI.rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        docs = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
                if re.search(r"[\u4e00-\u9fff]{2,}", node.value) and node.value not in allowed:
                    found.append(f"{file.relative_to(UI)}:{node.lineno} {node.value}")
    assert found == []


def test_an_unknown_key_is_an_error_and_an_unknown_code_stays_readable() -> None:
    with pytest.raises(TextMissing, match=r"ui/catalog/login\.yaml"):
        t("login.no_such_words", "en")
    assert label("common.state", "frozen_by_data", "zh") == "frozen_by_data"
    assert label("common.state", "running", "zh") == "进行中"


def test_words_from_data_fall_back_to_the_other_language() -> None:
    assert choose({"zh": "收货", "en": "Receiving"}, "en") == "Receiving"
    assert choose({"zh": "收货"}, "en") == "收货"
    assert choose(None, "zh") == ""


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("de,en;q=0.7,zh;q=0.5", "en"),
        ("fr", None),
        ("en;q=0.1,zh", "zh"),
        ("en;q=x", "en"),
    ],
)
def test_the_browsers_first_language_that_we_speak_is_taken(header: str, wanted: str | None) -> None:
    assert preferred(header) == wanted


def test_language_tags_are_read_by_their_first_part() -> None:
    assert (as_lang("zh-Hans-CN"), as_lang("EN"), as_lang("xx"), as_lang(None)) == ("zh", "en", None, None)


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/\\evil.example", "", None, "javascript:1", "/a\nb"]
)
def test_login_never_leads_to_another_server(target: str | None) -> None:
    assert safe_next(target) == "/"


def test_login_leads_back_to_the_deep_link() -> None:
    assert safe_next("/cases/1?tab=2") == "/cases/1?tab=2"
