"""The cases of a fault run: small definitions that use every kind of step, real postings among them."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlmodel import Session

from activities.contracts import CONTRACTS
from app.bench.house import pinned_set, task
from app.demo import master
from domain.canonical import digest, dumps
from domain.json_types import JsonObject
from records import witness
from records.definitions import DefinitionVersion

SITE, CHILD = "hangzhou", "fault_child"
ROLES = ("receiver", "inspector", "quality_staff", "warehouse_keeper")
VERBS = ("transfer", "delegate", "add_signer", "remove_signer", "withdraw")
END: JsonObject = {"id": "last", "end": "completed"}
BACK: Any = [*VERBS, {"return_to": ["first"]}]


def furnish(session: Session, at: str) -> None:
    """The demo company (people, places, partners, products, orders), and the sub-process in force."""
    nobody = master.Secrets("nobody signs in with this", lambda badge: f"none-{badge}", lambda pin: f"none-{pin}")
    master.write(session, at, date.fromisoformat(at[:10]), nobody)
    child = _child(at)
    session.add(child)
    session.flush()
    witness.testify(session, child, actor="system", action="version_put_in_force", subject=CHILD, at=at)


def all_kinds() -> list[JsonObject]:
    """The pinned sets; each case of the load has one of them."""
    return [_goods(), _blocks(), _lists(), _words(), _family()]


def started_with(number: int) -> JsonObject:
    """The start values of case ``number``: its own lot and key, so that nothing collides."""
    line: JsonObject = {
        "line_no": "L1",
        "purchase_order_no": "PO-2026-1101",
        "product_code": "P-1001",
        "lot_no": f"F{number}",
        "production_date": "2026-10-01",
        "expiry_date": "2028-10-01",
        "received_quantity": 3,
        "receiving_result": "accept",
        "quarantine_location": "HZ-Q-01",
    }
    return {"no": f"N-{number}", "lines": [line], "items": [{"no": "1"}, {"no": "2"}]}


def _pinned(process: str, steps: list[Any]) -> JsonObject:
    made = pinned_set(steps, contracts={one.name: one.as_json() for one in CONTRACTS}, top={"process": process})
    return {**made, "site": {"key": SITE, "zone": "Asia/Shanghai"}}


def _first() -> JsonObject:
    return task("first", allow=list(VERBS))


def _vote(step_id: str, **rule: Any) -> dict[str, Any]:
    title: JsonObject = {"zh": step_id, "en": step_id}
    return {"id": step_id, "approve": rule, "title": title, "on": {"rejected": "first"}, "allow": BACK}


def _goods() -> JsonObject:
    given = {"supplier_code": "'SUP-001'", "delivery_note_no": "start.no", "lines": "start.lines"}
    post = {"id": "post", "call": "stock.receive", "with": given, "undo": "stock.reverse", "retry": {"max": 3},
            "on": {"rule_refused": "last"}}  # fmt: skip
    facts = {"product_code": "'P-1001'", "purchase_order_no": "'PO-2026-1101'", "supplier_code": "'SUP-001'"}
    look = {"id": "facts", "call": "orders.line_facts", "with": facts, "retry": {"max": 2}}
    vote = _vote("vote", by=["inspector", "quality_staff", "warehouse_keeper"], rule="n_of", n=2)
    return _pinned("fault_goods", [_first(), look, post, vote, task("shelf", allow=BACK), END])


def _blocks() -> JsonObject:
    pause = {"id": "pause", "wait": {"first_of": [{"timer": "PT4S"}, {"message": "word", "keys": "[start.no]"}]}}
    both: Any = {"id": "both", "join": "n_of", "n": 2, "rest": "cancel", "parallel": [
        {"do": [task("left", "inspector", allow=BACK)]}, {"do": [task("right", allow=BACK)]}, {"do": [pause]}]}  # fmt: skip
    again = {"id": "again", "loop": {"while": "!has(steps.count)", "max": 2}, "on": {"exhausted": "last"},
             "do": [task("count", "warehouse_keeper", mutex="scales", allow=list(VERBS))]}  # fmt: skip
    return _pinned("fault_blocks", [_first(), both, again, _vote("close", by=["quality_staff"], rule="all"), END])


def _lists() -> JsonObject:
    opened = {"id": "open", "foreach": "start.items", "as": "one", "item_key": "one.no", "open": True,
              "add_by": ["receiver"], "do": [task("look", "inspector", allow=list(VERBS))]}  # fmt: skip
    ordered = {"id": "ordered", "foreach": "start.items", "as": "two", "item_key": "two.no", "mode": "sequence",
               "do": [task("count", "warehouse_keeper", allow=list(VERBS))]}  # fmt: skip
    told = {"id": "told", "notify": ["quality_staff"], "title": {"zh": "告知", "en": "told"}, "acknowledge": True}
    return _pinned("fault_lists", [_first(), opened, ordered, told, END])


def _words() -> JsonObject:
    arms: Any = [{"message": "word", "keys": "[start.no]"}, {"timer": "PT15S", "to": "late"}]
    late: JsonObject = {"id": "late", "end": "cancelled"}
    hear = {"id": "hear", "wait": {"first_of": arms}}
    vote = _vote("vote", by=["inspector", "quality_staff"], rule="sequence")
    return _pinned("fault_words", [_first(), hear, vote, END, late])


def _family() -> JsonObject:
    child = {"id": "child", "start": f"{CHILD}@^1", "with": {}, "child_on_return": "cancel"}
    return _pinned("fault_family", [_first(), child, task("after", allow=BACK), END])


def _child(at: str) -> DefinitionVersion:
    """The sub-process, in force. It is put there, not published: publishing is no part of what is tried."""
    whole: Any = pinned_set([task("only", allow=list(VERBS)), END], top={"process": CHILD})
    meaning: JsonObject = {name: whole[name] for name in ("definition", "forms", "tables")}
    return DefinitionVersion(
        name=CHILD,
        version="1.0.0",
        state="effective",
        sha256=digest("definition", meaning),
        title=whole["definition"]["title"],
        yaml=dumps(whole["definition"]),
        forms={name: dumps(form) for name, form in whole["forms"].items()},
        checked=meaning,
        saved_by="system",
        saved_at=at,
        effective_from=at,
    )
