"""A wave as the rows of its tables: pure, so that a rebuild gives the same rows bit for bit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from records.base import FOREVER

Row = dict[str, Any]
Rows = list[Row]

TAGS = {
    "lot_no": "lot",
    "serial_no": "serial",
    "supplier_code": "supplier",
    "supplier_name": "supplier",
    "product_code": "product",
    "product_name": "product",
    "delivery_note_no": "delivery_note",
    "purchase_order_no": "purchase_order",
    "registration_no": "registration",
}
"""Field names (glossary keys) by which a case is found, and the kind of word each gives."""
NEEDLE_MAX = 200
_PATH_TEXT = ("zh", "en")


@dataclass(frozen=True)
class Place:
    """Company, site and mode of a case: columns of every row."""

    company: str
    site: str
    mode: str

    def columns(self) -> Row:
        """As columns."""
        return {"company": self.company, "site": self.site, "mode": self.mode}


@dataclass(frozen=True)
class WaveRows:
    """Every row of one wave, complete: all columns are there."""

    wave: Row
    records: Rows
    signatures: Rows
    case: Row
    steps: Rows
    tasks: Rows
    task_roles: Rows
    scopes: Rows
    tags: Rows
    notices: Rows
    answers: Rows
    business_key: Row
    last_at: str
    listens: Rows
    """Places where the case waits for messages now: ``{path, waits: [{name, keys, keep}]}``."""
    parent: Row | None
    """The step of another case that waits for this one to end."""


def rows_of(wave: Row, sha: str, heads: list[str], place: Place) -> WaveRows:
    """The rows of `wave`; `sha` is its hash, `heads` the chain after each of its records."""
    case_id, no, given, columns = wave["case"], wave["no"], wave["rows"], place.columns()
    case = _case(given["case"], columns)
    records = [_record(case_id, no, r, head, columns) for r, head in zip(wave["records"], heads, strict=True)]
    tasks = [_task(case_id, x, case["started_by"], columns) for x in given.get("tasks", ())]
    return WaveRows(
        wave=_wave(wave, sha, case, columns),
        records=records,
        signatures=[signature_of(r, place) for r in records if signed_act(r["detail"]) is not None],
        case=case,
        steps=[_step(case_id, x, columns) for x in given.get("steps", ())],
        tasks=tasks,
        task_roles=[row for task in tasks for row in task_roles(task)],
        scopes=[{"case_id": case_id, "scope": x["scope"], "body": x["body"]} for x in given.get("scopes", ())],
        tags=_tags(case_id, case, records, given.get("scopes", ())),
        notices=[_notice(case_id, x, columns) for x in given.get("notices", ())],
        answers=[_answer(case_id, x, columns) for x in given.get("answers", ())],
        business_key=_business_key(case, columns),
        last_at=records[-1]["at"] if records else case["started_at"],
        listens=list(given.get("listens", ())),
        parent=_waiting_parent(given["case"].get("parent")),
    )


def _waiting_parent(parent: Row | None) -> Row | None:
    return None if parent is None or parent.get("detached") else parent


def signed_act(detail: Row) -> Row | None:
    """The act in a record's detail when it is a signature (it has a meaning)."""
    act = detail.get("act")
    if isinstance(act, dict) and isinstance(act.get("envelope"), dict) and act["envelope"].get("meaning"):
        return act
    return None


def _wave(wave: Row, sha: str, case: Row, columns: Row) -> Row:
    records = wave["records"]
    first = records[0]["seq"] if records else case["seq"] + 1
    row = {
        "case_id": wave["case"],
        "no": wave["no"],
        "sha256": sha,
        "prev_head": wave["prev_head"],
        "head": wave["head"],
    }
    return row | columns | {"first_seq": first, "last_seq": records[-1]["seq"] if records else case["seq"]}


def _case(given: Row, columns: Row) -> Row:
    plain = {
        k: given[k]
        for k in "id process version pinned_sha definition_sha state started_at started_by seq head wave".split()
    }
    plain |= {k: given.get(k) for k in ("outcome", "business_key", "closed_at", "parent")}
    title = given.get("title") or {}
    words = [given["id"], given["process"], given.get("business_key"), *(title.get(lang) for lang in _PATH_TEXT)]
    return plain | columns | {
        "title": title, "engine_rev": given.get("engine_rev", 1),
        "sealed": bool(given.get("sealed")), "search": _needle(*words),
    }  # fmt: skip


def _record(case_id: str, no: int, record: Row, head: str, columns: Row) -> Row:
    detail = record["detail"]
    row = {k: record[k] for k in ("seq", "at", "path", "action", "act_sha", "detail_sha", "reads", "detail")}
    return row | columns | {
        "case_id": case_id, "wave": no, "actor": actor_id(detail), "step": detail.get("step"), "head": head,
    }  # fmt: skip


def actor_id(detail: Row) -> str:
    """Who a record's detail names: an account's username, or `system`."""
    actor = detail.get("actor")
    return str(actor.get("id", "system")) if isinstance(actor, dict) else str(actor or "system")


