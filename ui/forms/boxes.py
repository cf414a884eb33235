"""The elements that have a script of their own in the browser: the typing box, the files of a field, the glass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from ui.texts import Lang, t

Took = Callable[[Any], Any]
Scanned = Callable[[str, list[str]], Any]
"""Gets the data of a code and the names of what was turned back to get it (`scanner.told`)."""
LONGEST = 2000
_CAMERA_WORDS = (
    "open close photo reading hit nothing torch_on torch_off refused none busy insecure not_loaded aim several".split()
)


class Entry(Element, component="entry.js"):
    """A box to type into. ``on_change(value, seq)`` after a pause, ``on_left()`` when the box is left."""

    def __init__(self, kind: str, value: Any, on_change: Callable[[Any, int], Any], **props: Any) -> None:
        super().__init__()
        self._on_change = on_change
        self._props.update({"kind": kind, "value": value, "rev": 0, "cid": f"box{self.id}"})
        self._props.update({name.replace("_", "-"): given for name, given in props.items() if given is not None})
        self.on("change", self._changed)

    @property
    def cid(self) -> str:
        """The id of the control itself, for its label."""
        return str(self._props["cid"])

    def on_left(self, handler: Callable[[], Any]) -> Entry:
        """Call ``handler`` when the box is left."""
        self.on("left", handler, js_handler="() => emit()")
        return self

    def on_scanned(self, handler: Scanned) -> Entry:
        """Call ``handler`` with the text when Enter or Tab ends a scan, and with what was turned back to get it."""
        self.on("scanned", lambda event: handler(*scanned_of(event.args)))
        return self

    def _changed(self, event: GenericEventArguments) -> Any:
        value = event.args.get("value")
        # Silently: the browser has this value already, sending it back would fight with the typing.
        self._props["value"] = value
        return self._on_change(value, int(event.args.get("seq", 0)))

    def push(self, value: Any) -> None:
        """Put a value into the box from here (a scan, a computed value)."""
        self._props["value"], self._props["rev"] = value, self._props["rev"] + 1
        self.update()

    def tell(self, *, invalid: bool) -> None:
        """Mark the box as wrong, or as right again."""
        if self._props.get("invalid", False) != invalid:
            self._props["invalid"] = invalid
            self.update()


class Upload(Element, component="upload.js"):
    """Files of a field, uploaded to the server's own endpoint; ``on_stored(file)``, ``on_removed(sha256)``."""

    def __init__(
        self, files: list[Any], lang: Lang, on_stored: Took | None = None, on_removed: Took | None = None, **props: Any
    ) -> None:
        super().__init__()
        words = {name: t(f"forms.files.{name}", lang) for name in ("choose", "photo", "remove", "sending", "failed")}
        self._props.update({"files": files, "words": words, "cid": f"box{self.id}", "readonly": on_stored is None})
        self._props.update({name.replace("_", "-"): given for name, given in props.items() if given is not None})
        if on_stored is not None:
            self.on("stored", lambda event: on_stored(_file(event.args.get("file"))))
        if on_removed is not None:
            self.on("removed", lambda event: on_removed(str(event.args.get("sha256", ""))))

    @property
    def cid(self) -> str:
        """The id of the button that chooses a file."""
        return str(self._props["cid"])

    def push(self, files: list[Any]) -> None:
        """Show these files."""
        self._props["files"] = files
        self.update()


class Camera(Element, component="camera.js"):
    """A button that reads codes with the camera, and one for a photo; ``on_scanned`` as a scan field has it."""

    def __init__(self, lang: Lang, on_scanned: Scanned, mark: str | None = None) -> None:
        super().__init__()
        self._props.update({"words": {name: t(f"scanner.camera.{name}", lang) for name in _CAMERA_WORDS}, "mark": mark})
        self.on("scanned", lambda event: on_scanned(*scanned_of(event.args)))


class Pad(Element, component="pad.js"):
    """The glass to sign on; ``on_stored(file)`` with the drawing once it is taken over."""

    def __init__(self, label: str, lang: Lang, on_stored: Took) -> None:
        super().__init__()
        words = {name: t(f"forms.pad.{name}", lang) for name in ("hint", "wipe", "take")}
        self._props.update({"label": label, "words": {**words, "failed": t("forms.files.failed", lang)}})
        self.on("stored", lambda event: on_stored(_file(event.args.get("file"))))


def scanned_of(given: Any) -> tuple[str, list[str]]:
    """The text of a scan and what was turned back; a browser may send anything."""
    known = given if isinstance(given, dict) else {}
    told = known.get("told")
    names = [str(one)[:40] for one in told][:20] if isinstance(told, list) else []
    return str(known.get("value", ""))[:LONGEST], names


def _file(given: Any) -> dict[str, Any]:
    """Only what an attachment value has; whether the hash exists is decided by the server at completion."""
    known = given if isinstance(given, dict) else {}
    return {name: known[name] for name in ("sha256", "name", "size", "media_type") if name in known}
