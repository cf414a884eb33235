"""What the records of verbs, returns and alarms change, and the changes that several records share."""

from __future__ import annotations

from typing import Any

from domain.json_types import JsonObject
from workflows.engine.state import EFFECTIVE, CaseState, Instance, Seat


def weight(value: Any) -> int:
    """About how many characters ``value`` has as JSON: enough to know when a case comes near its limit of 1 MB."""
    if isinstance(value, str):
        return len(value) + 3
    if isinstance(value, dict):
        return 2 + sum(len(key) + 4 + weight(item) for key, item in value.items())
    if isinstance(value, list):
        return 2 + sum(map(weight, value))
    return 12


def new_seat(raw: Any) -> Seat:
    """A seat as a record opens it."""
    seat = Seat(raw["key"], list(raw["roles"]))
    seat.person, seat.position, seat.beside = raw.get("person"), raw.get("position", ""), raw.get("beside", "")
    seat.question = raw.get("question")
    seat.assignee = raw.get("assignee", seat.person)
    return seat


def seat_of(state: CaseState, entry: Any, detail: Any) -> Seat:
    """The seat that a record names."""
    seat = state.instances[entry["path"]].seat(detail["seat"])
    assert seat is not None, "a record names a seat of its instance"
    return seat


def close_seats(instance: Instance, how: str) -> None:
    """Nothing can be done at the open seats any more."""
    for seat in instance.seats:
        if seat.state == "open":
            seat.state = how
    instance.later, instance.suspended = [], {}


def resume(instance: Instance, key: str) -> None:
    """The seats that waited for the seat ``key`` can act again."""
    if instance.suspended:
        instance.suspended = {seat: waits for seat, waits in instance.suspended.items() if waits != key}


def finish(state: CaseState, instance: Instance, entry: Any, detail: Any, outcome: str, actor: str) -> None:
    """The instance is done: its output is fixed and its writes take effect."""
    values = instance.values if instance.kind in ("task", "approve") else detail.get("values", {})
    instance.state, instance.incident, instance.queued = "done", None, None
    instance.output = {
        "values": values,
        "outcome": outcome,
        "actor": actor,
        "at": entry["at"],
        "round": instance.round,
    }
    instance.values, instance.alarms, instance.waits = {}, {}, []
    instance.done_seq, instance.writes = entry["seq"], detail.get("writes")
    state.latest.setdefault(instance.step, []).append(instance.path)
    write(state, instance.writes, values)
    state.size += weight(instance.output) + 80


def write(state: CaseState, target: Any, fields: JsonObject) -> None:
    """Replace whole top-level fields of the target: the case's data, or one item of a list.

    A list that is replaced loses what its items' steps have written, unless it is only corrected (``keeps``).
    """
    if not target:
        return
    if "only" in target:
        fields = {name: value for name, value in fields.items() if name in target["only"]}
    if target["target"] == "data":
        for name in fields if not target.get("keeps") else ():
            state.overlays.pop(name, None)
        state.data = {**state.data, **fields}
    else:
        overlay = state.overlays.setdefault(target["target"], {})
        overlay[target["key"]] = {**overlay.get(target["key"], {}), **fields}
    state.size += weight(fields)


def refold(state: CaseState) -> None:
    """Effective data anew: the writes of effective instances and people's corrections, in the order of the records."""
    writes: list[tuple[int, Any, JsonObject]] = []
    for instance in state.instances.values():
        if instance.state in EFFECTIVE and instance.writes and instance.output:
            values: Any = instance.output["values"]
            writes.append((instance.done_seq, instance.writes, values))
    for raw in state.fixes:
        fix: Any = raw
        writes.append((fix["seq"], fix["target"], fix["fields"]))
    state.data, state.overlays = {}, {}
    for _, target, fields in sorted(writes, key=lambda one: one[0]):
        write(state, target, fields)


def cancel(instance: Instance) -> None:
    """Nothing happens at the instance any more; what people did there stays on record."""
    instance.state, instance.incident, instance.queued = "cancelled", None, None
    instance.alarms, instance.waits = {}, []
    close_seats(instance, "cancelled")


