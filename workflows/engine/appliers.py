"""What each record changes: with ``workflows.engine.applied`` the only code that changes a case's state.

Running and replaying are the same path: ``fold`` over the records of a case gives the state that produced them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from domain import chain, paths
from domain.json_types import JsonObject
from workflows.engine import applied
from workflows.engine.applied import close_seats, finish, seat_of, weight, write
from workflows.engine.state import RECENT_ACTS, CaseState, Instance, Seat

Record = JsonObject
Apply = Callable[[CaseState, Any, Any], None]
MESSAGES_MAX = 500
"""How many message ids a case remembers."""


def apply(state: CaseState, record: Record) -> None:
    """Apply one record: time, sequence and head first, then what its action means."""
    entry: Any = record
    detail = entry["detail"]
    state.seq, state.at = entry["seq"], entry["at"]
    state.head = chain.next_head(state.head, chain.sealed(record))
    act_id = detail.get("act_id")
    if act_id:
        _remember(state.acts, act_id, entry["seq"], RECENT_ACTS)
    APPLIERS[entry["action"]](state, entry, detail)
    for path in touched(entry):
        state.index(path)


def touched(entry: Any) -> Iterable[str]:
    """The paths whose instances a record changes, its own first."""
    detail = entry["detail"]
    lists = [detail[name] for name in ("cancels", "supersedes", "compensates", "settles") if name in detail]
    kept = [one["path"] for one in detail.get("keeps", ())]
    return dict.fromkeys([entry["path"], *(path for listed in lists for path in listed), *kept])


def fold(records: Iterable[Record]) -> CaseState:
    """The state after ``records``, the first of which is ``started``."""
    state: CaseState | None = None
    for record in records:
        if state is None:
            state = blank(record)
        apply(state, record)
    if state is None:
        raise ValueError("a case has at least its start record")
    return state


def blank(started: Record) -> CaseState:
    """The state before the first record: its head binds the case to its id, its pinned set and its start."""
    detail: Any = started["detail"]
    head = chain.case_head(detail["case_id"], detail["pinned_sha"], detail["start"])
    return CaseState(case_id=detail["case_id"], head=head)


def _remember(known: dict[str, Any], name: str, value: Any, most: int) -> None:
    known[name] = value
    while len(known) > most:
        del known[next(iter(known))]


def _started(state: CaseState, entry: Any, detail: Any) -> None:
    for name in (
        "process",
        "version",
        "definition_sha",
        "title",
        "pinned_sha",
        "engine_rev",
        "company",
        "site",
    ):
        setattr(state, name, detail[name])
    state.mode, state.business_key = detail["mode"], detail["business_key"]
    state.keys, state.start = dict(detail["keys"]), detail["start"]
    state.started_at, state.started_by = entry["at"], detail["actor"]["id"]
    state.parent = detail.get("parent")


def _enter(state: CaseState, entry: Any, detail: Any) -> Instance:
    """The instance of the record's path, made on its first record."""
    found = state.instances.get(entry["path"])
    if found is not None:
        return found
    instance = Instance(
        path=entry["path"],
        step=detail["step"],
        kind=detail["kind"],
        round=detail["round"],
        scope=detail["scope"],
        block=detail["block"],
        since=entry["at"],
        seq=entry["seq"],
    )
    state.add(instance)
    state.rounds[f"{instance.scope}/{instance.step}"] = instance.round
    state.size += 240
    return instance


def _opened(state: CaseState, entry: Any, detail: Any) -> None:
    instance = _enter(state, entry, detail)
    instance.state, instance.incident = "open", None
    instance.title, instance.due = detail.get("title"), detail.get("due")
    for seat in detail.get("seats", ()):
        instance.seats.append(applied.new_seat(seat))
    instance.children.update(dict.fromkeys(detail.get("children", ()), "open"))
    instance.children.update(dict.fromkeys(detail.get("waiting", ()), "waiting"))
    instance.children.update(dict.fromkeys(detail.get("carried", ()), "done"))
    instance.items = detail.get("items", instance.items)
    instance.list_field = detail.get("list_field", instance.list_field)
    instance.item_name = detail.get("item_name", instance.item_name)
    instance.alarms.update(detail.get("alarms", {}))
    instance.waits = list(detail.get("waits", instance.waits))
    instance.iteration = detail.get("iteration", instance.iteration)
    instance.queued = detail.get("queued")
    instance.child = detail.get("child", instance.child)
    instance.later = list(detail.get("later", instance.later))
    state.size += weight(instance.items) if instance.items else 0


