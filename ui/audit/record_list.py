"""The list beside the slider: every record as one line, refusals in between, what lies ahead in grey."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from nicegui import ui
from nicegui.element import Element

from ui.audit.tell import Teller
from ui.elements import Text, attrs, box, icon
from ui.guard import acting
from ui.texts import t

#: Lines drawn at once; a longer history shows those around the record looked at.
DRAWN_MAX = 400


class RecordList:
    """Draws into the current slot. `on_pick(seq)` when a line is chosen."""

    def __init__(
        self,
        teller: Teller,
        records: Sequence[Mapping[str, Any]],
        refusals: Sequence[Mapping[str, Any]],
        value: int,
        on_pick: Callable[[int], Any],
    ) -> None:
        self.teller, self.records, self.refusals, self.value, self.on_pick = teller, records, refusals, value, on_pick
        self.only = "all"
        self.lines: dict[int, Element] = {}
        self.head = box("fx rechead")
        self.root = attrs(box("records", "ol"), aria_label=self.t("label"), data_testid="records")
        self._draw()

    def t(self, key: str, **values: object) -> str:
        """Words of the list."""
        return t(f"audit.records.{key}", self.teller.lang, **values)

    def _draw(self) -> None:
        self.head.clear()
        self.root.clear()
        self.lines.clear()
        with self.head:
            Text("h2", self.t("title"))
            self.count = Text("span", f"{self.value} / {len(self.records)}", "small num")
            self._filter()
        with self.root:
            for record in self._shown():
                self._record(record)
                for refusal in self.refusals:
                    if refusal.get("after_seq") == record["seq"] and self.only == "all":
                        self._refusal(refusal)
        self._reveal()

    def _shown(self) -> list[Mapping[str, Any]]:
        wanted = [one for one in self.records if self.only == "all" or one.get("signature")]
        if len(wanted) <= DRAWN_MAX:
            return wanted
        here = next((n for n, one in enumerate(wanted) if one["seq"] >= self.value), len(wanted))
        return wanted[max(0, here - DRAWN_MAX // 2) : here + DRAWN_MAX // 2]

    def _filter(self) -> None:
        signed = sum(1 for one in self.records if one.get("signature"))
        with attrs(box("seg"), role="group", aria_label=self.t("filter")):
            for key, words in (("all", self.t("all")), ("signed", self.t("signed", n=signed))):
                choice = attrs(Text("button", words), type="button", aria_pressed=str(self.only == key).lower())
                choice.on("click", partial(self._choose, key), js_handler="() => emit()")

    def _choose(self, only: str) -> None:
        self.only = only
        self._draw()

    def _record(self, record: Mapping[str, Any]) -> None:
        told, seq = self.teller.record(record), int(record["seq"])
        with box(tag="li"):
            line = attrs(box(f"rec {told.tone}{self._place(seq)}", "button"), type="button", data_seq=seq)
            attrs(line, aria_current="true" if seq == self.value else None)
            with line:
                Text("span", str(seq), "no")
                Text("time", self.teller.clock(str(record["at"])), "tm")
                icon(told.icon_of)
                Text("span", told.words, "wd")
                if told.note:
                    Text("span", told.note, "small nowrap")
            line.on("click", acting(partial(self.on_pick, seq)), js_handler="() => emit()")
        self.lines[seq] = line

    def _place(self, seq: int) -> str:
        return " here" if seq == self.value else " future" if seq > self.value else ""

    def _refusal(self, refusal: Mapping[str, Any]) -> None:
        after = int(refusal["after_seq"])
        with box(tag="li"), box("rec refusal" + (" future" if after > self.value else "")):
            Text("span", "", "no")
            Text("time", self.teller.clock(str(refusal["at"])), "tm")
            icon("refused")
            who = self.teller.person(refusal.get("actor"))
            Text("span", self.t("refused", who=who, rule=str(refusal.get("rule") or "")), "wd")
            Text("span", self.t("refusal_chain", n=str(refusal["id"]).rpartition("#")[2]), "small nowrap")

    def seek(self, seq: int) -> None:
        """Stand at another record: only what changed goes to the browser."""
        before, self.value = self.value, seq
        if seq not in self.lines and len(self.records) > DRAWN_MAX:
            self._draw()
            return
        low, high = min(before, seq), max(before, seq)
        for number in range(low, high + 1):
            line = self.lines.get(number)
            if line is not None:
                line.classes(remove="here future", add=self._place(number).strip())
                attrs(line, aria_current="true" if number == seq else "false")
        self.count.text = f"{seq} / {len(self.records)}"
        self._reveal()

    def _reveal(self) -> None:
        line = self.lines.get(self.value)
        if line is not None:
            # Only our own element ids go into the script. The list scrolls, never the page.
            ui.run_javascript(
                f"(() => {{ const a = getHtmlElement({line.id}), b = getHtmlElement({self.root.id});"
                " if (a && b) b.scrollTop = a.closest('li').offsetTop - b.clientHeight / 2; })()"
            )
