"""Stopping goods and letting them go: anybody with business at the site stops them at once, quality alone releases.

Source: GSP 2023 arts. 74 (doubtful goods are isolated, their sale is stopped, quality judges) and 80; inspection item
※7.74.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from domain import roles as role_words
from domain.errors import Fault, Refusal, Text
from domain.holds import ARTICLES, RULED, RULERS
from domain.json_types import JsonObject
from domain.stock import STATUS_TEXTS, Status, StockLawError
from forms.formats import has_control
from records import hold_rows, organisation, outbox
from records import holds as rows
from records.holds import HoldFilter, NothingToHoldError, ReleasedBeforeError
from records.ledger import KeyConflictError
from records.products import Product
from records.stock import Lot
from services import hold_cases, hold_evidence, hold_wishes, people, standing
from services.acting import Intent, act_id_of, body_sha, key_reused, sealed
from services.actor import Actor, Proof
from services.hold_wishes import Wish as Wish
from services.hold_wishes import fault_at
from services.office import Office
from services.refusals import forbidden, no_business, not_found, refuse
from services.views import Page

LIMIT = 50


@dataclass(frozen=True)
class Ruling:
    """How held goods are let go: back to awaiting inspection, or, where somebody inspected them since, to qualified.

    `inspection_case` and `inspection_seq` name the signed inspection that found them good.
    """

    to: str
    reason: str
    inspection_case: str | None = None
    inspection_seq: int | None = None


# ------------------------------------------------------------------ stopping


async def hold(office: Office, actor: Actor, wish: Wish, key: str | None = None) -> JsonObject:
    """Stop goods at once. The same key stops them once and gives the same answer."""
    about: JsonObject = {"action": "hold", "subject": _said(wish), "site": wish.site, "mode": wish.mode}
    site = await _site(office, actor, wish.site, about)
    about["site"] = site
    if not _has_business(actor, site):
        why = forbidden(
            "您在该机构没有业务或质量岗位，不能停售商品。",
            "You hold no business or quality post at this site, so you cannot stop goods.",
            rule="role",
        )
        await refuse(office, actor, why, about)
    act_id = await act_id_of(office, actor, key, about)
    wanted, faults = await office.db.reading(hold_wishes.wanted, office, actor, wish, site, act_id)
    if wanted is None:
        await refuse(office, actor, _unfit(faults), about)
    held = await _stopped(office, actor, wanted, about)
    await hold_cases.begin(office, actor, held)
    return await _one(office, held.id)


def _said(wish: Wish) -> str:
    parts = (wish.product, wish.lot, wish.serial, wish.location)
    return " ".join(part for part in parts if part)[:200]


def _has_business(actor: Actor, site: str) -> bool:
    return bool(set(actor.roles_at(site)) - role_words.NEVER_SIGNS)


async def _site(office: Office, actor: Actor, site: str | None, about: JsonObject) -> str:
    if site is None and len(actor.works_at()) == 1:
        return actor.works_at()[0]
    if site is None:
        if not actor.works_at():
            await refuse(office, actor, no_business(), about)
        sites = ", ".join(actor.works_at())
        text = Text(f"请指明机构（site）：{sites}。", f"Say at which site: {sites}.")
        await refuse(office, actor, _invalid("site_missing", "/site", text), about)
    if await office.db.reading(organisation.site, site) is None:
        text = Text(f"没有机构“{site}”。", f"There is no site '{site}'.")
        await refuse(office, actor, _invalid("unknown_site", "/site", text), about)
    return site


async def _stopped(office: Office, actor: Actor, wanted: hold_rows.StockHold, about: JsonObject) -> hold_rows.StockHold:
    try:
        return await office.db.writing(_hold, wanted)
    except NothingToHoldError as error:
        await refuse(office, actor, _nothing(error.by), about)
    except KeyConflictError:
        await refuse(office, actor, key_reused(), about)
    except StockLawError as error:
        await refuse(office, actor, by_law(error), about)


def _hold(session: Session, wanted: hold_rows.StockHold) -> hold_rows.StockHold:
    held = rows.hold(session, wanted)
    outbox.put(session, *_told(session, held))
    session.refresh(held)
    session.expunge(held)
    return held


def _told(session: Session, held: hold_rows.StockHold) -> list[outbox.Told]:
    """Word to everybody who can rule; where nobody holds the post, to the post itself."""
    lot, product = session.get(Lot, held.lot_id), session.get(Product, held.product_id)
    assert lot is not None and product is not None
    goods = lot.lot_no or held.serial_no
    title = {
        "zh": f"{product.name} {goods} 已停售，等待质量裁决" + (f"：{held.reason}" if held.reason else ""),
        "en": f"{product.name_en or product.name} {goods} is on hold and waits for a quality ruling"
        + (f": {held.reason}" if held.reason else ""),
    }
    said = {"zh": "有商品被停售，等待质量裁决。", "en": "Goods were put on hold and wait for a quality ruling."}
    people_told = sorted(standing.holders(session, RULERS, held.site, held.held_at))
    shared: dict[str, Any] = {
        "kind": "notice", "at": held.held_at, "site": held.site, "title": title, "said": said, "urgent": True,
        "link": f"/stock?hold={held.id}", "caused_by": held.held_by, "mode": held.mode, "company": held.company,
    }  # fmt: skip
    if not people_told:
        return [outbox.Told(key=f"hold/{held.id}", roles=RULERS, **shared)]
    return [outbox.Told(key=f"hold/{held.id}/{name}", account=name, bell=True, **shared) for name in people_told]


def _nothing(by: hold_rows.StockHold | None) -> Refusal:
    """409: what was meant is stopped already, or nothing of it can be."""
    if by is None:
        text = Text(
            "该范围内没有可停售的商品：没有库存，或已是不合格、召回状态。请核对批号与货位。",
            "Nothing there can be put on hold: there is no stock, or it is rejected or recalled already. "
            "Check lot and location.",
        )
        return Refusal(409, "nothing_to_hold", text)
    text = Text(
        f"该商品已由 {by.held_by} 停售（{by.id}），无需重复操作；请等待质量裁决。",
        f"{by.held_by} put these goods on hold already ({by.id}); wait for the quality ruling.",
    )
    facts: dict[str, object] = {"hold": by.id}
    return Refusal(409, "already_held", text, done_by=by.held_by, done_at=by.held_at, outcome="held", facts=facts)


def by_law(error: StockLawError) -> Refusal:
    """A law of the ledger as a refusal; 409, because another state of the goods would let it pass."""
    return Refusal(409, error.code, error.text, rule=error.rule, articles=error.articles, who_can=RULERS)


def _unfit(faults: list[Fault]) -> Refusal:
    return Refusal(422, faults[0].code, faults[0].message, faults=tuple(faults))


def _invalid(code: str, pointer: str, text: Text) -> Refusal:
    return Refusal(422, code, text, faults=(Fault(pointer, code, text),))


# ------------------------------------------------------------------ letting go


async def release(
    office: Office, actor: Actor, hold_id: str, ruling: Ruling, proof: Proof | None, key: str | None = None
) -> JsonObject:
    """End a hold by a signed quality ruling. Refuses everybody else, on record (GSP 74)."""
    held = await _existing(office, actor, hold_id, "release_hold")
    about: JsonObject = {"action": "release_hold", "subject": hold_id, "site": held.site, "mode": held.mode}
    role = next((one for one in RULERS if actor.has(one, held.site)), None)
    if role is None:
        await refuse(office, actor, _not_quality(), about)
    act_id = await act_id_of(office, actor, key, about)
    done = await office.db.reading(hold_rows.release_of, hold_id)
    if done is not None:
        return await _again(office, actor, done, act_id, about)
    await _check_ruling(office, actor, ruling, about)
    inspection = await _inspected(office, actor, held, ruling, about)
    if proof is None or proof.meaning != "quality_rule":
        await refuse(office, actor, _unsigned(), about)
    auth = await people.prove(office, actor, proof, reauth=True, about=about)
    signed = _signed(office, actor, held, role, ruling, auth, act_id, inspection)
    await hold_cases.close(office, held.id, signed.by)
    await _released(office, actor, held, signed, about)
    return await _one(office, hold_id)


def _signed(
    office: Office,
    actor: Actor,
    held: hold_rows.StockHold,
    role: str,
    ruling: Ruling,
    auth: JsonObject,
    act_id: str,
    inspection: hold_evidence.Inspection | None,
) -> rows.Release:
    """The sealed ruling."""
    intent = Intent(
        case_id="",
        site=held.site,
        mode=held.mode,
        path=f"hold/{held.id}",
        seat=role,
        action="release_hold",
        pinned_sha="",
        body_sha=body_sha("release_hold", held.id, ruling.to, ruling.reason),
        values={"hold": held.id, "lot_id": held.lot_id, "to": ruling.to, "reason": ruling.reason},
        outcome=ruling.to,
        meaning="quality_rule",
        reason=ruling.reason,
        role=role,
        facts={"inspection": inspection.act_sha, "case": inspection.case_id} if inspection else {},
        auth=auth,
    )
    act = sealed(office, actor, act_id, intent)
    return rows.Release(
        by=actor.id,
        role=role,
        at=office.now(),
        to=Status(ruling.to),
        reason=ruling.reason,
        act=act.as_json(),
        act_sha=act.sha,
        inspection=inspection.act_sha if inspection else None,
        case_id=inspection.case_id if inspection else "",
    )


async def _released(
    office: Office, actor: Actor, held: hold_rows.StockHold, ruling: rows.Release, about: JsonObject
) -> None:
    try:
        await office.db.writing(_release, held.id, ruling)
    except ReleasedBeforeError as error:
        await refuse(office, actor, _ended(error.release), about)
    except StockLawError as error:
        await refuse(office, actor, by_law(error), about)


def _release(session: Session, hold_id: str, ruling: rows.Release) -> None:
    rows.release(session, hold_id, ruling)


async def _again(
    office: Office, actor: Actor, done: hold_rows.StockHoldRelease, act_id: str, about: JsonObject
) -> JsonObject:
    """The answer to the very act that ended the hold; a refusal to any other."""
    envelope: Any = (done.act or {}).get("envelope") or {}
    if envelope.get("act") == act_id and done.released_by == actor.id:
        return await _one(office, done.hold_id)
    await refuse(office, actor, _ended(done), about)


async def _check_ruling(office: Office, actor: Actor, ruling: Ruling, about: JsonObject) -> None:
    faults: list[Fault] = []
    if ruling.to not in RULED:
        said = " / ".join(f"{status.value} {STATUS_TEXTS[status].zh}" for status in RULED)
        named = " or ".join(status.value for status in RULED)
        faults.append(fault_at("/to", "to_unknown", f"只能解除为：{said}。", f"Goods are let go as {named}."))
    if not ruling.reason.strip():
        faults.append(fault_at("/reason", "reason_missing", "请写明裁决理由。", "Say why the goods may go."))
    if has_control(ruling.reason.replace("\n", "").replace("\t", "")):
        zh, en = "内容含有看不见的控制字符。", "The text holds invisible control characters."
        faults.append(fault_at("/reason", "control_character", zh, en))
    if faults:
        await refuse(office, actor, _unfit(faults), about)


async def _inspected(
    office: Office, actor: Actor, held: hold_rows.StockHold, ruling: Ruling, about: JsonObject
) -> hold_evidence.Inspection | None:
    if ruling.to != Status.QUALIFIED:
        return None
    named = (ruling.inspection_case or "", ruling.inspection_seq or 0)
    found = await office.db.reading(hold_evidence.inspection, held, actor.id, office.now(), *named)
    if isinstance(found, Refusal):
        await refuse(office, actor, found, about)
    return found


def _not_quality() -> Refusal:
    return Refusal(
        403,
        "forbidden",
        Text(
            "停售的商品只能由质量管理人员裁决并签名后解除。请联系质量管理人员。",
            "Goods on hold are let go by a signed ruling of quality staff alone. Ask quality staff.",
        ),
        rule="RULE-10",
        articles=ARTICLES,
        who_can=RULERS,
    )


def _unsigned() -> Refusal:
    meaning = role_words.MEANINGS["quality_rule"]
    text = Text(
        f"解除停售须签名并再次验证身份，含义为“{meaning.zh}”（quality_rule）。",
        f"Letting held goods go is signed with password or badge; the meaning is '{meaning.en}' (quality_rule).",
    )
    return Refusal(
        422, "signature_missing", text, rule="signature", faults=(Fault("/signature", "signature_missing", text),)
    )


def _ended(done: hold_rows.StockHoldRelease) -> Refusal:
    text = Text(
        f"该停售已由 {done.released_by} 于 {done.released_at} 解除。",
        f"{done.released_by} ended this hold at {done.released_at}.",
    )
    return Refusal(
        409, "released_before", text, done_by=done.released_by, done_at=done.released_at, outcome=done.to_status
    )


# ------------------------------------------------------------------ reading


async def listing(office: Office, actor: Actor, filters: dict[str, Any]) -> Page:
    """Holds by `site`, `lot`, `product`, `state` (open, released), newest first."""
    if not actor.works_at():
        await refuse(office, actor, no_business(), {"action": "read_stock", "subject": "holds"})
    wanted = HoldFilter(
        sites=actor.works_at(),
        site=filters.get("site") or None,
        lot=filters.get("lot") or None,
        product=filters.get("product") or None,
        state=filters.get("state") or None,
        mode=filters.get("mode") or "live",
        company=office.company,
    )
    items, beyond = await office.db.reading(
        rows.listing, wanted, filters.get("cursor"), int(filters.get("limit") or LIMIT)
    )
    asked: JsonObject = {name: str(value) for name, value in filters.items() if value}
    await people.note_reading(office, actor, "stock/holds", asked)
    return {"items": items, "next": beyond}


async def detail(office: Office, actor: Actor, hold_id: str) -> JsonObject:
    """One hold that the actor may see."""
    await _existing(office, actor, hold_id, "read_hold")
    await people.note_reading(office, actor, f"stock/holds/{hold_id}", {})
    return await _one(office, hold_id)


async def _existing(office: Office, actor: Actor, hold_id: str, action: str) -> hold_rows.StockHold:
    found = await office.db.reading(_get, hold_id)
    if found is None or found.site not in actor.works_at():
        why = not_found("没有这条停售记录，或您无权查看。", "There is no such hold, or not for you.")
        await refuse(office, actor, why, {"action": action, "subject": hold_id[:64]})
    return found


def _get(session: Session, hold_id: str) -> hold_rows.StockHold | None:
    found = session.get(hold_rows.StockHold, hold_id)
    if found is not None:
        session.expunge(found)
    return found


async def _one(office: Office, hold_id: str) -> JsonObject:
    found = await office.db.reading(rows.one, hold_id)
    assert found is not None
    return found
