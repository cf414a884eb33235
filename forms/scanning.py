"""The law of working a form by scanning: which line a code belongs to, what it adds, why it is refused, how it is undone.

Pure: values and the list of scans in, the same with one scan more out. Nothing is guessed: a code that does not say
which lot it is counts for no lot, and one more than there should be is not counted. The form's own laws and the hard
rules come at completion, as for anything typed; this only fills in the draft.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from domain.json_types import JsonObject
from forms.scan_hint import ScanHint
from forms.scan_lines import (
    Row,
    count_of,
    get,
    grid_of,
    key_of,
    line_of,
    live,
    place_of,
    room_of,
    row_at,
    rows_of,
    source_of,
)
from forms.scan_undo import take_back
from forms.scan_words import SAID, ScanFault, refused

QUANTITY_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class Code:
    """What a scanned text names; ``units``: how many base units lie in one pack with this code.

    ``serial`` tells units apart that are kept by serial number; ``unit`` is the number on a pack of goods that are kept
    by lot, and only shows that the same pack was there before.
    """

    text: str
    products: tuple[str, ...] = ()
    di: str | None = None
    lot: str | None = None
    serial: str | None = None
    unit: str | None = None
    made: str | None = None
    expiry: str | None = None
    udi: str | None = None
    units: int = 1
    is_place: bool = False
    unreadable: ScanFault | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing that a person did at the scanner. ``id`` is made once, on the device, so a repetition is known.

    ``scan`` counts ``quantity`` packs; ``extra`` does it for what the list lacks; ``set`` says how many there are in
    ``line``; ``undo`` takes back the wish ``of``.
    """

    id: str
    kind: str
    seq: int
    text: str = ""
    quantity: int = 1
    line: str | None = None
    of: str | None = None
    at: str = ""


def apply(hint: ScanHint, values: JsonObject, entries: list[Any], wish: Wish, code: Code) -> JsonObject:
    """Do one wish to ``values`` (changed in place) and append it to ``entries``; the entry, refused or not.

    A wish that stands there already is not done again: its entry is the answer.
    """
    known = next((one for one in entries if one["id"] == wish.id), None)
    if known is not None:
        return known
    entry: JsonObject = {
        "id": wish.id, "seq": wish.seq, "kind": wish.kind, "text": wish.text[:500], "at": wish.at, "ok": True,
        "undone": False, "line": None, "by": 0, "effects": [], "name": "", "lot": None, "serial": None, "place": None,
        "expected": None, "found": None,
    }  # fmt: skip
    try:
        entry |= _done(_Work(hint, values, entries), wish, code)
    except ScanFault as fault:
        entry |= {
            "ok": False, "code": fault.code, "said": fault.text.as_json(), "line": fault.line,
            "expected": fault.expected, "found": fault.found,
        }  # fmt: skip
    entries.append(entry)
    return entry


def _done(work: _Work, wish: Wish, code: Code) -> JsonObject:
    if wish.kind == "undo":
        return take_back(work.hint, work.values, work.entries, wish.of)
    if wish.kind == "set":
        return work.set_count(wish)
    if code.unreadable is not None:
        raise code.unreadable
    if code.is_place:
        return work.place(code)
    if wish.kind == "extra":
        return work.extra(wish, code)
    return work.goods(wish, code)


# ------------------------------------------------------------------ doing


