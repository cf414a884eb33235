"""A form on the page: sections in the order of the hands, live conditions, faults where they belong, read or edit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from nicegui import ui
from nicegui.element import Element

from domain.errors import Fault
from domain.json_types import Json, JsonObject
from forms.model import Form, Section, load_form
from ui.elements import Text, attrs, box, icon
from ui.forms import values as convert
from ui.forms.state import FormState
from ui.texts import Lang, choose, t

if TYPE_CHECKING:
    from ui.forms.fields import FieldBox

Mode = Literal["edit", "read"]
Layout = Literal["wide", "narrow"]
Curve = Callable[[JsonObject], Awaitable[Any]]


@dataclass(frozen=True)
class FormContext:
    """What a form needs from the page around it.

    ``zone`` is the site's IANA zone, ``parse`` reads a scanned code (raises ``GspError``), ``curve`` finds the points
    of an attached temperature log. ``scope`` is what expressions read, ``target`` what read-only fields show.
    """

    zone: str = "Asia/Shanghai"
    scope: Mapping[str, Any] = field(default_factory=dict)
    target: Mapping[str, Any] = field(default_factory=dict)
    parse: Callable[[str], JsonObject] | None = None
    curve: Curve | None = None


class FormView:
    """Draws a form into the current slot. ``on_change`` is called after each change with its number in the browser."""

    def __init__(
        self,
        form: JsonObject,
        values: JsonObject,
        lang: Lang,
        *,
        mode: Mode = "edit",
        layout: Layout = "wide",
        context: FormContext | None = None,
        on_change: Callable[[int], Any] | None = None,
    ) -> None:
        self.form: Form = load_form(form)
        self.lang: Lang = lang
        self.mode: Mode = mode
        self.context = context or FormContext()
        self.on_change = on_change
        target = self.context.target or (values if mode == "read" else {})
        self.state = FormState(self.form, values, target, self.context.scope)
        if mode == "read":
            self.state.shown = values
        self.boxes: dict[str, FieldBox] = {}
        self._sections: list[tuple[Section, Element, Text]] = []
        self.root = box(f"form {layout} {mode}")
        with self.root:
            self._summary = attrs(box("summary"), role="alert", tabindex="-1", data_testid="form.summary")
            self._summary.set_visibility(False)
            self._draw()
        self.refresh()
        ui.run_javascript("setTimeout(() => gspDesk.fold(), 30)")

    # ------------------------------------------------------------ drawing

    def _draw(self) -> None:
        number = 0
        for section in self.form.sections:
            fields = [one for one in self.form.fields if one.name in section.fields]
            if not fields:
                continue
            number += 1
            facts = all(one.read_only and not one.is_grid and one.widget != "temperature_chart" for one in fields)
            with attrs(box("card fsec", "details" if facts else "section"), open=True if facts else None) as card:
                with box("fhead", "summary" if facts else "div"):
                    if len(self.form.sections) > 1:
                        attrs(Text("span", str(number), "no"), aria_hidden="true")
                    title = Text("h2", choose(section.title, self.lang))
                    note = Text("span", "", "small right")
                    if facts:
                        icon("menu", "fold")
                attrs(card, aria_labelledby=attrs(title, id=title.html_id).html_id)
                with box("fgrid facts" if facts else "fgrid"):
                    for one in fields:
                        self.add(one.pointer)
            self._sections.append((section, card, note))

    def add(self, pointer: str) -> FieldBox:
        """Draw the field at a value pointer into the current slot and keep it up to date from now on."""
        from ui.forms.fields import box_for

        one = self.form.field(pointer)
        if one is None:
            raise KeyError(pointer)
        drawn = box_for(self, one, pointer)
        self.boxes[pointer] = drawn
        return drawn

    def forget(self, prefix: str) -> None:
        """Stop keeping the fields below a pointer up to date (their row or sheet is gone)."""
        for pointer in [known for known in self.boxes if known.startswith(prefix)]:
            del self.boxes[pointer]

    # ------------------------------------------------------------ values

    @property
    def values(self) -> JsonObject:
        """What was entered, as it would be sent."""
        return self.state.values

    @property
    def zone(self) -> str:
        """The time zone of moments in this form."""
        return self.context.zone

    def enter(self, pointer: str, typed: Any, seq: int = 0) -> None:
        """A person entered something."""
        one = self.form.field(pointer)
        self.put(pointer, typed if one is None else convert.read(one, typed, self.zone), seq)

    def put(self, pointer: str, value: Json, seq: int = 0) -> None:
        """Set a value and bring the page up to date."""
        self.state.put(pointer, value)
        self.changed(seq)

    def changed(self, seq: int = 0) -> None:
        """Values changed: settle, redraw what follows from them, tell the page."""
        self.state.extra.clear()
        self.state.settle()
        self.refresh()
        if self.on_change is not None:
            self.on_change(seq)

    def left(self, pointer: str) -> None:
        """A field was left: its faults may be said."""
        if pointer not in self.state.touched:
            self.state.touch(pointer)
            self.refresh()

    # ------------------------------------------------------------ keeping up to date

    def refresh(self) -> None:
        """Show what is shown, say what may be said; only what differs goes to the browser."""
        if self.mode == "edit":
            said: dict[str, str] = {}
            for fault in self.state.said():
                said.setdefault(fault.pointer, fault.message.said_in(self.lang))
            for pointer, drawn in list(self.boxes.items()):
                drawn.refresh(said.get(pointer, ""))
            self._refresh_summary()
        else:
            for drawn in list(self.boxes.values()):
                drawn.refresh("")
        for section, card, note in self._sections:
            self._refresh_section(section, card, note)

    def _refresh_section(self, section: Section, card: Element, note: Text) -> None:
        shown = [name for name in section.fields if self.state.is_shown(f"/{name}") and f"/{name}" in self.boxes]
        seen = [name for name in shown if self.boxes[f"/{name}"].root.visible]
        if card.visible != bool(seen):
            card.set_visibility(bool(seen))
        if self.mode != "edit":
            return
        missing = [fault for fault in self.state.missing() if fault.pointer.split("/")[1] in section.fields]
        words = t("forms.missing", self.lang, n=len(missing)) if missing else ""
        if note.text != words:
            note.text = words

    def _refresh_summary(self) -> None:
        faults = self.state.faults_told_all()
        self._summary.set_visibility(bool(faults))
        self._summary.clear()
        if not faults:
            return
        with self._summary:
            with box("fx"):
                icon("late", "badc")
                Text("b", t("forms.to_correct", self.lang, n=len(faults)), "strong")
            with box("stack gap4", "ul"):
                for fault in faults[:12]:
                    with box(tag="li"):
                        self._fault_link(fault)

    def _fault_link(self, fault: Fault) -> None:
        line = attrs(box("linklike", "button"), type="button")
        with line:
            Text("span", fault.message.said_in(self.lang))
        line.on("click", lambda: self.focus(fault.pointer), js_handler="() => emit()")

    # ------------------------------------------------------------ completing

    def check_all(self) -> list[Fault]:
        """From now on say everything; returns what is wrong and takes the focus to the summary."""
        self.state.told_all = True
        self.state.settle()
        self.refresh()
        if self.state.faults:
            # Our own element id only.
            ui.run_javascript(f"setTimeout(() => gspDesk.focus('{self._summary.html_id}'), 30)")
        return self.state.faults

    def tell(self, faults: Sequence[Fault]) -> None:
        """Faults that the server found."""
        self.state.told_all = True
        self.state.extra = list(faults)
        self.refresh()

    def focus(self, pointer: str) -> None:
        """Go to a field (to the table that holds it, for a cell)."""
        while pointer:
            drawn = self.boxes.get(pointer)
            if drawn is not None and drawn.focus(pointer):
                return
            pointer = pointer.rpartition("/")[0]
