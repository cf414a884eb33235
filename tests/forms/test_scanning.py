"""Working a form by scanning: the right line counts up, what does not fit is refused, everything can be taken back."""

from __future__ import annotations

import copy
import json
import pathlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.dialect import check_form
from forms.model import load_form
from forms.scan_hint import ScanHint, scan_hint
from forms.scan_lines import live
from forms.scan_tiles import tiles
from forms.scanning import Code, Wish, apply

DEFINITIONS = pathlib.Path(__file__).parents[2] / "definitions"
NEEDLE = Code("(01)1(10)A", ("P-1",), di="1", lot="A", expiry="2027-05-31", udi="(01)1(10)A", units=50)
SHELF = Code("HZ-Q-01", is_place=True)


def shipped(path: str) -> Any:
    return json.loads((DEFINITIONS / path).read_text("utf-8"))


def hint_of(form: Any) -> ScanHint:
    found = scan_hint(load_form(form))
    assert found is not None
    return found


RECEIPT = hint_of(shipped("receiving_inspection/1.0.0/forms/receipt.v1.json"))
PUT_AWAY = hint_of(shipped("receiving_inspection/1.0.0/forms/put_away.v1.json"))
COUNT = hint_of(shipped("stocktake/1.0.0/forms/count.v1.json"))


class Bench:
    """Values and scans of one task."""

    def __init__(self, hint: ScanHint, **values: Any) -> None:
        self.hint, self.values, self.entries = hint, copy.deepcopy(values), []
        self.entries: list[Any] = []

    def scan(self, code: Code, quantity: int = 1, kind: str = "scan") -> Any:
        return self.do(kind, code, text=code.text, quantity=quantity)

    def do(self, kind: str, code: Code = Code(""), **more: Any) -> Any:
        number = len(self.entries) + 1
        return apply(self.hint, self.values, self.entries, Wish(f"scan-{number:04d}", kind, number, **more), code)

    def refusal(self, code: Code, quantity: int = 1) -> Any:
        before = copy.deepcopy(self.values)
        entry = self.scan(code, quantity)
        assert not entry["ok"] and self.values == before
        return entry["code"], entry["expected"], entry["found"]


def delivery(**more: Any) -> Bench:
    ordered = {"purchase_order_no": "PO-1", "product_code": "P-1", "product_name": "留置针", "open_quantity": 600}
    return Bench(RECEIPT, expected_lines=[ordered | more], lines=[])


def shelf() -> Bench:
    row = {"product_code": "P-1", "product_name": "留置针", "lot_no": "A", "expiry_date": "2027-05-31"}
    pump = {"product_code": "P-9", "lot_no": "S"}
    rows = [{"line_no": "C1", **row}, {"line_no": "C2", **row, "lot_no": "B"}]
    rows += [{"line_no": "C3", **pump, "serial_no": "7"}, {"line_no": "C4", **pump, "serial_no": "8"}]
    return Bench(COUNT, location="HZ-A-01", count_lines=rows)


def test_the_first_pack_of_a_lot_makes_its_line_and_the_next_ones_count_up_to_what_was_ordered() -> None:
    bench = delivery()
    bench.scan(SHELF)
    assert bench.scan(NEEDLE)["name"] == "留置针"
    bench.scan(NEEDLE, quantity=10)
    assert bench.values["lines"] == [
        {
            "line_no": "L1", "purchase_order_no": "PO-1", "product_code": "P-1", "lot_no": "A", "expiry_date": "2027-05-31",
            "udi": NEEDLE.text, "quarantine_location": "HZ-Q-01", "received_quantity": 550,
        }
    ]  # fmt: skip
    assert bench.refusal(NEEDLE, 2) == ("over", "50", "100")
    other = Code("x", ("P-1",), di="1", lot="B")
    bench.scan(other)
    bench.scan(Code("HZ-Q-02", is_place=True))
    assert [(one["line_no"], one["quarantine_location"]) for one in bench.values["lines"]] == [
        ("L1", "HZ-Q-01"),
        ("L2", "HZ-Q-02"),
    ]
    tile = tiles(bench.hint, bench.values)[0]
    assert (tile["expected"], tile["counted"], len(tile["parts"])) == (600, 551, 2)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (Code("x", ("P-2",), di="2", lot="A"), ("not_listed", None, "P-2")),
        (Code("x", (), di="404", lot="A"), ("not_listed", None, "404")),
        (Code("x", ("P-1",), di="1", lot="C"), ("wrong_lot", "A、B", "C")),
        (Code("x", ("P-1",), di="1"), ("no_lot", "A、B", None)),
        (Code("x", ("P-1",), di="1", lot="A", expiry="2026-05-31"), ("wrong_expiry", "2027-05-31", "2026-05-31")),
        (Code("x", ("P-9",), di="9", lot="S"), ("no_serial", "7、8", None)),
        (Code("x", ("P-9",), di="9", lot="S", serial="6"), ("wrong_serial", "7、8", "6")),
        (Code("HZ-A-02", is_place=True), ("wrong_place", "HZ-A-01", "HZ-A-02")),
        (Code("nonsense"), ("unknown_code", None, "nonsense")),
    ],
    ids=lambda one: one[0] if isinstance(one, tuple) else "",
)
def test_what_does_not_fit_is_refused_with_the_two_values_and_changes_nothing(code: Code, why: Any) -> None:
    assert shelf().refusal(code) == why


