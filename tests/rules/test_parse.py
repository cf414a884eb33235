"""What an expression may look like, and how a mistake is explained."""

import pytest

from rules.ast import Binary, Logic, Ternary
from rules.errors import ExprSyntaxError
from rules.names import paths_read, scope_names
from rules.parse import parse
from rules.show import show


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1+2*3", "1 + 2 * 3"),
        ("(1+2)*3", "(1 + 2) * 3"),
        ("a-b-c", "a - b - c"),
        ("a-(b-c)", "a - (b - c)"),
        ("!a.b", "!a.b"),
        ("!!a", "!!a"),
        ("-(-1)", "--1"),
        ("!(a||b)&&c", "!(a || b) && c"),
        ("a?b:c?d:e", "a ? b : c ? d : e"),
        ("(a?b:c)?d:e", "(a ? b : c) ? d : e"),
        ("x in ['a',\"b\",]", 'x in ["a", "b"]'),
        ("has( a . b )", "has(a.b)"),
        ("{'k':1}.k", '{"k": 1}.k'),
        ("l.map(x,x>1,x+1)", "l.map(x, x > 1, x + 1)"),
        ("a[0]['k']", 'a[0]["k"]'),
        ("'\\u9a8c\\x41\\101\\n'", '"验AA\\n"'),
        ("r'\\d+'", '"\\\\d+"'),
        ("1 // comment\n + 2", "1 + 2"),
        ("2.50", "2.5"),
        ("1e3", "1000"),
    ],
)
def test_text_is_read_with_the_precedence_of_cel(text: str, shown: str) -> None:
    assert show(parse(text)) == shown


def test_and_binds_tighter_than_or_and_relations_tighter_than_both() -> None:
    root = parse("a == 1 || b < 2 && c").root
    assert isinstance(root, Logic) and root.op == "||"
    first, second = root.operands
    assert isinstance(first, Binary) and first.op == "=="
    assert isinstance(second, Logic) and second.op == "&&"


def test_nodes_know_their_line_and_column() -> None:
    root = parse("a ?\n  b :\n    c + 1").root
    assert isinstance(root, Ternary)
    assert (root.other.span.line, root.other.span.column) == (3, 5)
    assert (root.other.span.start, root.other.span.end) == (14, 19)


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("", 1, 1, "empty"),
        ("a +", 1, 4, "Did not expect the end"),
        ("a and b", 1, 3, "Did not expect 'and'"),
        ("a = b", 1, 3, "no meaning here"),
        ("a &&\n  (b", 2, 5, "Expected ')'"),
        ("'abc", 1, 1, "no closing quote"),
        ("'a\\qb'", 1, 3, "Unknown escape"),
        ("'\\ud800'", 1, 2, "Unknown escape"),
        ("now()", 1, 1, "no function 'now'"),
        ("a.trim()", 1, 3, "no function 'trim'"),
        ("has(a)", 1, 1, "takes one field"),
        ("l.map(1, 2)", 1, 7, "must be a variable name"),
        ("9007199254740992", 1, 1, "out of range"),
        ("0.1234567890123", 1, 1, "out of range"),
        ("1234567890.123456", 1, 1, "out of range"),
        ("5x", 1, 1, "runs into a letter"),
        ("for", 1, 1, "reserved"),
        ("size(a,)", 1, 8, "Did not expect ')'"),
        ("a.", 1, 3, "field name"),
        ("“a”", 1, 1, "no meaning here"),
    ],
)
def test_a_mistake_is_explained_at_its_place(text: str, line: int, column: int, words: str) -> None:
    with pytest.raises(ExprSyntaxError) as caught:
        parse(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert words in caught.value.message_en
    assert any("\u4e00" <= character <= "\u9fff" for character in caught.value.message_zh)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 65 + "1" + ")" * 65,
        "[" * 65 + "1" + "]" * 65,
        "!" * 65 + "true",
        "+".join(["1"] * 65),
        "a" + ".b" * 64,
        "(" * 5000 + "1",
        "a ? b : " * 70 + "c",
    ],
)
def test_nesting_deeper_than_64_is_refused(text: str) -> None:
    with pytest.raises(ExprSyntaxError, match="deeper than 64"):
        parse(text)


def test_long_chains_of_and_are_not_nesting() -> None:
    root = parse(" && ".join(["a"] * 500)).root
    assert isinstance(root, Logic) and len(root.operands) == 500


def test_names_and_paths_of_an_expression_leave_out_bound_variables() -> None:
    expr = parse("has(start.a) && data.lines.exists(l, l.qty > case.limit[0]) && x == {'k': y}.k")
    assert scope_names(expr) == {"start", "data", "case", "x", "y"}
    assert paths_read(expr) == {"start.a", "data.lines", "case.limit[0]", "x", "y"}