@dataclass(frozen=True)
class _Work:
    hint: ScanHint
    values: JsonObject
    entries: list[Any]

    # -------------------------------------------------------- goods

    def goods(self, wish: Wish, code: Code) -> JsonObject:
        """A pack of goods: its line is found, or the refusal says what does not fit."""
        hint, rows = self.hint, rows_of(self.hint, self.values)
        code = self._by_what_stands_there(rows, code)
        row = self._fitting(rows, code)
        if row is None:
            row = self._new_line(code, code.units * (1 if code.serial is not None else wish.quantity))
            return self._counted(row, wish, code, added=True)
        self._not_twice(row, code)
        if hint.count is None:
            return self._about(row, code) | {"code": "checked", "said": SAID["checked"].as_json()}
        return self._counted(row, wish, code)

    def _by_what_stands_there(self, rows: list[Row], code: Code) -> Code:
        """A plain text is what a line has as serial number, lot or product."""
        if code.products or code.di or code.lot or code.serial:
            return code
        for what in ("serial", "lot", "product"):
            if any(str(get(self.hint, row, what)) == code.text for row in rows):
                text = code.text
                if what == "product":
                    return Code(text, (text,), units=code.units)
                return Code(text, lot=text if what == "lot" else None, serial=text if what == "serial" else None)
        raise refused("unknown_code", found=code.text[:60])

    def _fitting(self, rows: list[Row], code: Code) -> Row | None:
        """The line of a code; ``None`` when it is the first of a lot that may come."""
        fits = [row for row in rows if self._is_product(row, code)]
        may_come = self._may_come(code)
        if not fits and not may_come:
            raise refused("not_listed", found=code.products[0] if code.products else code.di or code.text[:60])
        fits = self._with_lot(fits, code, may_come)
        fits = self._with_serial(fits, code, may_come)
        if not code.products and len({get(self.hint, row, "product") for row in fits}) > 1:
            raise refused("ambiguous", found=code.text[:60])
        for row in fits[:1]:
            self._same_expiry(row, code)
        return self._at_place(fits) if fits else None

    def _is_product(self, row: Row, code: Code) -> bool:
        product, udi = get(self.hint, row, "product"), get(self.hint, row, "udi")
        if product is not None:
            return not (code.products or code.di) or product in code.products
        if udi is not None and code.di:
            return code.di in str(udi)
        return True

    def _with_lot(self, rows: list[Row], code: Code, may_come: bool) -> list[Row]:
        hint = self.hint
        lots = [lot for row in rows if (lot := get(hint, row, "lot")) is not None]
        if code.lot is None:
            if (lots or may_come) and code.serial is None:
                raise refused("no_lot", expected="、".join(dict.fromkeys(map(str, lots))) or None)
            return rows
        same = [row for row in rows if get(hint, row, "lot") == code.lot]
        if same or may_come:
            return same
        unnamed = [row for row in rows if get(hint, row, "lot") is None]
        if lots or not unnamed:
            line = key_of(hint, rows[0]) if len(rows) == 1 else None
            raise refused("wrong_lot", expected="、".join(dict.fromkeys(map(str, lots))), found=code.lot, line=line)
        return unnamed

    def _with_serial(self, rows: list[Row], code: Code, may_come: bool) -> list[Row]:
        hint = self.hint
        serials = [serial for row in rows if (serial := get(hint, row, "serial")) is not None]
        if not serials and not (may_come and code.serial):
            return rows
        if code.serial is None:
            if len(rows) > len(serials):
                return [row for row in rows if get(hint, row, "serial") is None]
            raise refused("no_serial", expected="、".join(map(str, serials[:6])))
        same = [row for row in rows if get(hint, row, "serial") == code.serial]
        unnamed = [row for row in rows if get(hint, row, "serial") is None]
        if not same and not unnamed and not may_come:
            raise refused("wrong_serial", expected="、".join(map(str, serials[:6])), found=code.serial)
        return same or ([] if may_come else unnamed)

    def _same_expiry(self, row: Row, code: Code) -> None:
        held = get(self.hint, row, "expiry")
        if held and code.expiry and str(held) != code.expiry:
            raise refused("wrong_expiry", expected=str(held), found=code.expiry, line=key_of(self.hint, row))

    def _at_place(self, rows: list[Row]) -> Row:
        """Of several lines the one at the place that was scanned, then the first with room."""
        hint, place = self.hint, place_of(self.entries)
        told = [(row, get(hint, row, "location")) for row in rows] if "location" not in hint.written else []
        if place is not None and any(where is not None for _, where in told):
            here = [row for row, where in told if where == place]
            if not here:
                shelves = "、".join(dict.fromkeys(str(where) for _, where in told))
                raise refused("wrong_place", expected=shelves, found=place)
            rows = here
        with_room = (
            row
            for row in rows
            if room_of(self.hint, self.values, row) is None or (room_of(self.hint, self.values, row) or 0) > 0
        )
        return next(with_room, rows[0])

    def _not_twice(self, row: Row, code: Code) -> None:
        number = code.serial or code.unit
        if number is None:
            return
        same = {"serial": number, "line": key_of(self.hint, row)}
        before = (one for one in live(self.entries) if one["kind"] in ("scan", "extra"))
        if any(all(one[name] == value for name, value in same.items()) for one in before):
            raise refused("duplicate", found=number, line=key_of(self.hint, row))

    def _counted(self, row: Row, wish: Wish, code: Code, *, added: bool = False) -> JsonObject:
        by = code.units * (1 if code.serial is not None else wish.quantity)
        room = room_of(self.hint, self.values, row)
        if room is not None and by > room:
            raise refused("over", expected=str(room), found=str(by), line=key_of(self.hint, row))
        added_up = self._add(row, by, added=added)
        fills: list[Any] = [] if added else self._fills(row, code)
        return self._about(row, code) | added_up | {"effects": [*added_up["effects"], *fills]}  # type: ignore[misc]

    def _fills(self, row: Row, code: Code) -> list[Any]:
        """What the form wants written down of the code itself, where nothing stands yet."""
        hint, effects = self.hint, []
        said = self._said(code) | {"scanned_lot": code.lot, "scanned_serial": code.serial}
        for what, value in said.items():
            if value and what in hint.row and what in hint.written and get(hint, row, what) is None:
                effects.append({**self._put(row, hint.row[what], value), "fill": True})
        return effects

    def _said(self, code: Code) -> dict[str, str | None]:
        return {
            "lot": code.lot,
            "serial": code.serial,
            "made": code.made,
            "expiry": code.expiry,
            "udi": code.udi,
        }

    def _add(self, row: Row, by: int, *, added: bool = False, grid: str | None = None) -> JsonObject:
        hint = self.hint
        assert hint.count is not None
        now = count_of(hint, row) + by
        if not 0 <= now <= hint.most:
            raise refused("over", expected=str(hint.most), found=str(now), line=key_of(hint, row))
        row[hint.count] = now
        effect: JsonObject = {"grid": grid or hint.lines, "key": key_of(hint, row), "by": by, "added": added}
        return {
            "line": key_of(hint, row),
            "by": by,
            "effects": [effect],
            "code": "counted",
            "said": SAID["counted"].as_json(),
        }

    def _about(self, row: Row, code: Code) -> JsonObject:
        told = (row, source_of(self.hint, self.values, row) or {})
        name = (
            next((name for one in told if (name := get(self.hint, one, "name"))), None)
            or get(self.hint, row, "product")
            or ""
        )
        return {
            "line": key_of(self.hint, row), "name": str(name), "lot": code.lot or get(self.hint, row, "lot"),
            "serial": code.serial or code.unit,
        }  # fmt: skip

    # -------------------------------------------------------- lines that come with the goods

    def _may_come(self, code: Code) -> bool:
        return any(True for _ in self._sources(code))

    def _sources(self, code: Code) -> Iterable[Row]:
        rows = self.values.get(self.hint.source or "")
        column = self.hint.row.get("product", "")
        for one in rows if isinstance(rows, list) else []:
            if isinstance(one, dict) and one.get(column) in code.products:
                yield one

    def _new_line(self, code: Code, by: int) -> Row:
        """The first pack of a lot: its line takes over from the order what the order knows, and from the code the rest."""
        hint = self.hint
        sources = list(self._sources(code))
        if not code.lot and not code.serial:
            raise refused("no_lot")
        with_room = (one for one in sources if (room_of(self.hint, self.values, one) or 0) >= by)
        source = next(with_room, None)
        if source is None:
            left = max((room_of(self.hint, self.values, one) or 0 for one in sources), default=0)
            raise refused("over", expected=str(left), found=str(by))
        row: Row = {name: source[name] for name in hint.linked if name in source}
        self._number(row)
        row |= self._from_code(code)
        grid_of(self.values, hint.lines).append(row)
        return row

    def _number(self, row: Row) -> None:
        key = self.hint.row_key
        if key is None or key in self.hint.linked:
            return
        used = {str(one.get(key)) for one in grid_of(self.values, self.hint.lines)}
        row[key] = next(f"L{number}" for number in range(1, len(used) + 2) if f"L{number}" not in used)

    def _from_code(self, code: Code) -> Row:
        hint = self.hint
        known = self._said(code) | {
            "location": place_of(self.entries),
            "scanned_lot": code.lot,
            "scanned_serial": code.serial,
        }
        return {
            hint.row[what]: value
            for what, value in known.items()
            if value and what in hint.row and what in hint.written
        }

    def extra(self, wish: Wish, code: Code) -> JsonObject:
        """What stands there and is not on the list, in the grid that the form has for it."""
        hint = self.hint
        if hint.extra is None or hint.count is None:
            raise refused("no_extra")
        if len(code.products) != 1:
            raise refused("unknown_code", found=code.text[:60])
        facts: Row = {hint.row.get("product", "product_code"): code.products[0]}
        facts |= {
            hint.row[what]: value for what in ("lot", "serial") if (value := getattr(code, what)) and what in hint.row
        }
        grid = grid_of(self.values, hint.extra)
        row = next(
            (one for one in grid if isinstance(one, dict) and all(one.get(n) == v for n, v in facts.items())), None
        )
        if row is not None:
            self._not_twice(row, code)
        added = row is None
        if wish.quantity * code.units > hint.most:
            raise refused("over", expected=str(hint.most), found=str(wish.quantity * code.units))
        if row is None:
            expiry = {hint.row["expiry"]: code.expiry} if code.expiry and "expiry" in hint.row else {}
            row = facts | expiry
            grid.append(row)
        return self._about(row, code) | self._add(row, wish.quantity * code.units, added=added, grid=hint.extra)

    # -------------------------------------------------------- places

    def place(self, code: Code) -> JsonObject:
        """A shelf: where the goods go, where they are taken from, or the one that is to be counted."""
        hint = self.hint
        if "location" in hint.form:
            return self._place_of_form(code)
        if "location" not in hint.row:
            raise refused("no_place", found=code.text)
        if "location" not in hint.written:
            held = {get(hint, row, "location") for row in rows_of(hint, self.values)} - {None}
            if held and code.text not in held:
                raise refused("wrong_place", expected="、".join(sorted(map(str, held))[:6]), found=code.text)
            return _placed(code)
        current = line_of(self.entries)
        row = next((one for one in rows_of(hint, self.values) if key_of(hint, one) == current), None)
        effects: list[Any] = [self._put(row, hint.row["location"], code.text)] if row is not None else []
        return {**_placed(code), "line": current, "effects": effects}

    def _place_of_form(self, code: Code) -> JsonObject:
        name, text = self.hint.form["location"], code.text
        if "location" not in self.hint.written:
            held = self.values.get(name)
            if held and held != text:
                raise refused("wrong_place", expected=str(held), found=text)
            return _placed(code)
        return {**_placed(code), "line": "form", "effects": [self._put(self.values, name, text)]}

    def _put(self, row: Row, field: str, text: str) -> JsonObject:
        before = row.get(field)
        row[field] = text
        grid = None if row is self.values else self.hint.lines
        return {
            "grid": grid,
            "key": key_of(self.hint, row) if grid else "form",
            "field": field,
            "before": before,
            "after": text,
        }

    # -------------------------------------------------------- the pad, and taking back

    def set_count(self, wish: Wish) -> JsonObject:
        """The number pad: so many are in this line altogether."""
        hint = self.hint
        grid, row = row_at(self.hint, self.values, wish.line)
        if row is None or hint.count is None:
            raise refused("no_line")
        by = wish.quantity - count_of(hint, row)
        room = room_of(self.hint, self.values, row) if grid == hint.lines else None
        if room is not None and by > room:
            raise refused("over", expected=str(count_of(hint, row) + room), found=str(wish.quantity), line=wish.line)
        about = self._about(row, Code("")) | self._add(row, by, grid=grid)
        return about | {"code": "set", "said": SAID["set"].as_json()}


def _placed(code: Code) -> JsonObject:
    return {"code": "placed", "said": SAID["placed"].as_json(), "place": code.text}
