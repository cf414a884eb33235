"""The text tab: files in one editor, findings under their line, the list of problems, a preview beside a form."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import TYPE_CHECKING, Any

from nicegui import background_tasks, ui
from nicegui.element import Element

from ui.components.actions import confirm
from ui.elements import Text, attrs, box, button, field, icon, icon_button, key_hint
from ui.guard import acting
from ui.studio.desk import CASES, FILE_NAME, PROCESS
from ui.studio.previews import draw_pair
from ui.studio.starter import FORMS, text_of

if TYPE_CHECKING:
    from ui.studio.bench import Bench

CHECK_AFTER = 0.4
"""Seconds without a key before the texts are checked."""
MARKED_MAX = 200
"""Findings drawn into the text; the list has all of them."""
TABLE = """table: {name}
hit: first
inputs:
- {{name: amount, expr: start.subject}}
outcomes: [pass, fail]
rules:
- {{when: ['-'], then: pass}}
"""
CASES_START = "cases: []\n"


async def draw(bench: Bench) -> None:
    """Draw the tab and bring the chosen step into view."""
    tab = EditorTab(bench)
    tab.draw()
    bench.viewer.leaving[:] = [bench._save_before_leaving]
    if bench.step:
        tab.reveal_step(bench.step)


class EditorTab:
    """One editor over all files of the version."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.desk = bench, bench.desk
        if bench.file not in self.desk.files:
            bench.file = PROCESS
        self.at = -1
        self.waiting: asyncio.Task[None] | None = None
        self.code: ui.codemirror
        self.files: Element
        self.place: Element
        self.problems: Element
        self.preview: Element

    def draw(self) -> None:
        """Files, editor, problems; a form's file has its preview at the side."""
        self.grid = box("studiotext")
        with self.grid:
            with box("textpane"):
                self.files = attrs(box("filetabs"), role="group", aria_label=self.bench.t("studio.editor.files"))
                self.place = box("codebox")
                self.problems = attrs(box("problems", "section"), aria_label=self.bench.t("studio.editor.problems"))
            self.preview = attrs(box("formpane", "section"), aria_label=self.bench.t("studio.forms.preview"))
        self._draw_all()
        ui.keyboard(on_key=self._key, ignore=[])

    def _draw_all(self) -> None:
        self._draw_files()
        self._draw_code()
        self._draw_problems()
        self._draw_preview()

    # ------------------------------------------------------------ files
    def _draw_files(self) -> None:
        self.files.clear()
        bench = self.bench
        with self.files:
            for name in self.desk.order():
                number = sum(1 for finding in self.desk.findings if finding["file"] == name)
                tab = attrs(
                    box("ft", "button"),
                    type="button",
                    aria_pressed=str(name == bench.file).lower(),
                    data_testid=f"file.{name}",
                )
                with tab:
                    Text("span", name, "mono")
                    if number:
                        Text("span", str(number), "chip red")
                tab.on("click", partial(self.show, name), js_handler="() => emit()")
            if self.desk.editable:
                icon_button("add", bench.t("studio.editor.add"), self._ask_add, mark="file.add")
                if bench.file != PROCESS:
                    if bench.file != CASES:
                        icon_button(
                            "edit",
                            bench.t("studio.editor.rename", file=bench.file),
                            self._ask_rename,
                            mark="file.rename",
                        )
                    icon_button(
                        "delete", bench.t("studio.editor.remove", file=bench.file), self._ask_remove, mark="file.remove"
                    )
            box("grow")
            with attrs(box("fx gap4 keysay", "span"), aria_hidden="true"):
                key_hint("F8")
                Text("span", bench.t("studio.editor.next_problem"))
                key_hint("Ctrl", "S")
                Text("span", bench.t("studio.save"))

    def show(self, file: str, line: int | None = None, column: int | None = None) -> None:
        """Open a file, at a line if one is given."""
        if file != self.bench.file:
            self.bench.file = file
            self._draw_files()
            self._draw_code()
            self._draw_preview()
        if line:
            self._jump(line, column or 1)

    def _ask_add(self) -> None:
        t = self.bench.t
        self._ask(t("studio.editor.add"), t("studio.editor.add_body"), "forms/", self._add)

    def _ask_rename(self) -> None:
        t = self.bench.t
        self._ask(
            t("studio.editor.rename", file=self.bench.file),
            t("studio.editor.rename_body"),
            self.bench.file,
            self._rename,
        )

    def _ask(self, title: str, body: str, value: str, then: Any) -> None:
        """A small dialog for the name of a file."""
        viewer = self.bench.viewer
        dialog = ui.dialog(value=True)
        attrs(dialog, aria_label=title)
        with dialog, box("dlg narrow"), attrs(box(tag="form"), novalidate=True, autocomplete="off") as form:
            with box("h"):
                icon("file", "l")
                Text("h1", title, "grow")
            with box("c"), box("stack"):
                Text("p", body, "small")
                field(
                    self.bench.t("studio.editor.name"),
                    name="name",
                    value=value,
                    maxlength=120,
                    autofocus=True,
                    data_testid="file.name",
                )
                said = attrs(Text("div", "", "msg"), role="alert")
            with box("f"):
                box("grow")
                button(viewer.t("common.verbs.back"), dialog.close, keys=("Esc",))
                button(self.bench.t("studio.editor.take"), kind="primary", submit=True, mark="file.take")

        def entered(event: Any) -> None:
            said.text = then(str(event.args.get("name", "")).strip()) or ""
            if not said.text:
                dialog.close()

        form.on(
            "submit",
            entered,
            js_handler="(e) => { e.preventDefault(); emit(Object.fromEntries(new FormData(e.target))) }",
        )

    def _wrong_name(self, name: str) -> str | None:
        if not FILE_NAME.fullmatch(name):
            return self.bench.t("studio.editor.name_wrong")
        return self.bench.t("studio.editor.name_taken", file=name) if name in self.desk.files else None

    def _add(self, name: str) -> str | None:
        wrong = self._wrong_name(name)
        if wrong:
            return wrong
        stem = name.removeprefix("tables/").split(".")[0]
        text = (
            text_of(FORMS[0])
            if name.startswith("forms/")
            else CASES_START
            if name == CASES
            else TABLE.format(name=stem)
        )
        self.desk.add(name, text)
        self.bench.file = name
        self._after_files()
        return None

    def _rename(self, name: str) -> str | None:
        if name == self.bench.file:
            return None
        wrong = self._wrong_name(name)
        if wrong:
            return wrong
        self.desk.rename(self.bench.file, name)
        self.bench.file = name
        self._after_files()
        return None

    def _ask_remove(self) -> None:
        file = self.bench.file

        def remove() -> None:
            self.desk.remove(file)
            self.bench.file = PROCESS
            self._after_files()

        t = self.bench.t
        confirm(
            t("studio.editor.remove", file=file),
            t("studio.editor.remove_body"),
            t("studio.editor.remove_yes"),
            remove,
            self.bench.viewer.lang,
            kind="danger",
        )

    def _after_files(self) -> None:
        self._draw_all()
        self.bench.draw_head()
        self.bench.tell_dirty()
        self._soon()

    # ------------------------------------------------------------ the editor
    def _draw_code(self) -> None:
        self.place.clear()
        file, editable = self.bench.file, self.desk.editable
        with self.place:
            self.code = ui.codemirror(
                self.desk.files[file],
                language="JSON" if file.endswith(".json") else "YAML",
                indent="  ",
                line_wrapping=False,
                on_change=lambda event: self._typed(file, event.value),
                theme="vscodeLight",
                keymap={"Mod-s": acting(self.bench.save)},
                decorations=self._decorations(),
            )
            attrs(self.code, data_testid="studio.code")
            if not editable:
                self.code.disable()
        # A constant of the catalogue and our own element id; the name is that of the tab above.
        label = json.dumps(self.bench.t("studio.editor.code"))
        ui.run_javascript(
            f"setTimeout(async () => {{ const editor = await getElement({self.code.id})?.editorPromise; if (!editor) return;"
            f" editor.contentDOM.setAttribute('aria-label', {label}); editor.scrollDOM.tabIndex = 0; }}, 50)"
        )

    def _typed(self, file: str, text: str) -> None:
        was = self.desk.dirty
        self.desk.write(file, text)
        if self.desk.dirty and not was:
            self.bench.draw_head()
            self.bench.tell_dirty()
        self._soon()

    def _soon(self) -> None:
        """Check when the person pauses; a later key starts the pause anew."""
        if self.waiting is not None:
            self.waiting.cancel()
        client = ui.context.client

        async def later() -> None:
            await asyncio.sleep(CHECK_AFTER)
            with client.content:
                await self._check()

        self.waiting = background_tasks.create(later())

    async def _check(self) -> None:
        checked = dict(self.desk.files)
        await self.bench.check()
        if self.grid.is_deleted or checked != self.desk.files:
            return  # the tab was left, or more was typed: the next check is on its way
        self._mark()
        self._draw_files()
        self._draw_problems()
        self._draw_preview()
        self.bench.draw_head()

    def _mark(self) -> None:
        """Findings into the text that is shown.

        By a method, not by the property: a change of a property sends the text again as the server last saw it, and
        would take away what was typed in the meantime.
        """
        self.code.run_method("setDecorations", self._decorations())

    def _decorations(self) -> list[dict[str, Any]]:
        """A tinted line, a wavy mark, and the sentence under the line, for each finding of the file."""
        text = self.desk.files[self.bench.file]
        starts = _line_starts(text)
        decorations: list[dict[str, Any]] = []
        for finding in self._here()[:MARKED_MAX]:
            line = min(max(1, finding["line"]), len(starts))
            end = starts[line] - 1 if line < len(starts) else len(text)
            begin = min(starts[line - 1] + max(0, finding["column"] - 1), end)
            decorations += _marks_of(finding, line, begin, _word_end(text, begin, end), end)
        return decorations

    def _here(self) -> list[Any]:
        return [finding for finding in self.desk.findings if finding["file"] == self.bench.file]

    # ------------------------------------------------------------ problems
    def _draw_problems(self) -> None:
        self.problems.clear()
        findings, t = self.desk.findings, self.bench.t
        errors = self.desk.errors
        with self.problems:
            with attrs(box("probhead"), role="status"):
                if not findings:
                    icon("passed", "okc")
                    Text("b", t("studio.editor.fine"))
                else:
                    Text("b", t("studio.editor.problems"))
                    if errors:
                        Text("span", t("studio.editor.errors", n=errors), "chip red")
                    if len(findings) > errors:
                        Text("span", t("studio.editor.warnings", n=len(findings) - errors), "chip yellow")
                box("grow")
                Text(
                    "span",
                    t("studio.editor.lines", file=self.bench.file, n=self.desk.files[self.bench.file].count("\n") + 1),
                    "small",
                )
            with box("problist", "ol"):
                for index, finding in enumerate(findings):
                    self._problem(index, finding)

    def _problem(self, index: int, finding: Any) -> None:
        with box(tag="li"):
            row = attrs(
                box("prob" + (" on" if index == self.at else ""), "button"), type="button", data_testid="problem"
            )
            with row:
                error = finding["severity"] == "error"
                icon(
                    "late" if error else "warning",
                    "badc" if error else "warnc",
                    name=self.bench.t(f"studio.editor.{finding['severity']}"),
                )
                Text("span", finding["code"], "mono")
                Text("span", f"{finding['file']}:{finding['line']}", "mono muted")
                Text("span", finding["message"], "grow")
            row.on("click", lambda: self.go_to(index), js_handler="() => emit()")

    def go_to(self, index: int) -> None:
        """Jump to the line of a finding."""
        self.at = index
        finding = self.desk.findings[index]
        self.show(finding["file"], finding["line"], finding["column"])
        self._draw_problems()

    def next_problem(self) -> None:
        """F8: the next finding, from the last on to the first."""
        if self.desk.findings:
            self.go_to((self.at + 1) % len(self.desk.findings))

    async def _key(self, event: Any) -> None:
        if event.action.keydown and not event.action.repeat and event.key == "F8":
            self.next_problem()

    def _jump(self, line: int, column: int) -> None:
        self.code.reveal_line(line)
        # Numbers and our own element id only: nothing from data enters the script.
        ui.run_javascript(
            f"setTimeout(() => {{ const v = getElement({self.code.id})?.editor; if (!v) return;"
            f" const l = v.state.doc.line(Math.min({int(line)}, v.state.doc.lines));"
            f" v.dispatch({{selection: {{anchor: Math.min(l.to, l.from + {int(column) - 1})}}, scrollIntoView: true}}); v.focus(); }}, 80)"
        )

    def reveal_step(self, step: str) -> None:
        """Bring the text of a step into view."""
        for number, line in enumerate(self.desk.files[PROCESS].splitlines(), start=1):
            if f"id: {step}" in line and line.split(f"id: {step}")[1][:1] in ("", ",", " ", "}"):
                self.show(PROCESS, number, 1)
                return

    # ------------------------------------------------------------ preview
    def _draw_preview(self) -> None:
        file = self.bench.file
        form = file.startswith("forms/")
        self.grid.classes(add="withform" if form else "", remove="" if form else "withform")
        self.preview.clear()
        if form:
            with self.preview:
                draw_pair(self.bench, file)


def _marks_of(finding: Any, line: int, begin: int, word_end: int, line_end: int) -> list[dict[str, Any]]:
    tone = "bad" if finding["severity"] == "error" else "warn"
    says = f"{finding['code']}  {finding['message']}"
    marks: list[dict[str, Any]] = [{"kind": "line", "line": line, "class": f"cm-line-{tone}"}]
    if word_end > begin:
        marks.append({"kind": "mark", "from": begin, "to": word_end, "class": f"cm-mark-{tone}"})
    return [*marks, {"kind": "widget", "position": line_end, "text": says, "class": f"cm-says {tone}", "side": 1}]


def _line_starts(text: str) -> list[int]:
    starts = [0]
    for index, character in enumerate(text):
        if character == "\n":
            starts.append(index + 1)
    return starts


def _word_end(text: str, begin: int, end: int) -> int:
    """The end of what begins here: up to a comma, a bracket or a comment, at least one character."""
    for index in range(begin, end):
        if text[index] in ",}]#" and index > begin:
            return index
    return end
