"""The printed acceptance record: PDF/A-3b, readable Chinese, the record inside, the same bytes every time."""

from __future__ import annotations

from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from pypdf import PdfReader

from domain.canonical import dumps, loads
from domain.json_types import JsonObject
from records.case_tables import CaseRecord, Signature
from services.document_view import view_of
from services.documents import Proofs, acceptance_record_pdf


def signature(step: str, meaning: str, outcome: str | None, role: str) -> JsonObject:
    return {
        "path": f"lines#1/[L1]#1/{step}#1", "step": step, "step_title": {"zh": "验收", "en": "Inspect"},
        "signer": "inspector", "signer_name": "赵敏", "role": role, "meaning": meaning, "outcome": outcome,
        "reason": None, "at": "2026-11-22T02:00:00.000Z", "method": "password", "act_sha": "3fa9" * 16,
        "values_sha": "b" * 64,
    }  # fmt: skip


def record() -> dict[str, Any]:
    line: JsonObject = {
        "line_no": "L1", "product_name": "乙型肝炎病毒表面抗原测定试剂盒", "lot_no": "B20261101",
        "registration_no": "国械注准20233400128", "received_quantity": 40, "receiving_result": "accept",
        "appearance_check": "pass", "accepted_quantity": 40, "rejected_quantity": 0, "zone": "qualified",
        "signatures": [
            signature("inspect", "inspected", "pass", "inspector"),
            signature("put_away", "performed", None, "warehouse_keeper"),
        ],
    }  # fmt: skip
    return {
        "kind": "acceptance_record", "case": "01KAP3V0C9H0J3N7Q2R5T8W1XZ", "business_key": "S/1",
        "definition": "receiving_inspection", "version": "1.0.0", "definition_sha": "a" * 64, "pinned_sha": "c" * 64,
        "state": "completed", "outcome": "completed", "seq": 42, "head": "e1" * 32, "site": "HQ",
        "zone": "Asia/Shanghai", "mode": "live", "company": {"name": "杭州湖畔医疗器械有限公司", "name_en": "Lakeside", "uscc": ""},
        "started_at": "2026-11-22T01:00:00.000Z", "closed_at": "2026-11-22T03:30:00.000Z",
        "start": {"delivery_note_no": "CK-0147", "transport_mode": "vehicle", "arrival_time": "2026-11-22T00:47:00.000Z"},
        "data": {"supplier_name": "上海澄康医疗科技有限公司"}, "lines": [line], "signatures": [],
        "basis": [{"clause": "GSP-65", "steps": [{"id": "inspect", "title": {"zh": "验收", "en": "Inspect"}}]}],
    }  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_record_is_printed_and_carried_inside(lang: str) -> None:
    content = acceptance_record_pdf(record(), lang)
    reader = PdfReader(BytesIO(content))
    text = "".join(page.extract_text() for page in reader.pages)
    for shown in ("乙型肝炎病毒表面抗原测定试剂盒", "国械注准20233400128", "赵敏", "CK-0147", "2026-11-22 10:00:00"):
        assert shown in text
    assert ("合格品区" if lang == "zh" else "Qualified zone") in text
    metadata = reader.xmp_metadata
    assert metadata is not None and b"<pdfaid:part>3</pdfaid:part>" in content and b"<pdfaid:conformance>B<" in content
    (attached,) = reader.attachments["record.json"]
    assert attached == dumps(record()).encode()
    assert loads(attached) == record()


def test_equal_records_give_equal_bytes_and_another_record_does_not() -> None:
    assert acceptance_record_pdf(record(), "zh") == acceptance_record_pdf(record(), "zh")
    other = {**record(), "head": "f" * 64}
    assert acceptance_record_pdf(other, "zh") != acceptance_record_pdf(record(), "zh")


def test_text_is_never_markup() -> None:
    hostile = record()
    hostile["lines"][0]["product_name"] = "#panic() *bold* $x$ <script> \\ [ ]"
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(acceptance_record_pdf(hostile, "en"))).pages)
    assert "#panic() *bold* $x$ <script>" in text


def test_a_drill_and_an_open_case_say_so() -> None:
    view: Any = view_of({**record(), "mode": "drill", "state": "running"}, "zh")
    assert view["state"] == "进行中（演练）"


@pytest.mark.parametrize(
    ("outcomes", "received", "verdict"),
    [
        ([], 5, "待验"),
        ([], 0, "拒收"),
        ([("inspected", "fail")], 5, "不合格"),
        ([("inspected", "fail"), ("quality_rule", "approved")], 5, "合格"),
        ([("quality_rule", "rejected")], 5, "不合格"),
        ([("inspected", "doubt")], 5, "待裁决"),
    ],
)
def test_the_verdict_of_a_line_is_its_newest_decision(
    outcomes: list[tuple[str, str]], received: int, verdict: str
) -> None:
    told = record()
    told["lines"][0]["received_quantity"] = received
    told["lines"][0]["signatures"] = [signature("s", meaning, outcome, "inspector") for meaning, outcome in outcomes]
    view: Any = view_of(told, "zh")
    assert view["lines"][0]["verdict"] == verdict


def test_signatures_stand_at_the_line_they_are_about() -> None:
    rows = [
        Signature(
            case_id="C", seq=seq, site="HQ", path=path, step="inspect", signer="i", signer_name="赵敏", role="inspector",
            meaning="inspected", outcome="pass", at=f"2026-11-22T02:0{seq}:00.000Z", act_id="a", act_sha="s",
            values_sha="v", key_id="k", seal="s",
        )
        for seq, path in enumerate(("receive#1", "lines#1/[L1]#1/inspect#1", "lines#1/[L2]#1/inspect#2"))
    ]  # fmt: skip
    mark = {"name": "李强", "role": "deliverer", "how": "glass", "attachment_sha256": "e" * 64}
    outside = CaseRecord(
        case_id="C", seq=9, wave=1, site="HQ", at="2026-11-22T02:00:00.000Z", path="receive#1", action="completed",
        actor="receiver", step="receive", detail_sha="d", head="h", detail={"act": {"envelope": {"external": mark}}},
    )  # fmt: skip
    proofs = Proofs(rows, [outside], SimpleNamespace(steps={}))  # type: ignore[arg-type]
    assert [row["path"] for row in proofs.within("L1")] == ["lines#1/[L1]#1/inspect#1"]
    assert [(row["signer_name"], row["meaning"]) for row in proofs.outside()] == [
        ("李强", "handed_over"),
        ("赵敏", "inspected"),
    ]