def test_a_unit_with_its_own_number_counts_once_by_udi_or_by_the_number_alone() -> None:
    bench = shelf()
    unit = Code("x", ("P-9",), di="9", lot="S", serial="7")
    assert bench.scan(unit)["line"] == "C3"
    assert bench.refusal(unit) == ("duplicate", None, "7")
    assert bench.scan(Code("8"))["line"] == "C4"
    assert bench.scan(Code("B"), quantity=3)["by"] == 3


def test_goods_kept_by_lot_count_by_lot_and_the_same_pack_of_them_counts_once() -> None:
    bench = shelf()
    pack = Code("x", ("P-1",), di="1", lot="A", unit="77", udi="x")
    assert bench.scan(pack, quantity=12)["by"] == 12
    assert bench.refusal(pack) == ("duplicate", None, "77")
    assert bench.scan(Code("y", ("P-1",), di="1", lot="A", unit="78"))["line"] == "C1"


def test_a_lot_number_that_two_products_share_needs_the_udi() -> None:
    bench = Bench(COUNT, count_lines=[{"line_no": f"C{n}", "product_code": f"P-{n}", "lot_no": "A"} for n in (1, 2)])
    assert bench.refusal(Code("A"))[0] == "ambiguous"


def test_what_the_list_lacks_is_added_where_the_form_has_room_for_it() -> None:
    bench = shelf()
    strange = Code("x", ("P-5",), di="5", lot="Z")
    assert bench.refusal(strange)[0] == "not_listed"
    bench.scan(strange, kind="extra")
    added = bench.scan(strange, quantity=2, kind="extra")
    assert bench.values["found_lines"] == [{"product_code": "P-5", "lot_no": "Z", "counted_quantity": 3}]
    assert tiles(bench.hint, bench.values)[-1]["extra"] is True
    bench.do("undo", of=added["id"])
    assert bench.values["found_lines"][0]["counted_quantity"] == 1
    assert delivery().scan(strange, kind="extra")["code"] == "no_extra"


def test_goods_and_shelf_are_told_apart_when_goods_are_put_away() -> None:
    bench = Bench(PUT_AWAY, product_name="留置针", lot_no="A", quantity=600)
    assert bench.refusal(Code("x", ("P-1",), di="1", lot="B")) == ("wrong_lot", "A", "B")
    assert bench.scan(Code("x", ("P-1",), di="1", lot="A"))["code"] == "checked"
    put = bench.scan(Code("HZ-A-01-01", is_place=True))
    again = bench.scan(Code("HZ-A-01-02", is_place=True))
    assert bench.values["location_code"] == "HZ-A-01-02"
    assert bench.do("undo", of=put["id"])["code"] == "changed_since"
    bench.do("undo", of=again["id"])
    bench.do("undo", of=put["id"])
    assert "location_code" not in bench.values and len(live(bench.entries)) == 3


def test_the_pad_sets_a_total_that_can_be_taken_back_and_none_is_not_nothing() -> None:
    bench = shelf()
    zero = bench.do("set", line="C1", quantity=0)
    assert bench.values["count_lines"][0]["counted_quantity"] == 0
    bench.do("undo", of=zero["id"])
    assert "counted_quantity" not in bench.values["count_lines"][0]
    bench.scan(NEEDLE)
    total = bench.do("set", line="C1", quantity=1200)
    bench.scan(NEEDLE)
    bench.do("undo", of=total["id"])
    assert bench.values["count_lines"][0]["counted_quantity"] == 100
    assert bench.do("undo", of=total["id"])["code"] == "nothing_to_undo"
    assert bench.do("set", line="C3", quantity=2)["code"] == "over"
    assert bench.do("set", line="C77", quantity=2)["code"] == "no_line"