def supersede(instance: Instance) -> None:
    """What was done counts no more; signatures are kept, marked by the state."""
    instance.state = "superseded"
    instance.alarms, instance.waits = {}, []
    for seat in instance.seats:
        seat.state = "superseded" if seat.state == "done" else "cancelled" if seat.state == "open" else seat.state


def returned(state: CaseState, entry: Any, detail: Any) -> None:
    """A return, a withdrawal or a cancel: what stops, what counts no more, what is undone first, what comes then."""
    if "resumes" in detail:
        state.pending = [one for one in state.pending if one["then"] != detail["resumes"]]
        _note_back(state, detail["resumes"])
        return
    for path in detail["cancels"]:
        cancel(state.instances[path])
    for path in detail["settles"]:
        instance = state.instances[path]
        close_seats(instance, "cancelled")
        instance.state = "settling"
    for path in detail["supersedes"]:
        supersede(state.instances[path])
    for path in detail["compensates"]:
        supersede(state.instances[path])
        state.instances[path].state = "compensating"
    if detail.get("then"):
        joins = set(detail["joins"])
        state.pending = [one for one in state.pending if not joins.intersection(one["waits"])]
        waits = [*detail["joins"], *detail["settles"], *detail["compensates"]]
        if waits:
            state.pending.append({"waits": waits, "then": detail["then"]})
        else:
            _note_back(state, detail["then"])
    refold(state)


def _note_back(state: CaseState, then: Any) -> None:
    """The target goes straight back to where the return came from, once it is done again."""
    if then.get("back"):
        state.backs[then["back"]["from"]] = {"scope": then["back"]["scope"], "step": then["back"]["step"]}


def undone(state: CaseState, entry: Any, detail: Any) -> None:
    """A posting is reversed; what waited for that may go on when nothing is left."""
    instance = state.instances[entry["path"]]
    instance.state, instance.undo, instance.incident = "superseded", None, None
    close_seats(instance, "cancelled")


def deviated(state: CaseState, entry: Any, detail: Any) -> None:
    """A step was skipped with a deviation: it is done with the output that quality signed."""
    instance, seat = state.instances[entry["path"]], seat_of(state, entry, detail)
    seat.state, seat.outcome = "done", "skip"
    seat.actor, seat.at = detail["actor"]["id"], entry["at"]
    close_seats(instance, "not_needed")
    finish(state, instance, entry, detail, detail["outcome"], detail["actor"]["id"])


def withdrawn(state: CaseState, entry: Any, detail: Any) -> None:
    """A vote is taken back while its step is open, or a finished step is opened again by who finished it."""
    if "then" in detail:
        if "reopens" in detail:
            state.instances[detail["reopens"]["path"]].children[detail["reopens"]["child"]] = "open"
        returned(state, entry, detail)
        return
    instance, seat = state.instances[entry["path"]], seat_of(state, entry, detail)
    seat.state, seat.outcome, seat.actor, seat.at, seat.behind = "open", None, None, None, None
    for closed in (one for one in instance.seats if one.key in detail["closes"]):
        closed.state = "cancelled"
        if closed.beside:
            again = {"key": closed.key, "roles": closed.roles, "person": closed.person}
            instance.later.append({**again, "position": closed.position, "beside": closed.beside})


def open_seat(instance: Instance, raw: Any) -> None:
    """One more seat, or one again that was closed when the vote before it was withdrawn."""
    instance.seats = [one for one in instance.seats if one.key != raw["key"]] + [new_seat(raw)]
    instance.later = [one for one in instance.later if one["key"] != raw["key"]]


def transferred(state: CaseState, entry: Any, detail: Any) -> None:
    """Somebody else has the task now."""
    seat = seat_of(state, entry, detail)
    seat.assignee, seat.lease, seat.principal = detail["to"]["id"], None, None
    if seat.person is not None:
        seat.person = detail["to"]["id"]


def delegated(state: CaseState, entry: Any, detail: Any) -> None:
    """Somebody prepares the task for its holder, or gives it back prepared."""
    seat = seat_of(state, entry, detail)
    if "prepared" in detail:
        seat.prepared, seat.assignee, seat.principal = detail["prepared"], seat.principal, None
    else:
        seat.principal, seat.assignee, seat.lease = detail["actor"]["id"], detail["to"]["id"], None


