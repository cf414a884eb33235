"""Words: unknown ones are named with a suggestion, none is ignored."""

from __future__ import annotations

import re
from typing import Any

import pytest

from workflows.language import words
from workflows.language.codes import CODES, findings_page


@pytest.mark.parametrize(
    ("old", "new", "meant"),
    [
        ("outcomes:", "outcome:", "outcomes"),
        ("  due: PT2H", "  duee: PT2H", "due"),
        ("owner:", "ownr:", "owner"),
        ("  task: receiver", "  tsk: receiver", "task"),
        ("sign: {meaning:", "sign: {meanin:", "meaning"),
        ("seal: true", "seals: true", "seal"),
    ],
)
def test_a_slip_gets_the_word_that_was_meant(old: str, new: str, meant: str, draft: Any):
    draft.replace(old, new)
    found = draft.findings("unknown_word")
    assert [f"Did you mean '{meant}'?" in finding.message.en for finding in found] == [True]
    assert found[0].line == draft.line_of(new.strip())


@pytest.mark.parametrize("word", words.TOP_REQUIRED)
def test_every_required_word_is_asked_for(word: str, draft: Any):
    draft.yaml = re.sub(rf"(?ms)^{word}:.*?(?=^\S|\Z)(?:^- .*?(?=^[a-z]|\Z))?", "", draft.yaml)
    assert any(f"'{word}'" in finding.message.en for finding in draft.findings("missing_word"))


def test_a_word_in_the_wrong_kind_says_where_it_fits(draft: Any):
    draft.replace("seal: true}", "seal: true, due: P1D}")
    (finding,) = draft.findings("word_not_for_kind")
    assert "task, approve" in finding.message.en


def test_every_code_is_used_and_documented(project: Any):
    sources = "".join(
        path.read_text("utf-8") for path in (project / "workflows/language").rglob("*.py") if path.name != "codes.py"
    )
    unused = {code for code in CODES if f'"{code}"' not in sources}
    assert unused <= {"typed_signer", "typed_time"}
    for code in CODES.values():
        assert code.meaning.zh.endswith("。") and code.meaning.en.endswith(".")


def test_the_reference_of_findings_is_current(project: Any):
    assert (project / "docs/reference/findings.md").read_text("utf-8") == findings_page()
