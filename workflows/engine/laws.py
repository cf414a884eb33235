"""The laws of acts at a seat: each says why an act is refused, or nothing. Reads only.

``workflows.engine.check`` asks them in order; the first that refuses is told to the person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from domain import roles
from domain.errors import Fault, Refusal, Text
from workflows.engine import late_entries, people
from workflows.engine.events import Acted
from workflows.engine.item_keys import repeated_keys
from workflows.engine.scope import items_above, scope_of
from workflows.engine.state import EFFECTIVE, CaseState, Instance, Seat
from workflows.language.model import Model, Step

UNDOING = ("incident", "compensating")


@dataclass(frozen=True)
class Asked:
    """An act on a seat, with everything a law looks at."""

    model: Model
    state: CaseState
    step: Step
    instance: Instance
    seat: Seat
    event: Acted

    @property
    def envelope(self) -> Any:
        """The act's envelope."""
        return self.event.act.envelope

    @property
    def action(self) -> str:
        """What is to be done."""
        return str(self.envelope["action"])

    @property
    def values(self) -> Any:
        """What was entered, or the parameters of the verb."""
        return self.event.act.values

    @property
    def facts(self) -> Any:
        """What ``services`` found out and signed with the act."""
        return self.envelope["facts"]


Law = Callable[[Asked], Refusal | None]


def fits_seat(asked: Asked) -> Refusal | None:
    """Each kind of seat has its own verbs."""
    if asked.action in VERBS_OF[asked.seat.key[0]]:
        return None
    action = asked.action
    return Refusal(422, "unknown_action", Text(f"这里不能做“{action}”。", f"'{action}' is not possible here."))


VERBS_OF = {
    "s": {
        *("claim", "release", "complete", "transfer", "delegate", "add_signer", "remove_signer", "ask"),
        *("withdraw", "return", "hand_over"),
    },
    "a": {"claim", "release", "complete", "transfer", "ask", "withdraw", "return", "hand_over"},
    "q": {"answer", "hand_over"},
    "n": {"claim", "release", "acknowledge", "hand_over"},
    "i": {"claim", "release", "retry", "fix", "skip"},
}
"""The verbs of seats by the first letter of their key."""


def late_fits(asked: Asked) -> Refusal | None:
    """What is entered late carries its paper and a second person."""
    return late_entries.late_fault(asked.envelope)


def is_open(asked: Asked) -> Refusal | None:
    """What is done cannot be done again; the loser of a race is told who won."""
    instance, seat = asked.instance, asked.seat
    expected = UNDOING if seat.key.startswith("i") else ("open",)
    if seat.state == "open" and instance.state in expected:
        return None
    who, when = seat.actor or _decider(instance), seat.at or _decided_at(instance)
    text = Text(
        f"这项任务已由 {who or '系统'} 于 {when or '—'} 处理。",
        f"{who or 'The system'} dealt with this task at {when or '—'}.",
    )
    return Refusal(409, "already_done", text, done_by=who, done_at=when, outcome=seat.outcome or _outcome(instance))


def _decider(instance: Instance) -> str | None:
    return str(instance.output["actor"]) if instance.output else None


def _decided_at(instance: Instance) -> str | None:
    return str(instance.output["at"]) if instance.output else None


def _outcome(instance: Instance) -> str | None:
    return str(instance.output["outcome"]) if instance.output else instance.state


def has_role(asked: Asked) -> Refusal | None:
    """A seat is for the holders of its roles; one that was asked needs no post, only to be the person."""
    seat = asked.seat
    if seat.key.startswith("q"):
        return None
    held = set(asked.facts.get("roles", ()))
    acting = held - roles.NEVER_SIGNS if not seat.key.startswith("i") else held
    if acting & set(seat.roles):
        return None
    zh = "、".join(roles.role_text(role).zh for role in seat.roles)
    en = ", ".join(roles.role_text(role).en for role in seat.roles)
    text = Text(f"此处须由{zh}处理，您没有这个岗位。", f"This is for: {en}. You do not hold that post.")
    return Refusal(403, "wrong_role", text, rule="role", who_can=tuple(seat.roles))


