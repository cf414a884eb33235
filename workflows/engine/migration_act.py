"""The act that changes a running case to another version: who may, what it says, doing it.

The act is sealed over the plan and the hash of the new rules, so neither can be exchanged on the way; the rules
themselves travel beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from domain import roles
from domain.errors import Fault, GspError, Refusal, Text
from domain.json_types import Json, JsonObject
from workflows.engine.case import Outcome, answer_of
from workflows.engine.check import authentic
from workflows.engine.events import Acted
from workflows.engine.migrate import Verdict, migrate, verdict
from workflows.engine.migration_plan import Plan
from workflows.engine.state import CaseState
from workflows.language.model import Model

ACTION = "migrate"
MEANING = "approve"
SIGNER = "quality_director"
"""Whose signature changes a running case (GSP 20: changes of quality processes are approved by the quality director)."""


@dataclass(frozen=True)
class Wish:
    """What the act says: which version, under which rules, by which plan; ``undo``: the record that it takes back."""

    version: str
    pinned_sha: str
    plan: Plan
    undo: int | None = None

    def as_json(self) -> JsonObject:
        """The values of the act."""
        body: JsonObject = {"version": self.version, "pinned_sha": self.pinned_sha, "plan": self.plan.as_json()}
        return body if self.undo is None else {**body, "undo": self.undo}

    @staticmethod
    def from_json(raw: Any) -> Wish:
        """The wish of an act. Raises ``GspError`` (``bad_plan``) for another shape."""
        try:
            return Wish(str(raw["version"]), str(raw["pinned_sha"]), Plan.from_json(raw["plan"]), raw.get("undo"))
        except (KeyError, TypeError, AttributeError) as error:
            raise GspError("bad_plan", "迁移操作的格式不对。", "The migration has the wrong shape.") from error


def check_migration(old: Model, new: Model, state: CaseState, event: Acted, at: str) -> Refusal | None:
    """Why the case is not changed, or ``None``. Reads only."""
    envelope: Any = event.act.envelope
    found = authentic(state, event, at)
    if found is not None:
        return found
    if envelope["action"] != ACTION or envelope["path"] or envelope["seat"]:
        return Refusal(422, "unknown_action", Text("这不是迁移操作。", "This act is no migration."))
    found = _signer(envelope)
    if found is not None:
        return found
    try:
        wish = Wish.from_json(event.act.values)
    except GspError as error:
        return Refusal(422, error.code, error.text)
    if (wish.pinned_sha, wish.version) != (new.pinned_sha, new.version):
        return Refusal(422, "other_rules", Text("随附的规则与签名不符。", "The rules sent are not those signed for."))
    return refusal_of(verdict(old, new, state, wish.plan, at))


def _signer(envelope: Any) -> Refusal | None:
    if SIGNER not in envelope["facts"].get("roles", ()):
        who = roles.role_text(SIGNER)
        text = Text(f"迁移案例须由{who.zh}签名。", f"Changing running cases is signed by the {who.en.lower()}.")
        return Refusal(403, "wrong_role", text, rule="role", who_can=(SIGNER,))
    if envelope["meaning"] != MEANING or envelope["auth"].get("method") not in ("password", "badge"):
        text = Text(
            "迁移须签名，含义为“批准”，并再次验证身份。",
            "A migration is signed; the meaning is 'approve', with your password or badge again.",
        )
        return Refusal(401, "reauth_needed", text, rule="signature")
    return None


def refusal_of(found: Verdict) -> Refusal | None:
    """The refusal that a verdict amounts to."""
    if found.can:
        return None
    faults = tuple(Fault(one.path, one.code, one.text) for one in found.reasons)
    first = found.reasons[0].text
    code = "not_now" if found.passes else "cannot_migrate"
    return Refusal(409, code, Text(f"案例不能迁移：{first.zh}", f"The case cannot change: {first.en}"), faults=faults)


def migrated(old: Model, new: Model, state: CaseState, event: Acted, at: str) -> Outcome:
    """Change the case. The act must have passed ``check_migration`` in this state."""
    envelope: Any = event.act.envelope
    wish = Wish.from_json(event.act.values)
    said: JsonObject = {
        "actor": envelope["actor"],
        "on_behalf_of": envelope["on_behalf_of"],
        "reason": envelope["reason"],
        "act_id": event.act_id,
        "act": event.act.as_json(),
        **_undoes(wish),
    }
    turn = migrate(old, new, state, wish.plan, at, said, event.act.sha).turn
    return Outcome(turn.entries, turn.effects, answer_of(state, turn, event.act_id, envelope))


def _undoes(wish: Wish) -> dict[str, Json]:
    return {} if wish.undo is None else {"undo_of": wish.undo}
