"""The temperature of a journey: one line, the permitted band, the highest point named; the file beside it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from nicegui import ui

from ui.elements import Text, attrs, box
from ui.forms import values as convert
from ui.forms.boxes import Upload
from ui.forms.fields import FieldBox
from ui.texts import choose, t


class ChartBox(FieldBox):
    """Draws an attached logger file. Journey and range come from the fields beside it, by their glossary names."""

    labelled = False

    def draw(self) -> None:
        file = self.value()
        self.place = box("chart")
        self.file = Upload([file] if isinstance(file, dict) else [], self.lang, label=choose(self.one.label, self.lang))
        if isinstance(file, dict) and self.view.context.curve is not None:
            ui.timer(0.05, self._load, once=True)

    def is_empty(self) -> bool:
        return not isinstance(self.value(), dict)

    async def _load(self) -> None:
        if self.view.context.curve is None:
            return
        found = await self.view.context.curve({**self.view.state.shown, "transit_temp_log": self.value()})
        if found is None or self.root.is_deleted:
            return
        self.place.clear()
        with self.place:
            self._chart(found)

    def _chart(self, found: Any) -> None:
        points = [(convert.local(at, self.view.zone) or at, float(celsius)) for at, celsius in found["points"]]
        if not points:
            return
        low, high = self._limit("temp_min"), self._limit("temp_max")
        top, bottom = max(points, key=lambda p: p[1]), min(points, key=lambda p: p[1])
        words = t(
            "forms.chart.said",
            self.lang,
            n=found["count"],
            low=f"{bottom[1]:g}",
            high=f"{top[1]:g}",
            begin=points[0][0],
            end=points[-1][0],
        )
        drawing = ui.echart(_options(points, low, high, top)).classes("curve")
        attrs(drawing, role="img", aria_label=words)
        Text("div", words, "small")

    def _limit(self, name: str) -> float | None:
        value = self.view.state.shown.get(name)
        return float(value) if isinstance(value, int | Decimal) else None


_INK, _LINE, _LIMIT, _BAND = "#475569", "#075985", "#7dc3e8", "rgba(224,242,254,.8)"


def _options(points: list[tuple[str, float]], low: float | None, high: float | None, top: tuple[str, float]) -> Any:
    spread = [celsius for _, celsius in points] + [limit for limit in (low, high) if limit is not None]
    label = {"color": _INK, "fontSize": 11}
    sparse = {"showMinLabel": True, "showMaxLabel": True, "interval": max(1, len(points) // 3)}
    plain = {"axisLine": {"show": False}, "axisTick": {"show": False}}
    return {
        "animation": False,
        "textStyle": {"fontFamily": "Noto Sans SC Variable, sans-serif"},
        "grid": {"left": 34, "right": 14, "top": 26, "bottom": 24},
        "xAxis": {"type": "category", "data": [at[5:] for at, _ in points], "axisLabel": {**label, **sparse}, **plain},
        "yAxis": {
            "type": "value",
            "min": round(min(spread) - 1),
            "max": round(max(spread) + 1),
            "splitLine": {"show": False},
            "axisLabel": label,
        },
        "tooltip": {"trigger": "axis"},
        "series": [{**_curve(points, top), **_limits(low, high)}],
    }


def _curve(points: list[tuple[str, float]], top: tuple[str, float]) -> dict[str, Any]:
    """One line, its highest point named."""
    words = {"show": True, "position": "top", "color": _LINE, "formatter": f"{top[1]:g} ℃ {top[0][-5:]}"}
    return {
        "type": "line",
        "data": [celsius for _, celsius in points],
        "showSymbol": False,
        "lineStyle": {"color": _LINE, "width": 2},
        "itemStyle": {"color": _LINE},
        "markPoint": {"symbol": "circle", "symbolSize": 8, "label": words, "data": [{"coord": [top[0][5:], top[1]]}]},
    }


def _limits(low: float | None, high: float | None) -> dict[str, Any]:
    """The permitted band with a line at each limit."""
    lines = [{"yAxis": limit} for limit in (low, high) if limit is not None]
    band = [[{"yAxis": low if low is not None else -40}, {"yAxis": high if high is not None else 60}]]
    dashed = {"color": _LIMIT, "type": "dashed"}
    return {
        "markArea": {"silent": True, "itemStyle": {"color": _BAND}, "data": band if lines else []},
        "markLine": {"silent": True, "symbol": "none", "lineStyle": dashed, "label": {"show": False}, "data": lines},
    }