def _claimed(state: CaseState, entry: Any, detail: Any) -> None:
    seat = seat_of(state, entry, detail)
    seat.assignee, seat.lease = detail["actor"]["id"], detail.get("lease")


def _released(state: CaseState, entry: Any, detail: Any) -> None:
    seat = seat_of(state, entry, detail)
    seat.assignee = seat.lease = None


def _completed(state: CaseState, entry: Any, detail: Any) -> None:
    instance, seat = state.instances[entry["path"]], seat_of(state, entry, detail)
    seat.state, seat.outcome = "done", detail["outcome"]
    seat.actor, seat.at = detail["actor"]["id"], entry["at"]
    seat.assignee = seat.assignee or seat.actor
    if detail.get("on_behalf_of"):
        seat.behind = detail["on_behalf_of"]["id"]
    seat.late = detail.get("late")
    instance.values = {**instance.values, **detail["act"]["values"]}
    for opened in detail.get("opens", ()):
        applied.open_seat(instance, opened)
    applied.resume(instance, seat.key)
    if detail["decides"]:
        close_seats(instance, "not_needed")
        finish(state, instance, entry, detail, detail["decides"], detail["actor"]["id"])


def _decided(state: CaseState, entry: Any, detail: Any) -> None:
    instance = _enter(state, entry, detail)
    finish(state, instance, entry, detail, detail["outcome"], "system")


def _set(state: CaseState, entry: Any, detail: Any) -> None:
    if "calendar" in detail:
        applied.recalendared(state, detail)
    elif entry["path"] == paths.ROOT:
        state.listens, state.hears = detail["listens"], True
    else:
        _decided(state, entry, detail)


def _called(state: CaseState, entry: Any, detail: Any) -> None:
    instance = _enter(state, entry, detail)
    instance.incident, instance.queued = None, None
    if "undo" in detail:
        instance.undo = detail["undo"]
        return
    instance.state = "open"
    instance.call = detail["call"]
    state.size += weight(detail["call"])


def _posted(state: CaseState, entry: Any, detail: Any) -> None:
    instance = state.instances[entry["path"]]
    if detail.get("settles_as"):
        instance.state = detail["settles_as"]
        instance.child = detail.get("child", instance.child)
        return
    finish(state, instance, entry, detail, detail["outcome"], "system")


def _not_entered(state: CaseState, entry: Any, detail: Any) -> None:
    instance = _enter(state, entry, detail)
    instance.state, instance.incident = "skipped", None


def _incident(state: CaseState, entry: Any, detail: Any) -> None:
    instance = _enter(state, entry, detail)
    if instance.state != "compensating":
        instance.state = "incident"
    instance.incidents += 1
    instance.incident = detail["error"]
    instance.queued = None
    instance.seats.append(Seat(f"i{instance.incidents}", list(detail["roles"])))


def _retried(state: CaseState, entry: Any, detail: Any) -> None:
    instance, seat = state.instances[entry["path"]], seat_of(state, entry, detail)
    seat.state, seat.outcome = "done", detail.get("how", "retry")
    seat.actor, seat.at = detail["actor"]["id"], entry["at"]
    if instance.state == "incident":
        instance.state = "open"
    instance.incident = None if instance.state == "compensating" else instance.incident
    if detail.get("fix"):
        fix = {"seq": entry["seq"], **detail["fix"]}
        state.fixes.append(fix)
        write(state, fix["target"], fix["fields"])


