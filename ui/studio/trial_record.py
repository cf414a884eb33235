"""A play recorded as a test: its name in both languages, then its place at the end of `cases.yaml`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nicegui.element import Element

from services.play import Game
from ui.components.actions import toast
from ui.elements import Text, attrs, box, button
from ui.guard import acting
from ui.studio.desk import CASES

if TYPE_CHECKING:
    from ui.studio.trial import Trial


def recording(trial: Trial, game: Game) -> None:
    """Two names and a button; only a draft takes new tests."""
    bench = trial.bench
    names: dict[str, str] = {}
    at = game.opened_at[:16].replace("T", " ")
    with box("playmore", "details"):
        Text("summary", bench.t("trial.record.title"))
        with box("cardnote stack"):
            Text("p", bench.t("trial.record.about"), "small")
            for lang in ("zh", "en"):
                names[lang] = bench.t(f"trial.record.default_{lang}", at=at)
                _name(bench.t(f"trial.record.name_{lang}"), names, lang)

            async def record() -> None:
                text = game.recorded_into(bench.desk.files.get(CASES), names["zh"], names["en"])
                if text is None:
                    toast(bench.t("trial.record.shape"), tone="bad", lang=bench.viewer.lang)
                    return
                bench.desk.write(CASES, text) if CASES in bench.desk.files else bench.desk.add(CASES, text)
                trial.game_of = dict(bench.desk.files)
                bench.tell_dirty()
                await bench.check()
                bench.draw_head()
                toast(bench.t("trial.record.done"), tone="good", lang=bench.viewer.lang)

            why = None if bench.desk.editable else bench.t("trial.record.draft_only")
            words = bench.t("trial.record.add")
            button(words, acting(record), icon_of="add", small=True, off_because=why, mark="play.record")


def _name(words: str, names: dict[str, str], lang: str) -> Element:
    with box("field"):
        caption = Text("label", words)
        control = attrs(
            box("box", "input"), type="text", value=names[lang], maxlength=120, data_testid=f"record.{lang}"
        )
        attrs(control, id=control.html_id)
        attrs(caption, for_=control.html_id)

    def typed(event: Any) -> None:
        # kept in the props too: the browser draws them again when something else on the page changes
        names[lang] = control.props["value"] = str(event.args)

    control.on("input", typed, js_handler="(e) => emit(e.target.value)")
    return control
