"""Record golden histories: ``python tests/replay/make_golden.py [NAME…]`` on a clean checkout.

Without a name all of them, for a new engine revision: the files of older revisions stay, because their cases stay. With
names only those, for words that the release did not have before. ``golden/waves.json`` holds the hash of every wave of
every file; a line that is there is never written again.
"""

from __future__ import annotations

import asyncio
import gzip
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from app.bench.house import House, pinned_set, task
from app.temporal_server import EmbeddedTemporal
from domain.canonical import dumps, loads
from domain.json_types import JsonObject
from records.products import Product
from services.waves import wave_ids
from workflows.engine.events import ENGINE_REV

GOLDEN = Path(__file__).with_name("golden")
WAVES = GOLDEN / "waves.json"
MIGRATE, SOP = "migrate", "receiving_inspection"
DONE: JsonObject = {"id": "done", "end": "completed"}
FACTS: JsonObject = {
    "id": "facts",
    "call": "orders.line_facts",
    "with": {"product_code": "'P-1'", "purchase_order_no": "'PO-1'", "supplier_code": "'S-1'"},
}
CONTRACT: JsonObject = {"orders.line_facts": {"name": "orders.line_facts", "version": 1, "errors": []}}
TABLE: JsonObject = {
    "table": "size",
    "hit": "first",
    "inputs": [{"name": "n", "expr": "start.n"}],
    "outcomes": ["small", "large"],
    "rules": [{"when": ["< 10"], "then": "small"}, {"when": ["-"], "then": "large"}],
}


def kinds() -> dict[str, tuple[JsonObject, JsonObject, list[dict[str, Any]]]]:
    """Step kind → pinned set, start values, acts in order."""
    first = {"path": "first#1"}
    lines: JsonObject = {"lines": [{"no": "L1"}, {"no": "L/2"}]}
    each: Any = {"id": "lines", "foreach": "start.lines", "as": "line", "item_key": "line.no", "do": [task("count")]}
    both: Any = {"id": "both", "parallel": [{"do": [task("left")]}, {"do": [task("right")]}]}
    votes: Any = {
        "id": "rule",
        "approve": {"by": ["quality_staff", "quality_director"], "rule": "all"},
        "title": {"zh": "裁定", "en": "Rule"},
        "on": {"rejected": "done"},
    }
    judge: Any = {"id": "judge", "decide": "tables/size.v1.yaml", "on": {"large": "first"}}
    arms: Any = {"id": "fork", "branch": [{"when": "start.n > 3", "to": "first"}, {"else": "done"}]}
    tell: Any = {"id": "tell", "notify": ["quality_staff"], "title": {"zh": "知会", "en": "Note"}}
    return {
        "task": (pinned_set([task("first"), DONE]), {}, [{**first, "action": "claim"}, first]),
        "approve": (
            pinned_set([votes, DONE]),
            {},
            [
                {"path": "rule#1", "seat": "s1", "outcome": "approved", "person": "quality_staff"},
                {"path": "rule#1", "seat": "s2", "outcome": "approved", "person": "quality_director"},
            ],
        ),
        "call": (
            pinned_set([FACTS, DONE], contracts=CONTRACT),
            {},
            [{"path": "facts#1", "action": "retry", "seat": "i1", "person": "admin", "roles": ["it_admin"]}],
        ),
        "decide": (
            pinned_set([judge, task("first"), DONE], tables={"tables/size.v1.yaml": TABLE}),
            {"n": 12},
            [{"path": "first#1"}],
        ),
        "set": (pinned_set([{"id": "calc", "set": {"total": "start.n * 2"}}, task("first"), DONE]), {"n": 4}, [first]),
        "branch": (pinned_set([arms, task("first"), DONE]), {"n": 5}, [first]),
        "parallel": (pinned_set([both, DONE]), {}, [{"path": "both#1/right#1"}, {"path": "both#1/left#1"}]),
        "foreach": (
            pinned_set([each, DONE]),
            lines,
            [{"path": f"lines#1/[{key}]#1/count#1"} for key in ("L1", "L%2F2")],
        ),
        "notify": (pinned_set([tell, task("first"), DONE]), {}, [first]),
        "end": (pinned_set([task("first"), {"id": "stop", "end": "cancelled", "seal": True}]), {}, [first]),
    }