def signature_of(record: Row, place: Place) -> Row:
    """The signature row of a signed record."""
    detail = record["detail"]
    act = signed_act(detail)
    assert act is not None
    envelope = act["envelope"]
    actor = envelope["actor"] if isinstance(envelope.get("actor"), dict) else {}
    auth = envelope["auth"] if isinstance(envelope.get("auth"), dict) else {}
    shas = {k: envelope.get(k) for k in ("pinned_sha", "form_sha", "shown_sha", "values_sha", "reason")}
    return place.columns() | shas | {
        "case_id": record["case_id"], "seq": record["seq"], "path": record["path"], "step": detail.get("step"),
        "round": detail.get("round"), "seat": detail.get("seat") or envelope.get("seat"), "signer": actor.get("id", ""),
        "signer_name": actor.get("name", ""), "role": actor.get("role"),
        "on_behalf_of": _principal(envelope.get("on_behalf_of")), "meaning": envelope["meaning"],
        "outcome": detail.get("outcome", envelope.get("outcome")), "at": record["at"], "method": auth.get("method"),
        "act_id": envelope["act"], "act_sha": record["act_sha"], "key_id": envelope.get("key_id", ""),
        "seal": act.get("seal", ""),
    }  # fmt: skip


def _principal(given: Any) -> str | None:
    return given.get("id") if isinstance(given, dict) else given


def _step(case_id: str, given: Row, columns: Row) -> Row:
    row = {k: given[k] for k in ("path", "step", "kind", "round", "state")}
    row |= {k: given.get(k) for k in ("since", "due", "title", "why", "call", "outcome", "actor", "at", "more")}
    return row | columns | {"case_id": case_id, "roles": given.get("roles") or []}


def _task(case_id: str, given: Row, started_by: str, columns: Row) -> Row:
    row = {
        k: given[k]
        for k in ("id", "path", "seat", "step", "round", "kind", "state", "definition", "version", "opened_at")
    }
    optional = "assignee due done_at done_by outcome form sign external_signature item_key chips more".split()
    row |= {k: given.get(k) for k in optional}
    return row | columns | {
        "assignee": _holder(given),
        "case_id": case_id, "roles": given.get("roles") or [], "title": given.get("title") or {},
        "outcomes": given.get("outcomes") or [], "priority": given.get("priority") or 0, "started_by": started_by,
        "due_sort": given.get("due") or FOREVER, "search": _needle(given.get("search")),
    }  # fmt: skip


def _holder(given: Row) -> str | None:
    """Who has the task: who claimed it, else the one person it is for."""
    more = given.get("more") or {}
    return given.get("assignee") or more.get("person")


def task_roles(task: Row) -> Iterator[Row]:
    """An open task under each role that may do it."""
    if task["state"] != "open":
        return
    for role in dict.fromkeys(task["roles"]):
        free = task["assignee"] is None
        yield {"role": role, "site": task["site"], "free": free, "due_sort": task["due_sort"], "task_id": task["id"]}


def _notice(case_id: str, given: Row, columns: Row) -> Row:
    row = {k: given[k] for k in ("at", "path")}
    return row | columns | {
        "id": given.get("id") or f"{case_id}/{given['seq']}", "case_id": case_id, "roles": given.get("roles") or [],
        "title": given.get("title") or {}, "people": _people(given.get("people")), "kind": given.get("kind"),
    }  # fmt: skip


def _people(given: Any) -> list[str] | None:
    """The accounts of the people that a notice names; `None` for a notice to roles alone."""
    named = [str(person["id"]) for person in given or ()]
    return list(dict.fromkeys(named)) or None


def _answer(case_id: str, given: Row, columns: Row) -> Row:
    row = {k: given[k] for k in ("act_id", "seq", "path", "caller", "answer")}
    return row | columns | {"case_id": case_id, "body_sha": given.get("body_sha") or ""}


def _business_key(case: Row, columns: Row) -> Row:
    return columns | {
        "process": case["process"], "key": case["business_key"], "case_id": case["id"],
        "claimed_at": case["started_at"],
    }  # fmt: skip


def _tags(case_id: str, case: Row, records: Rows, scopes: Any) -> Rows:
    found: dict[tuple[str, str], str] = {}
    for scope in scopes:
        for kind, value in _tagged(scope["body"]):
            found.setdefault((kind, value.casefold()), value)
    for person in [case["started_by"], *(record["actor"] for record in records)]:
        if person != "system":
            found.setdefault(("person", person.casefold()), person)
    return [{"kind": k, "needle": n, "case_id": case_id, "value": v} for (k, n), v in sorted(found.items())]


def _tagged(value: Any) -> Iterator[tuple[str, str]]:
    """Kind and text of every tagged field in `value`, at any depth; a stored file gives its hash."""
    if isinstance(value, list):
        for item in value:
            yield from _tagged(item)
    if not isinstance(value, dict):
        return
    if isinstance(value.get("sha256"), str) and "media_type" in value:
        yield "attachment", value["sha256"]
    for name, item in value.items():
        if name in TAGS and isinstance(item, str) and item.strip():
            yield TAGS[name], item.strip()[:NEEDLE_MAX]
        elif isinstance(item, (dict, list)):
            yield from _tagged(item)


def _needle(*words: Any) -> str:
    return " ".join(str(word) for word in words if word).casefold()
