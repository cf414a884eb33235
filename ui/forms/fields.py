"""One field each: its label, its control, its message. ``box_for`` chooses the control for a field."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from nicegui import ui
from nicegui.element import Element

from forms.model import Field
from ui.elements import Text, attrs, box, icon
from ui.forms import values as convert
from ui.forms.boxes import Entry, Upload
from ui.texts import Lang, choose, t
from ui.trace.links import NUMBERS, trace_of

if TYPE_CHECKING:
    from ui.forms.view import FormView

#: Columns of twelve a field takes when its form does not say.
SPANS = {"textarea": 12, "grid": 12, "file": 6, "photo": 6, "udi_scan": 12, "temperature_chart": 12, "group": 12}
NUMBER_KEYS = "(e) => { if (e.key >= '1' && e.key <= '9' && !e.ctrlKey) { e.preventDefault(); emit(e.key) } }"


class FieldBox:
    """A field on the page. Subclasses draw the control; ``refresh`` brings it up to date."""

    labelled = True

    def __init__(self, view: FormView, one: Field, pointer: str) -> None:
        self.view, self.one, self.pointer = view, one, pointer
        self.lang: Lang = view.lang
        self._said = ""
        span = one.columns or SPANS.get(one.widget, 12 if one.is_grid else 4)
        self.root = box(f"field s{span} {self.classes()}")
        with self.root:
            self._label()
            self.draw()
            if one.help and view.mode == "edit":
                self.help = Text("div", choose(one.help, self.lang), "small")
            self.message = attrs(Text("div", "", "msg"), role="status")
        self.describe(self.message.html_id)

    def classes(self) -> str:
        """Extra classes of the field."""
        return ""

    def _label(self) -> None:
        self.caption = Text("label" if self.labelled else "span", choose(self.one.label, self.lang), "lb")
        attrs(self.caption, id=self.caption.html_id)
        if self.one.required and not self.one.read_only and self.view.mode == "edit":
            with self.caption:
                attrs(Text("span", " *", "req"), aria_hidden="true")

    def draw(self) -> None:
        """Draw the control."""

    def describe(self, message_id: str) -> None:
        """Tie the control to its message."""

    def value(self) -> Any:
        """The value at this place."""
        return self.view.state.get(self.pointer)

    def refresh(self, fault: str) -> None:
        """Show or hide the field and say its fault (empty for none)."""
        shown = self.view.state.is_shown(self.pointer) and not self.is_empty()
        if self.root.visible != shown:
            self.root.set_visibility(shown)
        if fault != self._said:
            self._said = fault
            self.message.text = fault
            self.root.classes(add="error" if fault else "", remove="" if fault else "error")
            self.tell(invalid=bool(fault))

    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return False

    def tell(self, *, invalid: bool) -> None:
        """Mark the control itself as wrong."""

    def push(self) -> None:
        """The value was changed from elsewhere: show it."""

    def focus(self, pointer: str) -> bool:
        """Take the focus; False when there is nothing to focus."""
        target = self.focus_id()
        if target is None or pointer != self.pointer:
            return False
        ui.run_javascript(f"gspDesk.focus('{target}')")  # our own element id only
        return True

    def focus_id(self) -> str | None:
        """The id of what takes the focus."""
        return None


class TypedBox(FieldBox):
    """Text, number, date, moment, choice or tick."""

    def classes(self) -> str:
        return {"integer": "isnum", "number": "isnum", "boolean": "istick"}.get(self.one.type, "")

    def draw(self) -> None:
        one = self.one
        self.entry = Entry(
            self.kind(),
            convert.typed(one, self.value(), self.view.zone),
            partial(self.view.enter, self.pointer),
            choices=[{"value": convert.plain(key), "label": choose(words, self.lang)} for key, words in one.enum]
            or None,
            unit=one.unit,
            placeholder=self._placeholder(),
            mode=self._mode(),
            required=one.required or None,
            first=one.autofocus or None,
            pick_label=t("forms.open_calendar", self.lang),
            scan=one.scan or None,
            max=one.max_length,
            mark=f"field{self.pointer}",
        ).on_left(partial(self.view.left, self.pointer))
        attrs(self.caption, for_=self.entry.cid)

    def kind(self) -> str:
        """Which box."""
        if self.one.enum:
            return "select"
        kinds = {"boolean": "checkbox", "integer": "number", "number": "number"}
        if self.one.widget in ("textarea", "checkbox"):
            return self.one.widget
        return {"date": "date", "date-time": "datetime"}.get(self.one.format or "", kinds.get(self.one.type, "text"))

    def _mode(self) -> str | None:
        return {"integer": "numeric", "number": "decimal"}.get(self.one.type)

    def _placeholder(self) -> str | None:
        if self.one.placeholder:
            return choose(self.one.placeholder, self.lang)
        return {"date": "2026-11-03", "date-time": "2026-11-03 08:47", "time": "08:47"}.get(self.one.format or "")

    def tell(self, *, invalid: bool) -> None:
        self.entry.tell(invalid=invalid)

    def describe(self, message_id: str) -> None:
        self.entry.props["describedby"] = message_id

    def push(self) -> None:
        self.entry.push(convert.typed(self.one, self.value(), self.view.zone))

    def focus_id(self) -> str | None:
        return self.entry.cid


class Segments(FieldBox):
    """One of a few, all in sight; the keys 1, 2 … choose, one Tab leads on."""

    labelled = False

    def draw(self) -> None:
        upright = " upright" if self.one.widget == "radio" or len(self.one.enum) > 4 else ""
        self.group = attrs(box(f"seg spread{upright}"), role="group", aria_labelledby=self.caption.html_id)
        self.group.on("keydown", self._key, js_handler=NUMBER_KEYS)
        self.buttons: list[tuple[Any, Element]] = []
        with self.group:
            for key, words in self.one.enum:
                choice = attrs(box(_tone(key), "button"), type="button", data_testid=f"field{self.pointer}={key}")
                with choice:
                    icon("done", "tick")
                    Text("span", choose(words, self.lang))
                choice.on("click", partial(self._choose, key), js_handler="() => emit()")
                self.buttons.append((key, choice))
        self.push()

    def _key(self, event: Any) -> None:
        number = int(event.args) - 1
        if number < len(self.buttons):
            self._choose(self.buttons[number][0])

    def _choose(self, key: Any) -> None:
        self.view.state.touch(self.pointer)
        self.view.put(self.pointer, key)
        self.push()

    def push(self) -> None:
        value = self.value()
        chosen = next((n for n, (key, _) in enumerate(self.buttons) if key == value), 0)
        for number, (key, choice) in enumerate(self.buttons):
            attrs(
                choice,
                aria_pressed=str(key == value).lower(),
                tabindex="0" if number == chosen else "-1",
                id=choice.html_id,
            )

    def focus_id(self) -> str | None:
        return self.buttons[0][1].html_id


def _tone(key: Any) -> str:
    return {"pass": "good", "fail": "bad"}.get(str(key), "")


class FilesBox(FieldBox):
    """One attachment, or a list of them."""

    def draw(self) -> None:
        self.many = self.one.type == "array"
        self.upload = Upload(
            self.files(),
            self.lang,
            None if self.view.mode == "read" or self.one.read_only else self._stored,
            self._removed,
            many=self.many or None,
            photo=self.one.widget == "photo" or None,
            label=choose(self.one.label, self.lang),
            mark=f"field{self.pointer}",
        )
        attrs(self.caption, for_=self.upload.cid)

    def files(self) -> list[Any]:
        """The files that are there."""
        value = self.value()
        return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]

    def is_empty(self) -> bool:
        return (self.one.read_only or self.view.mode == "read") and not self.files()

    def _stored(self, file: Any) -> None:
        self.view.put(self.pointer, [*self.files(), file] if self.many else file)
        self.push()

    def _removed(self, sha256: str) -> None:
        rest = [file for file in self.files() if file.get("sha256") != sha256]
        self.view.put(self.pointer, (rest or None) if self.many else None)
        self.push()

    def push(self) -> None:
        self.upload.push(self.files())

    def focus_id(self) -> str | None:
        return self.upload.cid


class ReadBox(FieldBox):
    """What the system knows or works out: words, not a box to type into."""

    labelled = False

    def classes(self) -> str:
        kind = "computed" if self.one.computed is not None else "fact"
        return f"{kind} isnum" if self.one.type in ("integer", "number") else kind

    def draw(self) -> None:
        self.words = attrs(Text("div", self._text(), "fval"), data_testid=f"field{self.pointer}")

    def _text(self) -> str:
        return convert.said(self.one, self.value(), self.lang, self.view.zone)

    def is_empty(self) -> bool:
        return self.one.computed is None and not self._text()

    def refresh(self, fault: str) -> None:
        words = self._text() or "—"
        if self.words.text != words:
            self.words.text = words
        super().refresh(fault)


class TracedBox(ReadBox):
    """A lot or serial number that leads to where the goods came from and went; another tab, so that the form stays."""

    def draw(self) -> None:
        self.words = attrs(Text("a", self._text(), "fval tap"), data_testid=f"field{self.pointer}", target="_blank")
        self._lead()

    def refresh(self, fault: str) -> None:
        super().refresh(fault)
        self._lead()

    def _lead(self) -> None:
        row = self.view.state.get(self.pointer.rpartition("/")[0])
        way = trace_of(self.one.name, self.value(), row if isinstance(row, dict) else None)
        if self.words.props.get("href") != way:
            attrs(self.words, href=way or "/trace")


class Lines(TypedBox):
    """A list of single values: one a line."""

    def kind(self) -> str:
        return "textarea"

    def draw(self) -> None:
        self.entry = Entry(
            "textarea", self._text(), self._changed, required=self.one.required or None, mark=f"field{self.pointer}"
        ).on_left(partial(self.view.left, self.pointer))
        attrs(self.caption, for_=self.entry.cid)
        Text("div", t("forms.one_a_line", self.lang), "small")

    def _text(self) -> str:
        value = self.value()
        return "\n".join(convert.plain(one) for one in value) if isinstance(value, list) else ""

    def _changed(self, typed: Any, seq: int) -> None:
        item = self.one.item
        lines = [line.strip() for line in str(typed).splitlines() if line.strip()]
        values = [convert.read(item, line, self.view.zone) if item else line for line in lines]
        self.view.put(self.pointer, values or None, seq)

    def push(self) -> None:
        self.entry.push(self._text())


class Group(FieldBox):
    """The fields of a nested object under one heading."""

    labelled = False

    def draw(self) -> None:
        with attrs(box("fgrid group"), role="group", aria_labelledby=self.caption.html_id):
            self.inner = [self.view.add(f"{self.pointer}/{one.name}") for one in self.one.fields]


def box_for(view: FormView, one: Field, pointer: str) -> FieldBox:
    """The control for a field, by its widget and type."""
    from ui.forms.chart import ChartBox
    from ui.forms.grid import ReadTable, RowsBox, TableBox, is_small
    from ui.forms.scan import ScanBox

    read = view.mode == "read" or one.read_only
    if one.widget == "temperature_chart":
        return ChartBox(view, one, pointer)
    if one.is_grid:
        if read:
            return ReadTable(view, one, pointer)
        return (RowsBox if is_small(one) else TableBox)(view, one, pointer)
    if one.format == "attachment" or (one.item is not None and one.item.format == "attachment"):
        return FilesBox(view, one, pointer)
    if one.fields:
        return Group(view, one, pointer)
    if read:
        return (TracedBox if one.name in NUMBERS else ReadBox)(view, one, pointer)
    if one.widget == "udi_scan":
        return ScanBox(view, one, pointer)
    if one.enum and one.widget in ("segmented", "radio"):
        return Segments(view, one, pointer)
    return (Lines if one.type == "array" else TypedBox)(view, one, pointer)