def is_person(asked: Asked) -> Refusal | None:
    """A seat of one person is that person's, of who acts on his behalf, or of who prepares it for him."""
    person = asked.seat.assignee if asked.seat.principal else asked.seat.person
    if person is None or person in persons_of(asked.envelope):
        return None
    text = Text(f"此处须由 {person} 本人处理。", f"This is for {person} in person.")
    return Refusal(403, "not_yours", text, rule="person", who_can=(person,))


def is_free(asked: Asked) -> Refusal | None:
    """Nobody else has claimed the task, or the claim has run out."""
    seat, envelope = asked.seat, asked.envelope
    mine = persons_of(envelope)
    if asked.action == "release" and seat.assignee not in mine:
        return Refusal(409, "not_claimed", Text("您没有认领这项任务。", "You have not claimed this task."))
    if seat.assignee is None or seat.assignee in mine:
        return None
    if seat.lease is not None and seat.lease < str(envelope["received_at"]):
        return None
    text = Text(f"{seat.assignee} 已认领这项任务。", f"{seat.assignee} has claimed this task.")
    return Refusal(409, "claimed_by_other", text, done_by=seat.assignee)


def not_suspended(asked: Asked) -> Refusal | None:
    """A seat that waits for an answer or for another signature cannot act before."""
    waits_for = asked.instance.suspended.get(asked.seat.key)
    other = asked.instance.seat(waits_for) if waits_for else None
    if other is None:
        return None
    who = other.person or "、".join(other.roles)
    if other.key.startswith("q"):
        text = Text(f"已向 {who} 询问，收到答复后才能继续。", f"{who} was asked; this goes on with the answer.")
    else:
        text = Text(f"须先由 {who} 签署。", f"{who} signs first.")
    return Refusal(409, "suspended", text, rule="suspended", who_can=(who,))


def four_eyes(asked: Asked) -> Refusal | None:
    """``not_same_as`` works in both directions, over all effective acts of both steps, principals and delegates."""
    mine = persons_of(asked.envelope)
    for other in asked.model.four_eyes_with(asked.step.id):
        both = mine & actors_of(asked.state, other)
        if both:
            return _other_person(both, other, asked.seat)
    voters = [other for other in asked.instance.seats if other.key[0] in "sa" and other.key != asked.seat.key]
    if any(mine & {other.actor, other.behind} for other in voters if other.state == "done"):
        text = Text("同一人在一个步骤只能表决一次。", "One person votes at most once at a step.")
        return Refusal(403, "one_seat", text, rule="one_seat", who_can=tuple(asked.seat.roles))
    return None


def _other_person(both: set[str], step: str, seat: Seat) -> Refusal:
    who = "、".join(sorted(both))
    text = Text(
        f"{who} 已在步骤“{step}”操作，此处须由另一人处理。",
        f"{who} acted at step '{step}'; somebody else must act here.",
    )
    return Refusal(403, "four_eyes", text, rule="four_eyes", who_can=tuple(seat.roles))


def same_person(asked: Asked) -> Refusal | None:
    """``same_as``: who did that step does this one."""
    if asked.step.same_as is None or not asked.seat.key.startswith("s"):
        return None
    wanted = actors_of(asked.state, asked.step.same_as)
    if not wanted or persons_of(asked.envelope) & wanted:
        return None
    who = "、".join(sorted(wanted))
    zh = f"步骤“{asked.step.same_as}”由 {who} 办理，此处须由同一人处理；如本人不在，请转办或请管理人员处理。"
    en = f"{who} did step '{asked.step.same_as}'; the same person must act here."
    return Refusal(403, "same_as", Text(zh, en), rule="same_as", who_can=tuple(sorted(wanted)))


def persons_of(envelope: Any) -> set[str]:
    """The people behind an act: the actor and the one acted for."""
    behind = envelope["on_behalf_of"]
    return {envelope["actor"]["id"]} | ({behind["id"]} if behind else set())


def actors_of(state: CaseState, step: str) -> set[str]:
    """Everybody with an effective act at a step: any item, any seat; principals, and who prepared it for them."""
    found: set[str] = set()
    for path in state.by_step(step):
        instance = state.instances[path]
        if instance.state in EFFECTIVE or instance.is_active:
            for seat in instance.seats:
                if seat.actor and seat.state == "done":
                    found |= {seat.actor, *([seat.behind] if seat.behind else [])}
                if seat.prepared:
                    prepared: Any = seat.prepared
                    found.add(prepared["actor"]["id"])
    return found


