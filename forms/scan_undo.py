"""Taking a scan back: counts as if it had never been, places as they were; what was changed since stays and is told. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from domain.json_types import JsonObject
from forms.scan_hint import ScanHint
from forms.scan_lines import Row, count_of, grid_of, live, room_of, row_at
from forms.scan_words import SAID, refused


def take_back(hint: ScanHint, values: JsonObject, entries: list[Any], of: str | None) -> JsonObject:
    """Take one wish back, whichever it is; both stay in the list. Raises ``ScanFault``, having changed nothing."""
    return _Back(hint, values, entries).undo(of)


@dataclass(frozen=True)
class _Back:
    hint: ScanHint
    values: JsonObject
    entries: list[Any]

    def undo(self, of: str | None) -> JsonObject:
        one = next((one for one in self.entries if one["id"] == of), None)
        if one is None or not one["ok"] or one["undone"] or one["kind"] == "undo":
            raise refused("nothing_to_undo")
        for effect in one["effects"]:
            self._check_undo(effect)
        one["undone"] = True
        for effect in one["effects"]:
            self._take_back(effect)
        about = {name: one[name] for name in ("line", "name", "lot", "serial")}
        return {**about, "by": -one["by"], "code": "undone", "said": SAID["undone"].as_json()}

    def _check_undo(self, effect: Any) -> None:
        row = self.values if effect["grid"] is None else row_at(self.hint, self.values, effect["key"])[1]
        if row is None:
            raise refused("changed_since")
        if "by" in effect:
            room = room_of(self.hint, self.values, row) if effect["grid"] == self.hint.lines else None
            if count_of(self.hint, row) < effect["by"] or (room is not None and -effect["by"] > room):
                raise refused("changed_since", line=effect["key"])
        elif not effect.get("fill") and row.get(effect["field"]) != effect["after"]:
            raise refused("changed_since")

    def _take_back(self, effect: Any) -> None:
        grid, row = (None, self.values) if effect["grid"] is None else row_at(self.hint, self.values, effect["key"])
        if row is None or effect.get("fill"):
            return  # the line itself went with the count before, or what was written down goes with it
        if "by" in effect:
            self._take_back_count(grid, row, effect)
        elif effect["before"] is None:
            row.pop(effect["field"], None)
        else:
            row[effect["field"]] = effect["before"]

    def _take_back_count(self, grid: str | None, row: Row, effect: Any) -> None:
        assert self.hint.count is not None
        left = count_of(self.hint, row) - effect["by"]
        if left == 0 and self._came_by_scan(effect["key"]):
            grid_of(self.values, grid).remove(row)
        elif left == 0 and not self._still_counted(effect["key"]):
            row.pop(self.hint.count, None)  # as if nobody had counted it: nothing is not the same as none
        else:
            row[self.hint.count] = left
        if not self._still_counted(effect["key"]):
            self._wipe_fills(effect["key"], row)

    def _wipe_fills(self, key: str, row: Row) -> None:
        """What packs of a line wrote down goes with the last of them, unless somebody wrote over it."""
        for fill in (effect for one in self.entries for effect in one["effects"] if effect.get("fill")):
            if fill["key"] == key and row.get(fill["field"]) == fill["after"]:
                row.pop(fill["field"])

    def _came_by_scan(self, key: str) -> bool:
        return any(effect.get("added") and effect["key"] == key for one in self.entries for effect in one["effects"])

    def _still_counted(self, key: str) -> bool:
        return any(effect["key"] == key and "by" in effect for one in live(self.entries) for effect in one["effects"])
