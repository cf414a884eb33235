"""The scanned code: read by a wedge scanner that types like a keyboard, taken apart, compared with what is on file."""

from __future__ import annotations

from functools import partial
from typing import Any

from domain.errors import GspError
from domain.json_types import JsonObject
from ui.components.chips import chip
from ui.elements import Text, attrs, box, icon, link
from ui.forms import values as convert
from ui.forms.boxes import Camera, Entry
from ui.forms.fields import FieldBox
from ui.texts import Lang, label, t

#: Parts of a code and the fields of the glossary that hold the same fact.
PARTS = {"di": "udi_di", "lot": "lot_no", "serial": "serial_no", "made": "production_date", "expiry": "expiry_date"}


SHOWN = frozenset({"01", "10", "11", "17", "21"})
"""The identifiers whose values stand in the parts."""


def show_told(place: Any, told: list[str], lang: Lang) -> None:
    """Say in words what the keyboard made of the code and was turned back; the person compares."""
    place.clear()
    with place:
        for code in told:
            words = label("scanner.told", code, lang)
            with box("note yellow" if code in ("caps", "ime", "gs_lost") else "note"):
                icon("warning" if code in ("caps", "ime", "gs_lost") else "info")
                Text("span", words)


def show_place(raw: str, fault: GspError) -> None:
    """Mark the first character that is wrong, within what was scanned."""
    at = getattr(fault, "position", None)
    if not isinstance(at, int) or not 0 <= at <= len(raw):
        return
    begin = max(0, at - 24)
    with attrs(box("faultplace mono small"), aria_hidden="true"):
        Text("span", ("…" if begin else "") + _visible(raw[begin:at]))
        Text("b", _visible(raw[at : at + 1]) or "▮", "badc")
        Text("span", _visible(raw[at + 1 : at + 25]))


def _visible(text: str) -> str:
    return text.replace("\x1d", "<GS>")


class ScanBox(FieldBox):
    """A scan field. Parts fill empty fields beside it (same form or same row); a part that differs is shown, not
    written over."""

    def classes(self) -> str:
        return "scan"

    def draw(self) -> None:
        self.typing = False
        with box("scanline"):
            icon("scan", "l")
            self.entry = (
                Entry(
                    "text",
                    convert.typed(self.one, self.value(), self.view.zone).__str__().replace("\x1d", "␝"),
                    self._entered,
                    scan=True,
                    mode="none",
                    first=self.one.autofocus or None,
                    placeholder=t("forms.scan.ready", self.lang),
                    mark=f"field{self.pointer}",
                )
                .on_left(partial(self.view.left, self.pointer))
                .on_scanned(self._scanned)
            )
            self.verdict = attrs(box("scansays"), role="status")
        attrs(self.caption, for_=self.entry.cid)
        self.told = attrs(box("told"), role="status")
        self.parts = box("parts")
        with box("scanways"):
            Camera(self.lang, self._scanned, f"field{self.pointer}")
            by_hand = attrs(box("linklike small", "button"), type="button")
            with by_hand:
                Text("span", t("forms.scan.by_hand", self.lang))
            by_hand.on("click", self._by_hand, js_handler="() => emit()")
            attrs(link(t("scanner.link", self.lang), "/scanner", "linklike small"), target="_blank")
        self.hand = box("small")
        self._show(self.value())

    def _by_hand(self) -> None:
        """The keyboard of a phone comes up again; what may be typed is said."""
        self.entry.props["mode"] = "text"
        self.entry.update()
        self.hand.clear()
        with self.hand:
            Text("span", t("forms.scan.how_by_hand", self.lang))
        self.focus(self.pointer)

    def _entered(self, typed: Any, seq: int) -> None:
        raw = str(typed).replace("␝", "\x1d").strip()
        self.view.put(self.pointer, raw or None, seq)
        self._show(raw or None)

    def _scanned(self, text: str, told: list[str]) -> None:
        raw = text.replace("␝", "\x1d").strip()
        show_told(self.told, told, self.lang)
        self.entry.push(raw.replace("\x1d", "␝"))
        self.view.put(self.pointer, raw or None)
        found = self._show(raw or None)
        if found:
            self._fill(found)

    def _show(self, raw: Any) -> JsonObject | None:
        """Take the code apart and show it; the parts, or ``None`` for a code that cannot be read."""
        self.verdict.clear()
        self.parts.clear()
        if not raw or self.view.context.parse is None:
            return None
        try:
            found = self.view.context.parse(str(raw))
        except GspError as fault:
            with self.verdict:
                chip(t("forms.scan.unreadable", self.lang), "red", icon_of="failed")
            with self.parts:
                Text("div", fault.text.said_in(self.lang), "msg")
                show_place(str(raw), fault)
            return None
        with self.verdict:
            if found["checked"]:
                chip(t("forms.scan.read", self.lang, issuer=found["issuer"]), "green", icon_of="passed")
            else:
                chip(t("forms.scan.kept", self.lang, issuer=found["issuer"]), "yellow", icon_of="warning")
        with self.parts:
            self._parts(found)
        return found

    def _parts(self, found: Any) -> None:
        with box("partgrid"):
            for part, name in PARTS.items():
                value, held = found.get(part), self.view.state.get(self._beside(name))
                differs = bool(value and held and str(value) != str(held))
                with box("part differs" if differs else "part"):
                    Text("span", t(f"forms.scan.{part}", self.lang), "small")
                    Text("b", str(value) if value else t("forms.scan.none", self.lang), "strong" if value else "muted")
                    if differs:
                        Text("span", t("forms.scan.differs", self.lang, held=held), "msg")
                    elif value and held:
                        with box("okc small"):
                            icon("passed", "s")
                            Text("span", t("forms.scan.same", self.lang))
        more = [one for one in found["elements"] if one["ai"] not in SHOWN]
        if more:
            said = " · ".join(f"({one['ai']}) {one['title']} {one['value']}" for one in more)
            Text("div", said, "small mono morepart")
        for warning in found.get("warnings", []):
            with box("note yellow"):
                icon("warning")
                Text("span", warning["message"][self.lang])

    def _beside(self, name: str) -> str:
        return f"{self.pointer.rpartition('/')[0]}/{name}"

    def _fill(self, found: JsonObject) -> None:
        for part, name in PARTS.items():
            pointer = self._beside(name)
            one = self.view.form.field(pointer)
            value = found.get(part)
            if value and one is not None and not one.read_only and not self.view.state.get(pointer):
                self.view.put(pointer, value)
                if pointer in self.view.boxes:
                    self.view.boxes[pointer].push()
        self._show(self.value())

    def tell(self, *, invalid: bool) -> None:
        self.entry.tell(invalid=invalid)

    def describe(self, message_id: str) -> None:
        self.entry.props["describedby"] = message_id

    def push(self) -> None:
        self.entry.push(str(self.value() or "").replace("\x1d", "␝"))
        self._show(self.value())

    def focus_id(self) -> str | None:
        return self.entry.cid
