"""Ids and paths: what names a thing names it for ever."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from domain import ids, paths


@given(st.text(min_size=1, max_size=20), st.integers(1, 50), st.integers(1, 50))
def test_any_item_key_can_be_read_back_from_its_path(key: str, first: int, second: int) -> None:
    scope = paths.item(paths.child("", "lines", first), key)
    path = paths.child(scope, "inspect", second)
    assert paths.is_path(path)
    assert paths.split(path) == [
        paths.Segment("lines", first),
        paths.Segment(key, 1, True),
        paths.Segment("inspect", second),
    ]
    assert (paths.step_of(path), paths.round_of(path), paths.parent_of(path)) == ("inspect", second, scope)


@given(st.text(max_size=10), st.text(max_size=10))
def test_different_item_keys_give_different_paths(one: str, other: str) -> None:
    assert (paths.item("lines#1", one) == paths.item("lines#1", other)) == (one == other)


def test_steps_lie_within_their_scopes_only() -> None:
    assert paths.is_within("lines#1/[L1]#1/inspect#1", "lines#1/[L1]#1")
    assert paths.is_within("lines#1", "")
    assert not paths.is_within("lines#10/[L1]#1", "lines#1")


def test_task_ids_are_the_same_whenever_they_are_computed_and_differ_by_seat() -> None:
    first = ids.task_id("CASE", "a#1", "s1")
    assert first == ids.task_id("CASE", "a#1", "s1") and len(first) == 26
    assert len({first, ids.task_id("CASE", "a#1", "s2"), ids.task_id("CASE", "a#2", "s1")}) == 3


def test_ulids_sort_by_time() -> None:
    assert ids.ulid(1, b"\xff" * 10) < ids.ulid(2, b"\x00" * 10)
    assert len(ids.ulid(0, bytes(10))) == 26


def test_undo_has_a_key_of_its_own() -> None:
    key = ids.effect_key("CASE", "post#1", "stock.receive")
    assert ids.undo_key(key) == key + "/undo" == "CASE/post#1/stock.receive/undo"


@given(st.one_of(st.text(max_size=12), st.from_regex(r"[a/#\[\]0-9-]{1,10}", fullmatch=True)))
def test_what_counts_as_a_path_can_be_taken_apart_and_what_does_not_is_told(text: str) -> None:
    if paths.is_path(text):
        assert all(segment.round >= 1 for segment in paths.split(text))
    for wrong in ("", "c-", "a#", "a#0", "a#x", "/a#1", "a#1/", "a#1\n"):
        assert not paths.is_path(wrong)
