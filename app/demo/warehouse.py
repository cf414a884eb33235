"""The demo's warehouse: a stocktake whose second count is due, and a suspect lot that waits for the quality ruling.

Told through the services like the deliveries, under fixed act ids.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from app.demo.story import PASSWORD, Story, settled, until
from domain.json_types import JsonObject
from services import cases, tasks
from services.actor import Proof

COUNTED = "HZ-A-02-01"
"""Where the count found two pieces fewer than the books have."""
DOUBTED = {
    "product_code": "P-1007",
    "lot_no": "MQ2610",
    "lock_reason": "货位巡查：两盒外包装受潮变形，封口起泡，同托盘其余未见异常。",
}


@dataclass(frozen=True)
class Act:
    """One thing somebody does: who, at which step, with which values."""

    who: str
    step: str
    values: JsonObject
    meaning: str
    outcome: str | None = None
    reauth: bool = False


async def tell(story: Story) -> int:
    """Both cases; how many there are."""
    count: JsonObject = {"count_lines": [{"line_no": "C1", "counted_quantity": 7998}]}
    planned: JsonObject = {"warehouse": "HZ", "period": story.now.strftime("%Y-%m"), "location_code": COUNTED}
    counted = _case(story, "stocktake", "manager", planned, [Act("keeper", "count", count, "performed")])
    apart: JsonObject = {"isolation_way": "moved", "location_code": "HZ-Q-03"}
    seen: JsonObject = {
        "stock_quality_check": "fail",
        "nonconformity_description": "抽查 20 盒，2 盒封口不完整；是否影响其余无法判断。",
    }
    acts = [
        Act("keeper", "isolate", apart, "performed"),
        Act("inspector", "examine", seen, "inspected", "doubt", reauth=True),
    ]
    doubted: JsonObject = {**DOUBTED}
    await asyncio.gather(counted, _case(story, "suspect_hold", "keeper", doubted, acts))
    return 2


async def _case(story: Story, process: str, who: str, start: JsonObject, acts: list[Act]) -> None:
    case_id = await begun(story, process, who, start)
    await act_on(story, case_id, acts, process)
    await settled(story, case_id)


async def begun(story: Story, process: str, who: str, start: JsonObject, mark: str = "") -> str:
    """A case that somebody starts, once for its process and mark."""
    begin = cases.Begin(process, start, site="hangzhou")
    name = f"{process}-{mark}" if mark else process
    started: Any = await cases.start(story.office, story.people[who], begin, _act_id(name, 0))
    return str(started["id"])


async def act_on(story: Story, case_id: str, acts: list[Act], mark: str) -> None:
    """What people do in a case, one after the other; what is done already is not done again."""
    for number, act in enumerate(acts, 1):
        task = await _task(story, act, case_id)
        if task["state"] == "open":
            proof = Proof(act.meaning, PASSWORD if act.reauth else None)
            given = tasks.Completion(act.values, act.outcome, proof)
            await tasks.complete(story.office, story.people[act.who], task["id"], given, _act_id(mark, number))


async def _task(story: Story, act: Act, case_id: str) -> Any:
    found: list[Any] = []

    async def is_there() -> bool:
        case: Any = await cases.detail(story.office, story.people[act.who], case_id)
        found.extend(task for task in case["tasks"] if task["step"] == act.step)
        return bool(found)

    await until(is_there, f"{act.step} of case {case_id} did not open")
    return found[-1]


def _act_id(process: str, number: int) -> str:
    return f"demo-warehouse-{process.replace('_', '-')}-{number:02d}"
