"""Corrections of signed records over REST (GSP 22)."""

from __future__ import annotations

from typing import Any

from tests.api.conftest import Stack

SIGNED = {"password": "demo", "meaning": "quality_rule"}


async def received(stack: Stack) -> tuple[str, int]:
    """A case whose goods are received, and the record of that."""
    case, _ = await stack.at_inspection()
    auditor = await stack.as_("auditor")
    history = await auditor.ok(auditor.get(f"/cases/{case}/history"))
    return case, next(one["seq"] for one in history if one["action"] == "completed")


def wish(seq: int, **changed: Any) -> dict[str, Any]:
    return {
        "seq": seq, "field": "/lines/0/production_date", "value": "2025-03-01", "reason": "misread on the label",
        "signature": SIGNED, **changed,
    }  # fmt: skip


async def test_quality_corrects_a_field_and_the_old_value_stays_on_record(stack: Stack) -> None:
    case, seq = await received(stack)
    qa = await stack.as_("qa")
    done = await qa.ok(qa.post(f"/cases/{case}:amend", wish(seq)))
    history = await qa.ok(qa.get(f"/cases/{case}/history"))
    last = history[-1]
    assert (last["seq"], last["action"], last["actor"]["id"]) == (done["seq"], "amended", "qa")
    assert last["signature"] is not None
    shown = await qa.ok(qa.get(f"/cases/{case}"))
    assert shown["data"]["lines"][0]["production_date"] == "2025-03-01"
    replayed = await qa.post(f"/cases/{case}/replay")
    assert replayed.status_code in (200, 403)
    auditor = await stack.as_("auditor")
    assert (await auditor.ok(auditor.post(f"/cases/{case}/replay")))["deterministic"] is True


async def test_a_correction_is_refused_where_it_may_not_be(stack: Stack) -> None:
    case, seq = await received(stack)
    qa, receiver = await stack.as_("qa"), await stack.as_("receiver")
    answers = {
        "wrong_role": await receiver.post(f"/cases/{case}:amend", wish(seq)),
        "signature_missing": await qa.post(f"/cases/{case}:amend", wish(seq, signature=None)),
        "wrong_password": await qa.post(f"/cases/{case}:amend", wish(seq, signature={**SIGNED, "password": "no"})),
        "unknown_field": await qa.post(f"/cases/{case}:amend", wish(seq, field="/nothing")),
        "no_such_record": await qa.post(f"/cases/{case}:amend", wish(1)),
        "invalid_data": await qa.post(f"/cases/{case}:amend", wish(seq, value="no date")),
    }
    statuses = {name: answer.status_code for name, answer in answers.items()}
    assert statuses == {
        "wrong_role": 403, "signature_missing": 422, "wrong_password": 401, "unknown_field": 422,
        "no_such_record": 422, "invalid_data": 422,
    }, {name: answer.text for name, answer in answers.items()}  # fmt: skip