async def recorded(house: House, name: str) -> str:
    """Play one case; returns its id."""
    pinned, values, acts = kinds()[name]
    case_id = await house.start(pinned, values)
    for act in acts:
        if act.get("action") == "retry":
            await house.until(_has_incident(house, case_id))
            await house.database.writing(lambda session: session.add(Product(code="P-1", name="吻合器")))
        await house.act(case_id, pinned, act["path"], **{key: act[key] for key in act if key != "path"})
    await house.until_closed(case_id)
    return case_id


def _has_incident(house: House, case_id: str) -> Callable[[], Awaitable[bool]]:
    async def has() -> bool:
        row = await house.case_row(case_id)
        return row is not None and row.seq >= 3  # started, called, incident

    return has


async def shipped(folder: Path, address: str) -> Any:
    """The histories of a completed case of the shipped SOP, from the demonstration's story."""
    from app import wiring
    from app.demo.load import load
    from app.demo.story import PROCESS, VERSION
    from app.published_lock import DEFINITIONS
    from app.settings import Settings
    from app.worker import worker_of
    from records import cases
    from records.migrate import upgrade
    from services import publishing

    version = DEFINITIONS / PROCESS / VERSION
    forms = {f"forms/{path.name}": path.read_text("utf-8") for path in (version / "forms").glob("*.json")}
    tables = {f"tables/{path.name}": path.read_text("utf-8") for path in (version / "tables").glob("*.yaml")}
    texts = [(version / name).read_text("utf-8") for name in ("process.yaml", "cases.yaml")]
    folder.mkdir()
    settings = Settings(data=folder, temporal_address=address, task_queue="golden-sop")
    upgrade(settings.database)
    client, database = await wiring.client_of(settings), wiring.database_of(settings)
    office = wiring.office_of(settings, client, database)
    await publishing.register_shipped(office, publishing.Source(texts[0], forms, tables, texts[1]))
    async with worker_of(client, wiring.worker_context(settings, database), task_queue=settings.task_queue):
        await load(office, folder)
        rows, _ = await database.reading(cases.listing, cases.CaseQuery(definition=PROCESS, state="completed"))
        longest = max(rows, key=lambda row: row.seq)
        return await office.gateway.histories(longest.id)


async def migrated(house: House) -> str:
    """A case that changes to another version in its middle: two runs."""
    old = pinned_set([task("first"), task("second"), DONE])
    new = pinned_set([task("first"), task("other", due="P1D"), DONE], top={"version": "2.0.0"})
    case_id = await house.start(old)
    await house.act(case_id, old, "first#1")
    await house.migrate(case_id, old, new, {"map": {"second": "other"}})
    await house.act(case_id, new, "other#1")
    await house.until_closed(case_id)
    return case_id


async def keep(name: str, histories: Any) -> None:
    """One file for each run of a case, and the hashes of their waves."""
    told: dict[str, Any] = loads(WAVES.read_text("utf-8")) if WAVES.exists() else {}
    for number, history in enumerate(histories, start=1):
        run = f"-{number}" if len(histories) > 1 else ""
        file = GOLDEN / f"{name}{run}-rev{ENGINE_REV}.json.gz"
        file.write_bytes(gzip.compress(history.to_json().encode(), 9, mtime=0))
        told.setdefault(file.name, [f"{no}-{sha}" for no, sha in (await wave_ids([history])).items()])
    lines = ",\n".join(f'"{file}": {dumps(told[file])}' for file in sorted(told))
    WAVES.write_text(f"{{\n{lines}\n}}\n", "utf-8")


async def main(names: list[str]) -> None:
    """Record every kind, a migration and the shipped SOP, or those that are named."""
    GOLDEN.mkdir(exist_ok=True)
    wanted = names or [*kinds(), MIGRATE, SOP]
    with tempfile.TemporaryDirectory() as name:
        async with EmbeddedTemporal(Path(name) / "temporal") as server:
            house = await House.open(Path(name) / "house", server.address, "golden")
            async with house.worker():
                for kind in kinds():
                    if kind in wanted:
                        await keep(kind, await house.gateway.histories(await recorded(house, kind)))
                if MIGRATE in wanted:
                    await keep(MIGRATE, await house.gateway.histories(await migrated(house)))
            house.database.close()
            if SOP in wanted:
                await keep(SOP, await shipped(Path(name) / "sop", server.address))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
