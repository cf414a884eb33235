"""The elements of the scanning pages that have a script of their own in the browser."""

from __future__ import annotations

from nicegui.element import Element

from domain.json_types import JsonObject
from ui.texts import Lang, catalogue

#: Loaded on the scanning pages and by the service worker for its offline page, in this order.
SCRIPTS = ("scan.js", "scanning/queue.js", "scanning/here.js", "scanning/desk.js")


def words(lang: Lang) -> dict[str, str]:
    """The texts of the desk, which fills in figures by itself."""
    return {
        key.removeprefix("scan.desk."): text[lang] for key, text in catalogue().items() if key.startswith("scan.desk.")
    }


class ScanDesk(Element, component="desk.js"):
    """The desk of one job, as ``services.scan_jobs.job`` tells it."""

    def __init__(self, job: JsonObject, lang: Lang, person: str) -> None:
        super().__init__()
        self._props["given"] = {
            "task": job["task"], "account": job["account"], "lang": lang, "words": words(lang), "person": person, "job": job,
        }  # fmt: skip


class WaitingHere(Element, component="waiting.js"):
    """Tasks with scans that wait on this device."""

    def __init__(self, lang: Lang) -> None:
        super().__init__()
        self._props["words"] = words(lang)
