"""Posts (roles) given and taken by an approved request. The laws are those of the administration page."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session, select

from activities.context import ActivityContext, Call
from activities.master_data import authority, refuse
from domain import roles
from domain.errors import Fault, Text
from domain.json_types import JsonObject
from records import audit, people
from records.master import Because
from records.organisation import Site
from records.people import RoleGrant

SYSTEM = "it_admin"


def check(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`access.check`: whether account, posts and sites exist and go together."""
    call = Call.from_json(envelope)
    with ctx.database.read() as session:
        refuse(_faults(session, call))
    return {"change_summary": _summary(call)}


def apply(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`access.apply`: the approved posts are given or taken; asked again it answers what it did."""
    call = Call.from_json(envelope)
    with ctx.database.write() as session:
        if _is_done(session, call):
            return {"change_summary": _summary(call)}
        refuse(_faults(session, call))
        because = authority(session, call, "", str(call.input["change_reason"]))
        if because.by == call.input["rights_holder"]:
            text = Text("不能批准自己的权限。", "Nobody approves their own posts.")
            refuse((Fault("/rights_holder", "not_oneself", text),))
        if call.mode == "live":
            _change(session, call, because)
    return {"change_summary": _summary(call)}


def _faults(session: Session, call: Call) -> tuple[Fault, ...]:
    person, faults = people.account(session, str(call.input["rights_holder"])), []
    if person is None or person.disabled:
        text = Text(f"没有在用账号“{call.input['rights_holder']}”。", "There is no such account in use.")
        faults.append(Fault("/rights_holder", "unknown", text))
    for index, right in enumerate(_rights(call)):
        site = right.get("site")
        if site and session.get(Site, site) is None:
            text = Text(f"没有机构“{site}”。", f"There is no site '{site}'.")
            faults.append(Fault(f"/access_rights/{index}/site", "unknown_site", text))
    if person is not None and call.input["access_action"] == "grant":
        faults += _kept_apart(session, call)
    if call.input["access_action"] == "revoke":
        faults += _held(session, call)
    return tuple(faults)


def _kept_apart(session: Session, call: Call) -> list[Fault]:
    """Whoever runs the system holds no business or quality post (GSP 18)."""
    held = set(people.roles_on(session, str(call.input["rights_holder"]), call.at[:10]))
    wanted = {str(right["role"]) for right in _rights(call)}
    together = held | wanted
    if SYSTEM not in together or together == {SYSTEM}:
        return []
    text = Text("系统管理员不能兼任业务或质量岗位。", "The system administrator holds no business or quality post.")
    return [Fault("/access_rights", "kept_apart", text)]


def _held(session: Session, call: Call) -> list[Fault]:
    missing = [right for right in _rights(call) if not _grants(session, call, right)]
    words = "、".join(roles.role_text(str(right["role"])).zh for right in missing)
    text = Text(f"此人没有岗位：{words}。", "The person does not hold these posts.")
    return [Fault("/access_rights", "not_held", text)] if missing else []


def _change(session: Session, call: Call, because: Because) -> None:
    for right in _rights(call):
        if call.input["access_action"] == "grant":
            session.add(_grant(call, right, because))
        else:
            for row in _grants(session, call, right):
                row.revoked_by, row.revoked_at = because.by, because.at
    session.flush()
    payload: JsonObject = {
        "case": call.case_id,
        "effect_key": call.effect_key,
        "access_rights": call.input["access_rights"],
        "reason": because.reason,
    }
    action = "post_granted" if call.input["access_action"] == "grant" else "post_revoked"
    audit.append(session, audit.ADMIN, because.by, action, str(call.input["rights_holder"]), payload, because.at)


def _grant(call: Call, right: dict[str, Any], because: Because) -> RoleGrant:
    return RoleGrant(
        account=str(call.input["rights_holder"]),
        role=str(right["role"]),
        site=right.get("site") or None,
        valid_from=call.at[:10],
        valid_to=right.get("valid_until"),
        granted_by=because.by,
        granted_at=because.at,
    )


def _grants(session: Session, call: Call, right: dict[str, Any]) -> list[RoleGrant]:
    mine = select(RoleGrant).where(
        RoleGrant.account == str(call.input["rights_holder"]), RoleGrant.role == str(right["role"])
    )
    rows = [row for row in session.exec(mine) if row.revoked_at is None]
    return [row for row in rows if not right.get("site") or row.site == right["site"]]


def _is_done(session: Session, call: Call) -> bool:
    told = audit.events(session, audit.ADMIN, case_id=call.case_id, limit=500)
    return any(event.payload.get("effect_key") == call.effect_key for event in told)


def _rights(call: Call) -> list[dict[str, Any]]:
    given: Any = call.input.get("access_rights") or []
    return [dict(right) for right in given]


def _summary(call: Call) -> str:
    said = "; ".join(f"{right['role']} @ {right.get('site') or '*'}" for right in _rights(call))
    return f"{call.input['access_action']} {call.input['rights_holder']}: {said}"[:4000]
