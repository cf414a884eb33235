"""`TraceGraph`: the picture of a trace as an element; its twin is the table beside it. Its script is `trace_graph.js`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from ui.texts import Lang, label, t
from ui.theme.icons import icon_name
from ui.trace.picture import WIDTH, Node, Picture

KIND_ICONS = {
    "supplier": "supplier",
    "lot": "lot",
    "others": "each",
    "store": "site",
    "transit": "truck",
    "customer": "hospital",
    "sent_back": "returned",
    "destroyed": "delete",
    "adjusted": "rule",
    "found": "add",
    "elsewhere": "badge",
    "other_sites": "site",
    "repacked": "repack",
    "group": "each",
}


class TraceGraph(Element, component="trace_graph.js"):
    """`on_choose(node)` when a box is chosen, `on_expand(group)` when a folded group is to be opened."""

    def __init__(
        self,
        picture: Picture,
        lang: Lang,
        roots: set[str],
        *,
        on_choose: Callable[[str], Any],
        on_expand: Callable[[str], Any],
    ) -> None:
        super().__init__()
        self.lang: Lang = lang
        self._roots = roots
        self._props["picture"] = as_props(picture, lang, roots)
        self._props["words"] = {
            name: t(f"trace.graph.{name}", lang) for name in ("graph", "zoom_in", "zoom_out", "fit")
        }
        self.on("choose", lambda event: on_choose(_text(event)))
        self.on("expand", lambda event: on_expand(_text(event)))

    def show(self, picture: Picture) -> None:
        """Another picture of the same goods."""
        self._props["picture"] = as_props(picture, self.lang, self._roots)
        self.update()

    def select(self, node: str | None) -> None:
        """Ring a box and bring it into view; no event comes back."""
        self.run_method("select", node)


def _text(event: GenericEventArguments) -> str:
    return str(event.args)


def as_props(picture: Picture, lang: Lang, roots: set[str]) -> dict[str, Any]:
    """The picture in words of one language."""
    return {
        "width": picture.width,
        "height": picture.height,
        "nodes": [_node(node, lang, roots) for node in picture.nodes],
        "lines": [
            {"id": n, "from": line.source, "to": line.target, "kind": line.kind, "width": line.width, "path": line.path,
             "x": line.x, "y": line.y, "label": f"{line.qty:,}"}
            for n, line in enumerate(picture.lines)
        ],
    }  # fmt: skip


def _node(node: Node, lang: Lang, roots: set[str]) -> dict[str, Any]:
    title, rows = name_of(node, lang), _facts(node, lang)
    kind = node.facts.get("of", node.kind)
    spoken = [label("trace.kind", kind, lang), title, *(f"{row['label']} {row['value']}" for row in rows)]
    return {
        "id": node.id,
        "kind": node.kind,
        "icon": icon_name(KIND_ICONS.get(kind, "info")),
        "title": title,
        "rows": rows,
        "spoken": ", ".join(part for part in spoken if part),
        "root": node.id in roots,
        "x": node.x,
        "y": node.y,
        "width": WIDTH,
        "height": node.height,
    }


def name_of(node: Node, lang: Lang) -> str:
    """What a box is called."""
    facts = node.facts
    if node.kind == "group":
        return t(f"trace.group.{facts['of']}", lang, n=facts["count"])
    if node.kind == "others":
        return t("trace.group.lot", lang, n=facts["count"])
    name = facts.get("name_en" if lang == "en" and facts.get("name_en") else "name")
    return str(name or facts.get("code") or label("trace.kind", node.kind, lang))


def _facts(node: Node, lang: Lang) -> list[dict[str, str]]:
    facts = node.facts
    if node.kind == "store":
        held = facts.get("held") or {}
        rows = [
            {"label": label("trace.status", status, lang), "value": f"{qty:,}"} for status, qty in sorted(held.items())
        ]
        return rows or [{"label": t("trace.in_stock", lang), "value": "0"}]
    if node.kind == "lot":
        about = facts.get("about_en" if lang == "en" and facts.get("about_en") else "about")
        return [{"label": str(about or ""), "value": ""},
                {"label": t("trace.in_stock", lang), "value": f"{facts['quantity']:,} {facts['unit']}".strip()}]  # fmt: skip
    if node.kind == "transit":
        return [{"label": t("trace.on_the_road", lang), "value": f"{facts['quantity']:,}"}]
    if node.kind == "group":
        return [{"label": t("trace.group.sum", lang), "value": f"{facts['quantity']:,}"},
                {"label": t("trace.group.open", lang), "value": ""}]  # fmt: skip
    return [{"label": str(facts.get("code") or ""), "value": ""}] if facts.get("code") else []
