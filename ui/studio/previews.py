"""The forms tab: every form in both languages side by side with a sample case, drawn by the renderer of real tasks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from domain.errors import GspError
from forms.model import load_form
from ui.components.panels import empty, note
from ui.elements import Text, attrs, box, button
from ui.forms import FormContext, FormView
from ui.guard import acting
from ui.studio.desk import CASES
from ui.studio.samples import sample_values, typed_in_tests
from ui.texts import LANGS, Lang
from workflows.language.diagram import title_of
from workflows.language.findings import Report
from workflows.language.outline import outline_of
from workflows.language.source import read_yaml

if TYPE_CHECKING:
    from ui.studio.bench import Bench


async def draw(bench: Bench) -> None:
    """The list of forms, and the chosen one twice."""
    forms = sorted(name for name in bench.desk.files if name.startswith("forms/"))
    if not forms:
        empty(bench.t("studio.forms.none"), bench.t("studio.forms.none_body"), icon_of="form")
        return
    chosen = bench.file if bench.file in forms else _form_of_step(bench) or _first_form(bench, forms)
    with box("studioforms"):
        with attrs(box("formlist"), role="group", aria_label=bench.t("studio.forms.list")):
            for name in forms:
                tab = attrs(
                    box("ft", "button"),
                    type="button",
                    aria_pressed=str(name == chosen).lower(),
                    data_testid=f"form.{name}",
                )
                with tab:
                    Text("span", name, "mono")
                    Text("span", _used_by(bench, name), "small")
                tab.on("click", acting(lambda name=name: _choose(bench, name)), js_handler="() => emit()")
        with box("formpane grow"):
            draw_pair(bench, chosen)


async def _choose(bench: Bench, name: str) -> None:
    bench.file = name
    await bench.draw_tab()


def _form_of_step(bench: Bench) -> str | None:
    step = outline_of(bench.desk.meaning()["definition"]).by_id.get(bench.step or "")
    form = step.text("form") if step else None
    return form if form in bench.desk.files else None


def _first_form(bench: Bench, forms: list[str]) -> str:
    outline = outline_of(bench.desk.meaning()["definition"])
    return next((form for step in outline.steps if (form := step.text("form")) in forms), forms[0]) or forms[0]


def _used_by(bench: Bench, name: str) -> str:
    """Where a form is filled in, in words."""
    definition: Any = bench.desk.meaning()["definition"]
    body = definition if isinstance(definition, dict) else {}
    words: list[str] = []
    if isinstance(body.get("start"), dict) and body["start"].get("form") == name:
        words.append(bench.t("studio.forms.at_start"))
    if isinstance(body.get("data"), dict) and body["data"].get("schema") == name:
        words.append(bench.t("studio.forms.as_data"))
    words += [
        title_of(step).said_in(bench.viewer.lang) for step in outline_of(definition).steps if step.text("form") == name
    ]
    return " · ".join(words) or bench.t("studio.forms.unused")


def draw_pair(bench: Bench, name: str) -> None:
    """One form in Chinese and English with the same sample; a form with faults says so instead."""
    forms = cast("Mapping[str, Any]", bench.desk.meaning()["forms"])
    form = forms.get(name)
    with box("pairhead"):
        Text("h2", bench.t("studio.forms.preview"))
        Text("span", name, "mono muted")
        box("grow")
        if bench.tab == "forms":
            button(bench.t("studio.forms.edit"), acting(lambda: _edit(bench, name)), icon_of="edit", small=True)
    try:
        model = load_form(form) if isinstance(form, dict) else None
        values = sample_values(model, _tried(bench, name)) if model else {}
    except (GspError, KeyError, TypeError, ValueError, AttributeError):
        # A form that is half typed cannot be drawn; its findings stand under their lines.
        model, values = None, {}
    if model is None:
        note(bench.t("studio.forms.broken"), tone="yellow", icon_of="warning")
        return
    with box("pair"):
        for lang in LANGS:
            _one(bench, form, values, lang)
    Text("p", bench.t("studio.forms.note"), "small")


def _tried(bench: Bench, name: str) -> dict[str, Any]:
    text = bench.desk.files.get(CASES)
    tests = read_yaml(text, CASES, Report()).value if text else None
    return typed_in_tests(tests, bench.desk.meaning()["definition"], name)


def _one(bench: Bench, form: Any, values: Any, lang: Lang) -> None:
    heading = {"zh": "中文", "en": "English"}[lang]
    with attrs(box("card pairform", "section"), lang="zh-CN" if lang == "zh" else "en", aria_label=heading):
        with box("cardhead"):
            Text("h3", heading)
        with box("pairbody"):
            FormView(form, values, lang, mode="edit", layout="narrow", context=FormContext(target=values))


async def _edit(bench: Bench, name: str) -> None:
    bench.file = name
    await bench.go("yaml")