def qualified(asked: Asked) -> Refusal | None:
    """``needs``: qualification, training and health check valid on the day, as ``services`` found and signed."""
    missing = [need for need in asked.step.needs if need not in asked.facts.get("needs", ())]
    if not missing:
        return None
    named = ", ".join(missing)
    zh, en = f"缺少有效的资格：{named}。请人事或培训管理员补办。", f"Not valid today: {named}. Ask HR or training."
    return Refusal(403, "needs", Text(zh, en), rule=f"need:{missing[0]}")


def outcome_known(asked: Asked) -> Refusal | None:
    """An outcome that the step offers; nobody signs a default."""
    step = asked.step
    if not asked.envelope["outcome"] and (missing := outcome_missing(step)):
        return missing
    outcome = people.outcome_of(asked.event.act, step)
    known = [item.key for item in step.outcomes] or [step.success]
    if outcome in known:
        return None
    listed = ", ".join(known)
    zh, en = f"结果“{outcome}”未声明；可选：{listed}。", f"'{outcome}' is no outcome here; choose of: {listed}."
    return Refusal(422, "unknown_outcome", Text(zh, en))


def outcome_missing(step: Step) -> Refusal | None:
    """Nobody signs a default: a signed step with several outcomes needs one that was chosen."""
    if step.sign is None or len(step.outcomes) < 2:
        return None
    listed_zh = "、".join(f"{item.key}（{item.title.zh}）" for item in step.outcomes)
    listed_en = ", ".join(f"{item.key} ({item.title.en})" for item in step.outcomes)
    text = Text(f"请选择结果后再签名：{listed_zh}。", f"Choose the outcome before you sign: {listed_en}.")
    return Refusal(422, "outcome_missing", text, faults=(Fault("/outcome", "outcome_missing", text),))


def signed(asked: Asked) -> Refusal | None:
    """The signature that the step asks for, with its meaning and its proof of identity."""
    step, envelope = asked.step, asked.envelope
    if step.sign is not None and envelope["meaning"] != step.sign.meaning:
        text = Text("这一步须签名，签名含义不符。", "This step needs a signature with its own meaning.")
        return Refusal(422, "wrong_meaning", text, rule="signature")
    if step.sign is not None and step.sign.reauth and not proven(envelope):
        return unproven()
    if step.external_signature is not None and asked.seat.key == "s1" and not envelope["external"]:
        who = roles.role_text(step.external_signature)
        text = Text(f"还缺{who.zh}的签名。", f"The signature of the {who.en.lower()} is missing.")
        return Refusal(422, "external_signature_missing", text, rule="external_signature")
    return None


def proven(envelope: Any) -> bool:
    """Whether the person has proved identity for this act."""
    return envelope["auth"].get("method") in ("password", "badge")


def unproven() -> Refusal:
    """What is told to a person who has not."""
    text = Text("签名须再次验证身份（密码或工牌 + PIN）。", "Signing needs your password, or badge and PIN, again.")
    return Refusal(401, "reauth_needed", text, rule="signature")


def form_fits(asked: Asked) -> Refusal | None:
    """Values belong to the form of the step, in the version that the case runs."""
    step = asked.step
    if step.form is None and asked.values:
        text = Text("这一步没有表单，不接受数据。", "This step has no form and takes no data.")
        return Refusal(422, "no_form", text)
    if step.form is not None and asked.envelope["form_sha"] != asked.model.form_shas[step.form]:
        text = Text("表单版本不符，请重新打开任务。", "This is another form; open the task again.")
        return Refusal(409, "other_form", text)
    return None


def row_keys_differ(asked: Asked) -> Refusal | None:
    """Rows that a later ``foreach`` goes through have keys of their own."""
    scope = scope_of(asked.model, asked.state, asked.instance.scope, str(asked.envelope["received_at"]))
    in_item = bool(items_above(asked.state, asked.instance.scope))
    faults = repeated_keys(asked.model, asked.step, asked.values, scope, in_item=in_item)
    if not faults:
        return None
    return Refusal(422, "repeated_key", faults[0].message, faults=tuple(faults))
