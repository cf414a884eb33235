"""Small typed makers of HTML elements. Words go in as text nodes and attributes by key: nothing from data is parsed.

`ui.html`, `props("…")` with data and slots with data are not used anywhere in this room.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal, TypeVar

from nicegui import ui
from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

from ui.theme.icons import icon_name

Handler = Callable[[], Any] | Callable[[], Awaitable[Any]]
E = TypeVar("E", bound=Element)
Kind = Literal["plain", "primary", "danger", "ghost"]


class Text(TextElement):
    """An element with a text node, e.g. `Text("h1", title)`. The text is never read as HTML."""

    def __init__(self, tag: str, text: str, classes: str = "") -> None:
        super().__init__(tag=tag, text=text)
        self.classes(classes)


def attrs(element: E, **values: str | bool | int | None) -> E:
    """Set attributes by key (`aria_label` → `aria-label`); None leaves the attribute out.

    The `value` of an input is what stands there first: whatever is typed stays when the page is drawn again.
    """
    for name, value in values.items():
        if value is not None:
            # By key: the parser of props("…") splits text at quotes, so data would change the attributes.
            key = name.rstrip("_").replace("_", "-")
            # Vue sets a property `value` at every drawing, over what somebody is typing; with ^ it is an attribute.
            element.props["^value" if key == "value" and element.tag == "input" else key] = value
    element.update()
    return element


def box(classes: str = "", tag: str = "div") -> Element:
    """A container with our classes; use it as a context manager."""
    return ui.element(tag).classes(classes)


def icon(meaning: str, classes: str = "", *, name: str | None = None) -> Element:
    """The icon of a meaning (`ui.theme.icons`). Give `name` only when no word stands beside it."""
    element = ui.icon(icon_name(meaning)).classes(f"i {classes}")
    if name is not None:
        attrs(element, role="img", aria_label=name, aria_hidden="false")
    return element


def key_hint(*keys: str) -> None:
    """The key caps of a shortcut: `key_hint("Ctrl", "enter")`; they are decoration, so hidden from screen readers."""
    with attrs(box("keyhint", "span"), aria_hidden="true"):
        for key in keys:
            if key == "enter":
                with box(tag="kbd"):
                    icon("enter")
            else:
                Text("kbd", key)


def button(
    label: str,
    on_click: Handler | None = None,
    *,
    icon_of: str | None = None,
    kind: Kind = "plain",
    keys: tuple[str, ...] = (),
    small: bool = False,
    off_because: str | None = None,
    submit: bool = False,
    mark: str | None = None,
) -> Element:
    """A button with words. `off_because` turns it off and is read out as its description.

    An off button keeps its place in the tab order, so that the reason can be reached without a mouse.
    """
    classes = f"btn {kind}" + (" low" if small else "") + (" off" if off_because is not None else "")
    element = box(classes, "button")
    attrs(element, type="submit" if submit else "button", data_testid=mark)
    with element:
        if icon_of:
            icon(icon_of)
        Text("span", label)
        if keys:
            key_hint(*keys)
    _arm(element, on_click, off_because)
    return element.mark(mark) if mark else element


def icon_button(meaning: str, name: str, on_click: Handler | None = None, *, mark: str | None = None) -> Element:
    """A button that is only an icon; `name` is read out and shown as the browser's tooltip."""
    element = attrs(box("ib", "button"), type="button", aria_label=name, title=name, data_testid=mark)
    with element:
        icon(meaning)
    _arm(element, on_click, None)
    return element.mark(mark) if mark else element


def _arm(element: Element, on_click: Handler | None, off_because: str | None) -> None:
    if off_because is not None:
        attrs(element, aria_disabled="true", title=off_because, aria_description=off_because)
    elif on_click is not None:
        element.on("click", on_click, js_handler="() => emit()")


def link(label: str, href: str, classes: str = "", *, icon_of: str | None = None) -> Element:
    """A link to a page of ours. `href` must start with `/` and not with `//` (no link leaves the server by data)."""
    if not href.startswith("/") or href.startswith("//"):
        raise ValueError(f"a link stays on this server: {href!r}")
    element = attrs(box(classes, "a"), href=href)
    with element:
        if icon_of:
            icon(icon_of)
        Text("span", label)
    return element


def menu_panel(name: str) -> tuple[ui.menu, Element]:
    """A menu that opens at the button around it, and the place for its lines (`role="menuitem"`).

    It hangs outside the page's landmarks, so around the menu stands a dialog: screen readers find what has opened.
    """
    panel = attrs(ui.menu(), role="dialog", aria_label=name).classes("gmenu")
    with panel:
        lines = attrs(box(), role="menu", aria_label=name)
    return panel, lines


def paper_link(meaning: str, name: str, href: str, mark: str) -> Element:
    """A link that is only an icon and opens something to print in another tab; ``name`` is read out and shown as tooltip."""
    element = attrs(box("ib", "a"), href=href, target="_blank", aria_label=name, title=name, data_testid=mark)
    with element:
        icon(meaning)
    return element


def field(label: str, *, name: str, kind: str = "text", classes: str = "", **more: str | bool | int | None) -> Element:
    """A labelled native input for plain HTML forms (`login`, `sign`); returns the `input` element."""
    with box(f"field {classes}"):
        caption = Text("label", label)
        control = attrs(box("box", "input"), type=kind, name=name, **more)
        attrs(control, id=control.html_id)
        attrs(caption, for_=control.html_id)
    return control
