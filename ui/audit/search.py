"""The auditor's search: words in one box become tokens, the address carries them, facets count what was found."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from services import case_story, cases
from ui.audit.filters import moments
from ui.guard import Viewer

KINDS = ("lot", "supplier", "person", "step", "clause", "from", "to", "definition", "state", "q")
FOUND_MAX = 200
_CLAUSE = re.compile(r"^(GSP|INSP)[- ]?(\d[\d.]*)$", re.IGNORECASE)
_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_SUPPLIER = re.compile(r"^SUP-?\w+$", re.IGNORECASE)


def token_of(text: str, people: Mapping[str, Any], steps: Mapping[str, Any]) -> tuple[str, str]:
    """What a typed word is: `kind:word` as said, a clause, a day, a person, a step, a supplier, else any word."""
    kind, colon, rest = text.partition(":")
    if colon and kind in KINDS and rest.strip():
        return kind, rest.strip()
    clause = _CLAUSE.match(text)
    if clause:
        return "clause", f"{clause[1].upper()}-{clause[2]}"
    if _DAY.match(text):
        return "from", text
    person = next((key for key, name in people.items() if text in (key, name["zh"], name["en"])), None)
    if person:
        return "person", person
    step = next((key for key, title in steps.items() if text in (key, title["zh"], title["en"])), None)
    if step:
        return "step", step
    return ("supplier", text.upper()) if _SUPPLIER.match(text) else ("q", text)


@dataclass
class Findings:
    """What a search found: cases newest first, what is around each, how many of which sort."""

    items: list[Any] = field(default_factory=list)
    around: Mapping[str, Any] = field(default_factory=dict)
    more: bool = False
    names: Mapping[str, Any] = field(default_factory=dict)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))

    @property
    def total(self) -> str:
        """How many, exact up to the most that is counted."""
        return f"{len(self.items)}+" if self.more else str(len(self.items))

    def count(self, kind: str) -> list[tuple[str, int]]:
        """Facet: value and number of cases, the most frequent first."""
        if kind == "step":
            found: Sequence[str] = [step for one in self.around.values() for step in one["steps"]]
        else:
            found = [str(one[{"person": "started_by"}.get(kind, kind)]) for one in self.items]
        return Counter(found).most_common()

    def sum(self, name: str) -> int:
        """Records, signatures or refusals of all cases found."""
        return sum(int(one[name]) for one in self.around.values())


async def find(viewer: Viewer, filters: dict[str, str]) -> Findings:
    """Search; a step narrows to the cases that entered it."""
    office: Any = viewer.ctx.office
    actor: Any = viewer.actor
    zone = await case_story.zone_of(office, viewer.site.id if viewer.site else None)
    wanted = moments({name: value for name, value in filters.items() if name != "step"}, zone)
    page = await cases.listing(office, actor, {**wanted, "limit": FOUND_MAX})
    around = await case_story.overview(office, actor, [one["id"] for one in page["items"]])
    step = filters.get("step")
    items = [one for one in page["items"] if step is None or step in around.get(one["id"], {}).get("steps", ())]
    kept = {one["id"]: around[one["id"]] for one in items if one["id"] in around}
    return Findings(items, kept, page["next"] is not None, await case_story.people(office, actor), ZoneInfo(zone))
