"""What the replay room knows of one case: its records, refusals and story, and the states already looked up."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services import case_story, cases, history
from ui.audit.explanation import changes_between
from ui.audit.tell import Teller, item_key, item_name
from ui.guard import Viewer

STATES_KEPT = 40
MAIN_LINE = ""


@dataclass
class Scene:
    """One case at a time that can be moved. `seq` is the record looked at, `line` the list item that is drawn."""

    viewer: Viewer
    case: Mapping[str, Any]
    records: list[Any]
    refusals: list[Any]
    teller: Teller
    seq: int = 1
    line: str = MAIN_LINE
    _states: OrderedDict[int, Mapping[str, Any]] = field(default_factory=OrderedDict)

    @property
    def last(self) -> int:
        """The number of the last record."""
        return int(self.records[-1]["seq"]) if self.records else 0

    @property
    def record(self) -> Mapping[str, Any]:
        """The record looked at."""
        return self.records[self.seq - 1]

    @property
    def here(self) -> str:
        """The step of the record looked at."""
        return str(self.record.get("step") or "")

    async def state(self, seq: int) -> Mapping[str, Any]:
        """The case after record `seq`; kept, so that going back and forth asks once."""
        if seq < 1:
            return {"data": {}, "steps": [], "form": None}
        if seq not in self._states:
            viewer = self.viewer
            self._states[seq] = await history.state_at(viewer.ctx.office, viewer.actor, str(self.case["id"]), seq)  # type: ignore[arg-type]
            while len(self._states) > STATES_KEPT:
                self._states.popitem(last=False)
        return self._states[seq]

    async def changes(self) -> list[tuple[str, Any, Any]]:
        """What the record changed in the case's data."""
        after = await self.state(self.seq)
        before = await self.state(self.seq - 1)
        return changes_between(before["data"], after["data"])

    def move(self, seq: int) -> None:
        """Stand at a record; the line follows it."""
        self.seq = min(max(1, seq), self.last)
        key = item_key(str(self.record.get("path") or ""))
        if key:
            self.line = key

    def lines(self) -> list[tuple[str, str]]:
        """The items that the case walks one by one: (key, what people call it)."""
        keys = dict.fromkeys(key for one in self.records if (key := item_key(str(one.get("path") or ""))))
        named = {str(item.get("line_no")): item_name(item) for item in _items(self.case["data"])}
        return [(key, named.get(key, "")) for key in keys]


def _items(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [item for value in data.values() if isinstance(value, list) for item in value if isinstance(item, Mapping)]


async def scene_of(viewer: Viewer, case_id: str, seq: int | None) -> Scene:
    """Gather a case for its replay room. Raises `RefusedError` when the viewer may not read it."""
    office: Any = viewer.ctx.office
    actor = viewer.actor
    shown = await cases.detail(office, actor, case_id)
    records = await history.records(office, actor, case_id)
    refusals = await history.refusals(office, actor, case_id)
    story = await case_story.story(office, actor, case_id)
    scene = Scene(viewer, shown, records, refusals, Teller(story, shown["steps"], viewer.lang))
    scene.line = next((key for key, _ in scene.lines()), MAIN_LINE)
    if records:
        scene.move(seq or scene.last)
    return scene