def _ended(state: CaseState, entry: Any, detail: Any) -> None:
    if entry["path"] == paths.ROOT:
        state.state, state.outcome = detail["outcome"], detail["outcome"]
        state.closed_at, state.sealed = entry["at"], bool(detail.get("seal"))
        state.pending, state.backs, state.listens = [], {}, {}
        return
    instance = state.instances[entry["path"]]
    if "children" in detail:
        instance.children[detail["children"]] = "done"
    if detail.get("enters"):
        instance.children[detail["enters"]] = "open"
    if detail.get("iteration"):
        instance.iteration = detail["iteration"]
    if detail.get("closed"):
        instance.closed = True
    if detail.get("done"):
        instance.lingers = bool(detail.get("lingers"))
        instance.shas = detail.get("shas", {})
        finish(state, instance, entry, {"values": {}}, detail.get("outcome", "done"), "system")
        instance.items = {} if not instance.lingers else instance.items


def _reopened(state: CaseState, entry: Any, detail: Any) -> None:
    """The case runs again; what followed the target is undone as with a return."""
    state.state, state.outcome, state.closed_at = "running", None, None
    applied.returned(state, entry, detail)


def _cancelled(state: CaseState, entry: Any, detail: Any) -> None:
    for path in detail["cancels"]:
        applied.cancel(state.instances[path])
    if detail.get("then"):
        state.pending = [{"waits": detail["waits"], "then": detail["then"]}]


def _continued(state: CaseState, entry: Any, detail: Any) -> None:
    state.engine_rev = detail["engine_rev"]


def _migrated(state: CaseState, entry: Any, detail: Any) -> None:
    """The case goes on under another version; what is kept open gets its new words, deadline and posts."""
    to = detail["to"]
    state.version, state.title = to["version"], to["title"]
    state.definition_sha, state.pinned_sha = to["definition_sha"], to["pinned_sha"]
    for kept in detail["keeps"]:
        instance = state.instances[kept["path"]]
        instance.title, instance.due = kept.get("title", instance.title), kept.get("due", instance.due)
        instance.item_name = kept.get("item_name", instance.item_name)
        instance.alarms = dict(kept.get("alarms", instance.alarms))
        for seat in instance.seats if "roles" in kept else ():
            if seat.key.startswith("s"):
                seat.roles, seat.assignee, seat.lease = list(kept["roles"]), None, None
                seat.person = seat.principal = seat.prepared = None
    if detail["writes"]:
        state.fixes.append({"seq": entry["seq"], "target": detail["writes"], "fields": detail["values"]})
        write(state, detail["writes"], detail["values"])


def _messaged(state: CaseState, entry: Any, detail: Any) -> None:
    _remember(state.messages, detail["message"]["id"], entry["at"], MESSAGES_MAX)
    if entry["path"] == paths.ROOT:
        state.message = detail["values"]
    elif detail.get("outcome"):
        finish(state, state.instances[entry["path"]], entry, detail, detail["outcome"], "system")


def _nothing(state: CaseState, entry: Any, detail: Any) -> None:
    """Recorded, but it changes nothing: a late answer, a late alarm."""


APPLIERS: dict[str, Apply] = {
    "started": _started,
    "opened": _opened,
    "claimed": _claimed,
    "released": _released,
    "completed": _completed,
    "decided": _decided,
    "set": _set,
    "notified": _decided,
    "called": _called,
    "posted": _posted,
    "undone": applied.undone,
    "not_entered": _not_entered,
    "incident": _incident,
    "retried": _retried,
    "deviated": applied.deviated,
    "ended": _ended,
    "cancelled": _cancelled,
    "returned": applied.returned,
    "reopened": _reopened,
    "superseded": applied.returned,
    "withdrawn": applied.withdrawn,
    "transferred": applied.transferred,
    "delegated": applied.delegated,
    "signer_added": applied.signer_added,
    "signer_removed": applied.signer_removed,
    "asked": applied.asked,
    "acknowledged": applied.acknowledged,
    "item_added": applied.item_added,
    "items_closed": applied.items_closed,
    "timed": applied.timed,
    "amended": applied.amended,
    "messaged": _messaged,
    "late": _nothing,
    "continued": _continued,
    "migrated": _migrated,
}
"""The actions that this release records; their names are the public ones of the history."""
