"""Whom a step waits for: who may act, who has claimed it, who was asked first, how a vote stands, what is due when."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from domain.errors import Text
from workflows.engine.looked import Looked
from workflows.engine.phrases import listed, posts, sentence
from workflows.engine.state import Instance, Seat
from workflows.engine.votes import tally
from workflows.language.model import Step

OWN = "san"
"""Seats at which the step itself is done: of the definition, added signers, confirmed reading."""


def of_step(looked: Looked, instance: Instance) -> Text:
    """Everything that is still to come at the seats of a step."""
    step = looked.model.steps[instance.step]
    seats = [seat for seat in instance.seats if seat.state == "open"]
    own = [seat for seat in seats if seat.key[0] in OWN and seat.key not in instance.suspended]
    return sentence(
        _suspended(looked, instance, seats),
        _waiting_for([_who(looked, seat) for seat in own]),
        _asked(looked, instance, seats),
        _vote(step, instance),
        _later(looked, step, instance),
        _due(looked, instance),
        _escalation(looked, step, instance),
    )


def for_seat(looked: Looked, seat: Seat) -> Text:
    """For whom one seat waits."""
    return _said([_who(looked, seat)])


def _said(people: list[Text]) -> Text:
    who = listed(people)
    return Text(f"等待{who.zh}处理", f"waiting for: {who.en}")


def _waiting_for(people: list[Text]) -> Text | None:
    return _said(people) if people else None


def _who(looked: Looked, seat: Seat) -> Text:
    """Who may act at a seat."""
    held = posts(seat.roles)
    name = seat.assignee or seat.person
    if name is None:
        return held
    who = looked.person(name)
    if seat.principal is not None:
        back = looked.person(seat.principal)
        return Text(f"{who.zh}（为{back.zh}准备，之后交回）", f"{who.en} (prepares it for {back.en} and gives it back)")
    if seat.prepared is not None:
        actor: dict[str, str] = seat.prepared["actor"]  # type: ignore[assignment]
        by = looked.person(actor["id"])
        return Text(f"{who.zh}（{by.zh}已准备好）", f"{who.en} (prepared by {by.en})")
    if seat.lease is not None and seat.lease < looked.now:
        return Text(
            f"{who.zh}（认领已过期，{held.zh}可接手）", f"{who.en} (the claim has run out: {held.en} may take over)"
        )
    return who


# ---------------------------------------------------------------- questions and other signatures first
def _suspended(looked: Looked, instance: Instance, seats: list[Seat]) -> Text | None:
    """Seats that cannot act before another one has."""
    held = [seat for seat in seats if seat.key in instance.suspended]
    if not held:
        return None
    first = instance.seat(instance.suspended[held[0].key])
    who, then = listed([_who(looked, seat) for seat in held]), None if first is None else _who(looked, first)
    if first is None or then is None:
        return Text(f"{who.zh}暂停", f"{who.en} cannot act yet")
    if first.key.startswith("q"):
        about = f"“{first.question}”" if first.question else ""
        return Text(
            f"已暂停，等待{then.zh}答复{about}，之后由{who.zh}继续",
            f"suspended until {then.en} answers {about}, then for: {who.en}",
        )
    return Text(f"须先由{then.zh}加签，之后由{who.zh}办理", f"{then.en} signs first, then: {who.en}")


def _asked(looked: Looked, instance: Instance, seats: list[Seat]) -> Text | None:
    """Questions that are open without holding anything up."""
    blocking = set(instance.suspended.values())
    asked = [_who(looked, seat) for seat in seats if seat.key.startswith("q") and seat.key not in blocking]
    who = listed(asked)
    return Text(f"另已询问{who.zh}", f"asked besides: {who.en}") if asked else None


def _later(looked: Looked, step: Step, instance: Instance) -> Text | None:
    """Who comes after those who may act now."""
    after = [looked.person(one["person"]) if one.get("person") else posts(one["roles"]) for one in instance.later]
    if step.rule == "sequence":
        there = {seat.key for seat in instance.seats if seat.state != "cancelled"}
        after += [posts([role]) for index, role in enumerate(step.roles, 1) if f"s{index}" not in there]
    who = listed(after)
    return Text(f"其后：{who.zh}", f"after that: {who.en}") if after else None


# ---------------------------------------------------------------- votes and deadlines
def _vote(step: Step, instance: Instance) -> Text | None:
    if step.kind != "approve" or len(instance.seats) < 2:
        return None
    told = tally(step, instance)
    zh = f"{told['total']} 票中已批准 {told['approved']} 票、否决 {told['rejected']} 票"
    en = f"{told['approved']} approved and {told['rejected']} rejected of {told['total']}"
    needed = step.n if step.rule == "n_of" else _share(step.ratio, told["total"]) if step.rule == "ratio" else 0
    return Text(f"{zh}，需 {needed} 票批准", f"{en}, {needed} are needed") if needed else Text(zh, en)


def _share(ratio: Decimal, total: int) -> int:
    return int((ratio * total).to_integral_value(rounding=ROUND_CEILING))


def _due(looked: Looked, instance: Instance) -> Text | None:
    if instance.due is None:
        return None
    at = looked.time(instance.due)
    if instance.due < looked.now:
        return Text(f"已于 {at} 逾期", f"overdue since {at}")
    return Text(f"应于 {at} 前办完", f"due {at}")


def _escalation(looked: Looked, step: Step, instance: Instance) -> Text | None:
    """What happens next by itself when nobody acts."""
    ahead = [(at, key) for key, at in instance.alarms.items() if key.startswith("escalate")]
    if not ahead:
        return None
    at, key = min(ahead)
    rung, when = step.escalate[int(key.removeprefix("escalate"))], looked.time(at)
    if rung.add is not None:
        who = posts([rung.add])
        return Text(f"{when} 起{who.zh}也可办理", f"from {when} {who.en} may act as well")
    reminded = Text("经办人", "whoever has it") if rung.remind == "assignee" else posts([rung.remind or ""])
    return Text(f"{when} 提醒{reminded.zh}", f"{when}: {reminded.en} will be reminded")