def signer_added(state: CaseState, entry: Any, detail: Any) -> None:
    """One more person has to sign at the step."""
    instance, new = state.instances[entry["path"]], detail["adds"]
    instance.added += 1
    if new["position"] == "after":
        instance.later.append(new)
        return
    instance.seats.append(new_seat(new))
    if new["position"] == "before":
        instance.suspended = {**instance.suspended, new["beside"]: new["key"]}


def signer_removed(state: CaseState, entry: Any, detail: Any) -> None:
    """An added signer is not needed after all."""
    instance, key = state.instances[entry["path"]], detail["removes"]
    instance.later = [one for one in instance.later if one["key"] != key]
    seat = instance.seat(key)
    if seat is not None:
        seat.state = "cancelled"
    resume(instance, key)
    if detail.get("decides"):
        close_seats(instance, "not_needed")
        finish(state, instance, entry, detail, detail["decides"], detail["actor"]["id"])


def asked(state: CaseState, entry: Any, detail: Any) -> None:
    """Somebody is asked for what is missing, or has answered."""
    instance = state.instances[entry["path"]]
    if "asks" in detail:
        instance.added += 1
        instance.seats.append(new_seat(detail["asks"]))
        if detail["suspends"]:
            instance.suspended = {**instance.suspended, detail["seat"]: detail["asks"]["key"]}
        return
    seat = seat_of(state, entry, detail)
    seat.state, seat.outcome = "done", "answered"
    seat.actor, seat.at = detail["actor"]["id"], entry["at"]
    resume(instance, seat.key)


def acknowledged(state: CaseState, entry: Any, detail: Any) -> None:
    """Somebody confirms that he has read."""
    instance, seat = state.instances[entry["path"]], seat_of(state, entry, detail)
    seat.state, seat.outcome = "done", "read"
    seat.actor, seat.at = detail["actor"]["id"], entry["at"]
    seat.assignee = seat.assignee or seat.actor
    if detail["decides"]:
        finish(state, instance, entry, {"values": {}}, detail["decides"], detail["actor"]["id"])


def item_added(state: CaseState, entry: Any, detail: Any) -> None:
    """One more item of an open list."""
    instance = state.instances[entry["path"]]
    instance.children[detail["key"]] = "waiting" if detail.get("waits") else "open"
    instance.items = {**instance.items, detail["key"]: detail["item"]}
    state.size += weight(detail["item"])


def items_closed(state: CaseState, entry: Any, detail: Any) -> None:
    """No item is added any more; one that waits for its turn is left out unless the act says that it still has it."""
    instance = state.instances[entry["path"]]
    instance.closed = True
    if detail.get("begins_waiting"):
        return
    instance.children = {key: how for key, how in instance.children.items() if how != "waiting"}


def timed(state: CaseState, entry: Any, detail: Any) -> None:
    """An alarm rang: it is over, and does what its step says."""
    instance = state.instances[entry["path"]]
    instance.alarms.pop(detail["alarm"], None)
    if detail.get("adds"):
        for seat in instance.seats:
            if seat.state == "open" and seat.key[0] in "sa" and detail["adds"] not in seat.roles:
                seat.roles = [*seat.roles, detail["adds"]]
    if detail.get("outcome"):
        finish(state, instance, entry, detail, detail["outcome"], "system")


def recalendared(state: CaseState, detail: Any) -> None:
    """A newer calendar counts from here on; deadlines and alarms that move by it are set anew."""
    state.calendar = detail["calendar"]
    for kept in detail["keeps"]:
        instance = state.instances[kept["path"]]
        instance.due, instance.alarms = kept["due"], dict(kept["alarms"])
        instance.waits = list(kept.get("waits", instance.waits))


def amended(state: CaseState, entry: Any, detail: Any) -> None:
    """A correction takes effect from its record on; what was entered stays as it was."""
    if detail.get("fix"):
        fix = detail["fix"]
        for each in (fix, fix["also"]) if "also" in fix else (fix,):
            state.fixes.append({"seq": entry["seq"], "target": each["target"], "fields": each["fields"]})
            write(state, each["target"], each["fields"])
