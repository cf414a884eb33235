"""Running cases change to a new version over REST: verdicts first, one signature, a canary, stop, undo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from records import audit, cases
from services import bundle, evidence, migration_work
from tests.api.conftest import Stack, row
from ui.studio.starter import FORMS, starter

ROOT = Path(__file__).resolve().parents[2]

SIGN: dict[str, Any] = {"signature": {"meaning": "approve", "password": "demo"}}
NAME = "receiving_changes"


async def published(stack: Stack, number: str, *changes: tuple[str, str]) -> None:
    """A version of the SOP with these changes, signed by both."""
    owner, director, head = await stack.as_("owner"), await stack.as_("director"), await stack.as_("head")
    known: Any = await owner.get(f"/definitions/{NAME}/versions/{number}")
    if known.status_code == 200:
        return
    await draft(stack, number, *changes)
    place = f"/definitions/{NAME}/versions/{number}"
    await owner.ok(owner.post(f"{place}:submit", {"reason": "test"}))
    await director.ok(director.post(f"{place}:publish", {"role": "quality_director", **SIGN}))
    await head.ok(head.post(f"{place}:publish", {"role": "company_head", **SIGN}))


@pytest.fixture(scope="module", autouse=True)
async def first_version(stack: Stack) -> None:
    """The shipped SOP under a name of its own: other tests publish versions of theirs."""
    await stack.publish_changed(NAME)


async def draft(stack: Stack, number: str, *changes: tuple[str, str]) -> None:
    owner = await stack.as_("owner")
    shipped: Any = await owner.ok(owner.get(f"/definitions/{NAME}/versions/1.0.0"))
    text = shipped["yaml"].replace("version: 1.0.0", f"version: {number}", 1)
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    source = {"yaml": text, **{name: shipped[name] for name in ("forms", "tables", "cases")}}
    answer = await owner.post("/definitions", source)
    assert answer.status_code == 201, answer.text


LATER_DUE = ("due: PT2H", "due: PT6H")
SIGNED_EARLY = (
    "- id: lines\n",
    "- id: second_look\n  task: quality_staff\n  title: {zh: 复核, en: Second look}\n  sign: {meaning: approve}\n- id: lines\n",
)


async def receiving(stack: Stack) -> str:
    """A case on 1.0.0 that waits for the receiver."""
    case = await stack.start(definition=NAME)
    await stack.task("receiver", case["id"], "receive")
    return case["id"]


@pytest.fixture
async def on_old(stack: Stack) -> Any:
    """Three cases on 1.0.0, and 1.0.1 in force after them."""
    made = [await receiving(stack) for _ in range(3)] if not await _is_published(stack) else []
    await published(stack, "1.0.1", LATER_DUE)
    return made


async def _is_published(stack: Stack) -> bool:
    owner = await stack.as_("owner")
    return (await owner.get(f"/definitions/{NAME}/versions/1.0.1")).status_code == 200


async def test_the_whole_story_of_a_migration(stack: Stack, on_old: list[str]) -> None:
    owner, director = await stack.as_("owner"), await stack.as_("director")
    first, second, third = on_old

    # ------------------------------------------------ one case: preview, refusals, the change, its deadline
    shown = await owner.ok(owner.post(f"/cases/{first}:migrate", {"version": "1.0.1", "preview": True}))
    assert shown["can"] and [one["what"] for one in shown["steps"]] == ["kept"]
    (after,) = shown["after"]
    assert after["due"] != shown["before"][0]["due"]
    inspector = await stack.as_("inspector")
    assert (await inspector.post(f"/cases/{first}:migrate", {"version": "1.0.1", "preview": True})).status_code == 403
    nobody = await owner.post(f"/cases/{first}:migrate", {"version": "1.0.1", **SIGN})
    assert nobody.status_code == 403 and nobody.json()["who_can"] == ["quality_director"]
    assert (await director.post(f"/cases/{first}:migrate", {"version": "1.0.1"})).status_code == 422
    wrong = {"version": "1.0.1", "signature": {"meaning": "approve", "password": "wrong"}}
    assert (await director.post(f"/cases/{first}:migrate", wrong)).status_code == 401
    own_plan = {"version": "1.0.1", "plan": {"map": {"receive": "refuse"}}, **SIGN}
    planned = await director.post(f"/cases/{first}:migrate", own_plan)
    assert planned.status_code == 403 and planned.json()["code"] == "plan_not_proposed"
    done = await director.ok(
        director.post(f"/cases/{first}:migrate", {"version": "1.0.1", **SIGN}, key="migrate-one-0000001")
    )
    again = await director.ok(
        director.post(f"/cases/{first}:migrate", {"version": "1.0.1", **SIGN}, key="migrate-one-0000001")
    )
    assert again["seq"] == done["seq"]
    nothing = await director.post(f"/cases/{first}:migrate", {"version": "1.0.1", **SIGN})
    assert nothing.status_code == 409 and nothing.json()["errors"][0]["code"] == "nothing_to_do"
    case = await owner.ok(owner.get(f"/cases/{first}"))
    (task,) = [one for one in case["tasks"] if one["state"] == "open"]
    assert (case["version"], task["due"]) == ("1.0.1", after["due"])
    history = await owner.ok(owner.get(f"/cases/{first}/history"))
    assert [one["action"] for one in history][-1] == "migrated" and history[-1]["signature"]["signer"] == "director"
    proof = await director.ok(director.post(f"/cases/{first}/replay"))
    assert proof["deterministic"]

    # ------------------------------------------------ all others: impact, proposal, signature, canary, the rest
    impact = await owner.ok(owner.post(f"/definitions/{NAME}/versions/1.0.1:impact", {}))
    listed = {one["case"]: one["state"] for one in impact["items"]}
    assert first not in listed and listed[second] == listed[third] == "can" and impact["counts"]["can"] >= 2
    body = {"definition": NAME, "version": "1.0.1", "reason": "longer", "canary": 1, "cases": [second, third]}
    assert (await director.post("/migrations", body)).status_code == 403
    made = await owner.post("/migrations", body)
    assert made.status_code == 201, made.text
    key = made.json()["id"]
    assert (await owner.post(f"/migrations/{key}:sign", SIGN)).status_code == 403
    assert (await owner.ok(owner.get(f"/migrations/{key}")))["state"] == "proposed"
    assert await migration_work.turn(stack.office) == 0, "nothing happens before the signature"
    await director.ok(director.post(f"/migrations/{key}:sign", SIGN))
    assert (await director.post(f"/migrations/{key}:sign", SIGN)).status_code == 409
    await migration_work.turn(stack.office)
    held = await owner.ok(owner.get(f"/migrations/{key}"))
    assert (held["state"], held["counts"]) == ("held", {"migrated": 1, "waiting": 1})
    await owner.ok(owner.post(f"/migrations/{key}:continue"))
    await migration_work.turn(stack.office)
    over = await owner.ok(owner.get(f"/migrations/{key}"))
    assert (over["state"], over["counts"]) == ("done", {"migrated": 2})
    assert all(one["surprise"] is None and one["seq"] for one in over["items"])

    # ------------------------------------------------ undo until the next step completes
    receiver = await stack.as_("receiver")
    task_id = await stack.task("receiver", second, "receive")
    answer = await receiver.ok(receiver.post(f"/tasks/{task_id}:complete", await stack.receipt(row())))
    assert answer
    undone = await director.ok(director.post(f"/migrations/{key}:undo", SIGN))
    assert list(undone["not_undone"]) == [second] and undone["counts"] == {"migrated": 1, "undone": 1}
    assert (await owner.ok(owner.get(f"/cases/{third}")))["version"] == "1.0.0"
    events = await stack.office.db.reading(audit.events, "admin", limit=100)
    assert {"migration_proposed", "migration_canary", "migration_done", "migration_undone"} <= {
        e.action for e in events
    }
    for one in (first, second, third):
        assert (await director.ok(director.post(f"/cases/{one}/replay")))["deterministic"]


async def test_a_draft_is_looked_at_before_it_is_published_and_cases_do_not_change_to_it(stack: Stack) -> None:
    owner, director = await stack.as_("owner"), await stack.as_("director")
    case, _ = await stack.at_inspection(NAME)
    await draft(stack, "3.0.0", SIGNED_EARLY)
    impact = await owner.ok(owner.post(f"/definitions/{NAME}/versions/3.0.0:impact", {}))
    mine = next(one for one in impact["items"] if one["case"] == case)
    assert mine["state"] == "cannot"
    assert [one["code"] for one in mine["verdict"]["reasons"]] == ["signed_step_passed"]
    plan = {"map": {"lines": "second_look"}}
    helped = await owner.ok(owner.post(f"/cases/{case}:migrate", {"version": "3.0.0", "plan": plan, "preview": True}))
    assert helped["can"] and {one["what"] for one in helped["steps"]} == {"moved", "cancelled"}
    refused = await director.post(f"/cases/{case}:migrate", {"version": "3.0.0", **SIGN})
    assert refused.status_code == 409 and refused.json()["code"] == "version_not_effective"


async def test_the_first_surprise_stops_the_run_and_says_what_was_expected(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, director = await stack.as_("owner"), await stack.as_("director")
    await published(stack, "1.0.1", LATER_DUE)
    await published(stack, "1.0.2", ("due: PT2H", "due: PT7H"))
    rows = await stack.office.db.reading(cases.listing, cases.CaseQuery(definition=NAME, state="running", limit=50))
    ids = [one.id for one in rows[0]]
    impact = await owner.ok(owner.post(f"/definitions/{NAME}/versions/1.0.2:impact", {}))
    good = [one["case"] for one in impact["items"] if one["state"] == "can" and one["case"] in ids][:3]
    body = {"definition": NAME, "version": "1.0.2", "reason": "x", "canary": 3, "cases": good}
    key = (await owner.post("/migrations", body)).json()["id"]
    await director.ok(director.post(f"/migrations/{key}:sign", SIGN))

    async def otherwise(*_: Any) -> list[Any]:
        return [{"path": "receive#1", "what": "due", "expected": "a", "actual": "b"}]

    monkeypatch.setattr(migration_work, "outcome", otherwise)
    await migration_work.turn(stack.office)
    stopped = await owner.ok(owner.get(f"/migrations/{key}"))
    assert (stopped["state"], stopped["counts"]) == ("stopped", {"surprise": 1, "waiting": len(good) - 1})
    assert stopped["stopped"]["what"] == "surprise" and stopped["stopped"]["differs"][0]["what"] == "due"
    await migration_work.turn(stack.office)
    assert (await owner.ok(owner.get(f"/migrations/{key}")))["counts"]["surprise"] == 1


async def test_what_was_done_at_a_step_that_is_gone_stays_readable(stack: Stack) -> None:
    owner, director, receiver = await stack.as_("owner"), await stack.as_("director"), await stack.as_("receiver")
    await _little(stack, "1.0.0", "handle")
    begun = await receiver.ok(receiver.post("/cases", {"definition": "little", "start": {"subject": "one"}}))
    case = begun["id"]
    old = await stack.task("receiver", case, "handle")
    await _little(stack, "2.0.0", "attend")
    plan = {"map": {"handle": "attend"}}
    assert (await owner.post(f"/cases/{case}:migrate", {"version": "2.0.0", "preview": True})).json()["can"] is False
    body = {"definition": "little", "version": "2.0.0", "plan": plan, "reason": "renamed", "cases": [case]}
    assert (await owner.post("/migrations", body)).status_code == 201
    await director.ok(director.post(f"/cases/{case}:migrate", {"version": "2.0.0", "plan": plan, **SIGN}))
    shown = await receiver.ok(receiver.get(f"/tasks/{old}"))
    assert shown["state"] == "cancelled" and shown["form"]
    late = await receiver.post(f"/tasks/{old}:complete", {"data": {"subject": "one"}})
    assert late.status_code == 409
    new = await stack.task("receiver", case, "attend")
    await receiver.ok(receiver.post(f"/tasks/{new}:complete", {"data": {"subject": "one"}}))
    history = await owner.ok(owner.get(f"/cases/{case}/history"))
    for record in history:
        then = await owner.ok(owner.get(f"/cases/{case}/state", params={"at_seq": record["seq"]}))
        assert then["steps"] or record["action"] == "started"
    assert (await owner.ok(owner.get(f"/cases/{case}")))["state"] == "completed"
    proof = await director.ok(director.post(f"/cases/{case}/replay"))
    assert proof["deterministic"] and proof["records"] == len(history)
    made = await evidence.assemble(stack.office, case)
    assert (await bundle.verify_bundle(made)).ok


async def _little(stack: Stack, number: str, step: str) -> None:
    owner, director, head = await stack.as_("owner"), await stack.as_("director"), await stack.as_("head")
    text = starter("little", "小流程", "Little")
    forms = {name: (ROOT / "ui/studio/first" / name).read_text("utf-8") for name in FORMS}
    yaml = text.yaml.replace("version: 1.0.0", f"version: {number}").replace("id: handle", f"id: {step}")
    assert (await owner.post("/definitions", {"yaml": yaml, "forms": forms, "cases": CASES})).status_code == 201
    place = f"/definitions/little/versions/{number}"
    await owner.ok(owner.post(f"{place}:submit", {"reason": "test"}))
    await director.ok(director.post(f"{place}:publish", {"role": "quality_director", **SIGN}))
    await head.ok(head.post(f"{place}:publish", {"role": "company_head", **SIGN}))


CASES = "cases:\n- name: {zh: 开始, en: start}\n  given: {start: {subject: x}}\n  when: []\n  then: {state: running}\n"
