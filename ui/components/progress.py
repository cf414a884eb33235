"""The progress rail of a case (what happened, who is waited for, what is next) and time lines of records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from nicegui.element import Element

from ui.elements import Text, attrs, box, icon
from ui.texts import Lang, t

StepState = Literal["done", "active", "next", "failed"]


@dataclass(frozen=True)
class RailStep:
    """One cell of the rail: `who` says who did it and when, or who is waited for."""

    title: str
    state: StepState
    who: str = ""


def progress_rail(steps: Sequence[RailStep], lang: Lang, *, active: str = "") -> Element:
    """The rail: a row of cells on wide screens (scrolls sideways), a bar with one sentence on phones.

    `active` overrides the second line of the active cell on phones. The list is read out with the state of each step.
    """
    element = box("progress")
    with element:
        with attrs(box("steps", "ol"), aria_label=t("common.rail.label", lang), tabindex="0", role="list"):
            for number, step in enumerate(steps, start=1):
                _cell(number, step, lang)
        _phone(steps, lang)
    return element


def _cell(number: int, step: RailStep, lang: Lang) -> None:
    cell = attrs(box(f"st {step.state}", "li"), aria_current="step" if step.state == "active" else None)
    with cell:
        with attrs(box("c", "span"), aria_hidden="true"):
            if step.state in ("done", "failed"):
                icon("done" if step.state == "done" else "close")
            else:
                Text("span", str(number))
        attrs(Text("b", step.title), title=step.title)
        attrs(Text("span", step.who, "w"), title=step.who)
        Text("span", t("common.rail.next_state" if step.state == "next" else f"common.rail.{step.state}", lang), "sr")


def _phone(steps: Sequence[RailStep], lang: Lang) -> None:
    position = next((n for n, step in enumerate(steps) if step.state in ("active", "failed")), None)
    with box("steps-phone"):
        with attrs(box("tr"), aria_hidden="true"):
            for step in steps:
                box(step.state)
        if position is None:
            return
        with box("tx"):
            with box(tag="span"):
                Text("span", t("common.rail.step_of", lang, n=position + 1, total=len(steps)))
                Text("b", steps[position].title, "strong")
            if position + 1 < len(steps):
                Text("span", t("common.rail.next", lang, title=steps[position + 1].title), "clip")


@dataclass(frozen=True)
class Moment:
    """One entry of a time line; `draw` adds what does not fit in a sentence; `struck`: it counts no more."""

    when: str
    title: str
    note: str = ""
    icon_of: str = "step"
    tone: str = ""
    draw: Callable[[], None] | None = None
    struck: bool = False


def timeline(moments: Sequence[Moment]) -> Element:
    """What happened, in order: who, what, when in one sentence each."""
    element = box("tl", "ol")
    with element:
        for moment in moments:
            with box(tag="li"):
                with attrs(box(f"m {moment.tone}", "span"), aria_hidden="true"):
                    icon(moment.icon_of)
                with box("b"):
                    with box("fx start"):
                        Text("span", moment.title, "grow strong" + (" struck" if moment.struck else ""))
                        Text("time", moment.when, "small nowrap")
                    if moment.note:
                        Text("div", moment.note, "small")
                    if moment.draw:
                        moment.draw()
    return element