def test_what_the_form_wants_written_down_of_the_code_is_written_and_goes_with_the_last_pack_of_its_line() -> None:
    form = shipped("stocktake/1.0.0/forms/count.v1.json")
    columns = form["schema"]["properties"]["count_lines"]["items"]["properties"]
    columns["scanned_lot_no"] = columns["udi"] = {"type": "string"}
    columns["serial_no"] = {"type": "string"}
    rows = [{"line_no": f"C{number}", "product_code": "P-9", "lot_no": "S"} for number in (1, 2)]
    bench = Bench(hint_of(form), count_lines=[*rows, {"line_no": "C3", "product_code": "P-1", "lot_no": "A"}])
    for serial in "78":
        bench.scan(Code("u" + serial, ("P-9",), di="9", lot="S", serial=serial, udi="u" + serial))
    assert [row.get("serial_no") for row in bench.values["count_lines"]] == ["7", "8", None]
    first, second = bench.scan(NEEDLE), bench.scan(NEEDLE)
    assert bench.values["count_lines"][2]["scanned_lot_no"] == "A"
    bench.do("undo", of=first["id"])
    assert bench.values["count_lines"][2]["udi"] == NEEDLE.text
    bench.do("undo", of=second["id"])
    assert set(bench.values["count_lines"][2]) == {"line_no", "product_code", "lot_no"}


MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("scan"), st.sampled_from(["A", "B", "?"]), st.integers(1, 12)),
        st.tuples(st.just("undo"), st.integers(0, 12), st.just(0)),
        st.tuples(st.just("set"), st.sampled_from(["L1", "L2"]), st.integers(0, 700)),
    ),
    max_size=14,
)


@settings(max_examples=60, deadline=None)
@given(moves=MOVES)
def test_whatever_is_scanned_taken_back_and_sent_again_adds_up(moves: list[Any]) -> None:
    bench = delivery()
    for kind, what, number in moves:
        if kind == "scan":
            bench.scan(Code(f"x{what}", ("P-1",) if what != "?" else (), di="1", lot=what, units=50), number)
        elif kind == "set":
            bench.do("set", line=what, quantity=number)
        else:
            bench.do("undo", of=f"scan-{what:04d}")
    total = sum(row.get("received_quantity", 0) for row in bench.values["lines"])
    assert total == sum(one["by"] for one in live(bench.entries) if one["kind"] != "undo") and 0 <= total <= 600
    before = copy.deepcopy((bench.values, bench.entries))
    for one in list(bench.entries):
        assert apply(bench.hint, bench.values, bench.entries, Wish(one["id"], one["kind"], one["seq"]), NEEDLE) is one
    assert (bench.values, bench.entries) == before


def with_hint(path: str, hint: Any) -> set[tuple[str, str]]:
    form = shipped(path)
    form["ui"]["scan"] = hint
    return {(fault.pointer, fault.code) for fault in check_form(form)}


LINES = {"job": "count", "lines": "count_lines"}
COUNT_FORM, PUT_AWAY_FORM = "stocktake/1.0.0/forms/count.v1.json", "receiving_inspection/1.0.0/forms/put_away.v1.json"


@pytest.mark.parametrize(
    ("path", "hint", "fault"),
    [
        (COUNT_FORM, {"job": "dance"}, ("/ui/scan/job", "keyword_value")),
        (COUNT_FORM, {"job": "count", "lines": "location", "count": "counted_quantity"}, ("/ui/scan/lines", "scan_no_grid")),
        (COUNT_FORM, LINES, ("/ui/scan/count", "scan_count")),
        (COUNT_FORM, {**LINES, "count": "lot_no"}, ("/ui/scan/count", "scan_count")),
        (COUNT_FORM, {**LINES, "count": "counted_quantity", "lot": "batch"}, ("/ui/scan/lot", "unknown_property")),
        (COUNT_FORM, {"job": "count", "location": "location"}, ("/ui/scan/location", "scan_location")),
        (PUT_AWAY_FORM, {"job": "put_away", "extra": "x"}, ("/ui/scan/extra", "scan_needs_lines")),
    ],
)  # fmt: skip
def test_a_hint_that_cannot_work_is_found_at_its_place(path: str, hint: Any, fault: Any) -> None:
    assert fault in with_hint(path, hint)


def test_a_form_without_the_hint_or_with_its_grid_hidden_is_not_scanned() -> None:
    assert scan_hint(load_form(shipped("receiving_inspection/1.0.0/forms/ruling.v1.json"))) is None
    form = shipped(COUNT_FORM)
    del form["schema"]["properties"]["count_lines"]
    assert scan_hint(load_form(form)) is None
