"""The demo's applications: a supplier that waits for its review, a letter that ends and is being renewed, and the daily
watch over papers. Acts have fixed ids, as in `app.demo.story`."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlmodel import Session

from app.demo import notes
from app.demo.files import read
from app.demo.story import Story, stored, until
from domain.json_types import JsonObject
from records import parties
from records.parties import Credential
from services import cases, schedules, tasks
from services.actor import Proof

PROCESSES = ("supplier_qualification", "qualification_renewal", "qualification_watch")
APPLICANT, ENDING = "SUP-008", "SUP-005"
LETTER = "authorization_letter"
WATCH = "paper_watch"
SITE = "hangzhou"


async def apply(story: Story, today: date) -> int:
    """Bring both cases as far as they go without quality; how many there are afterwards."""
    scan = await _scan(story)
    await _supplier(story, today, scan)
    await _renewal(story)
    await _schedule(story)
    return 2


async def _scan(story: Story) -> JsonObject:
    image = await story.office.db.run(notes.note_image, "SCAN-01", "资质文件扫描件", story.company, [])
    return await stored(story, image, "scan.png", "image/png", "buyer")


async def _supplier(story: Story, today: date, scan: JsonObject) -> None:
    given = next(one for one in read("partners", today)["suppliers"] if one["code"] == APPLICANT)
    start: JsonObject = {
        "supplier_code": given["code"], "supplier_name": given["name"], "supplier_type": given["kind"],
        "uscc": given["uscc"],
    }  # fmt: skip
    case_id = await _case(story, PROCESSES[0], start, APPLICANT)
    await _submit(story, case_id, _file(given, today, scan))


def _file(given: Any, today: date, scan: JsonObject) -> JsonObject:
    scans = dict.fromkeys(
        (
            "business_license", "operation_license_file", LETTER, "salesperson_id_copy", "delivery_note_template",
            "seal_sample",
        ),
        scan,
    )  # fmt: skip
    return {
        **scans,
        "supplier_address": given["address"],
        "supplier_contact": given["contact"],
        "operation_license_no": "皖合药监械经营许20250318号",
        "operation_license_valid_until": (today + timedelta(days=1200)).isoformat(),
        "business_scope": [{"device_class": "II", "classification_code": "02"}],
        "authorized_until": (today + timedelta(days=20)).isoformat(),
        "authorized_region": "浙江省",
        "authorized_products": [{"product_code": "P-1012", "product_name": "一次性使用穿刺器"}],
        "salesperson_name": "丁磊",
        "salesperson_id_no": "340104000000000000",
        "seal_present": True,
    }


async def _renewal(story: Story) -> None:
    letter = await story.office.db.reading(_ending_letter)
    start: JsonObject = {
        "paper_id": str(letter.id), "owner_kind": "supplier", "owner_code": ENDING, "paper": LETTER,
        "owner_name": story.supplier_names[ENDING], "paper_no": letter.number, "valid_until": letter.valid_until,
    }  # fmt: skip
    await _case(story, PROCESSES[1], start, str(letter.id))


def _ending_letter(session: Session) -> Credential:
    partner = parties.by_code(session, ENDING)
    assert partner is not None and partner.id is not None
    return next(row for row in parties.credentials(session, "partner", partner.id) if row.kind == LETTER)


async def _case(story: Story, process: str, start: JsonObject, key: str) -> str:
    buyer = story.people["buyer"]
    known = await cases.listing(story.office, buyer, {"definition": process, "business_key": key})
    if known["items"]:
        return str(known["items"][0]["id"])
    wish = cases.Begin(process, start, site=SITE)
    started: Any = await cases.start(story.office, buyer, wish, f"demo-{process.replace('_', '-')}-{key}")
    return str(started["id"])


async def _submit(story: Story, case_id: str, values: JsonObject) -> None:
    buyer, found = story.people["buyer"], list[Any]()

    async def is_there() -> bool:
        case: Any = await cases.detail(story.office, buyer, case_id)
        found.extend(task for task in case["tasks"] if task["step"] == "file")
        return bool(found)

    await until(is_there, f"the application {case_id} did not open")
    if found[-1]["state"] == "open":
        completion = tasks.Completion(values, "done", Proof("submitted"))
        await tasks.complete(story.office, buyer, found[-1]["id"], completion, f"demo-submit-{APPLICANT}-00")
        await until(lambda: _waits_for_review(story, case_id), f"the review of {case_id} did not open")


async def _waits_for_review(story: Story, case_id: str) -> bool:
    case: Any = await cases.detail(story.office, story.people["qa"], case_id)
    return any(task["step"] == "review" and task["state"] == "open" for task in case["tasks"])


async def _schedule(story: Story) -> None:
    director = story.people["director"]
    if any(row["key"] == WATCH for row in await schedules.listing(story.office, director)):
        return
    wish = schedules.Wish(
        process=PROCESSES[2],
        site=SITE,
        title={"zh": "每日资质效期检查", "en": "Daily watch for papers that end"},
        rhythm={"every": "day", "at": "08:00"},
        start={},
        reason="GSP 51(5)：资质到期预警 / warning before papers end",
        versions="^1",
        overlap="skip",
        owner="qa",
    )
    await schedules.save(story.office, director, WATCH, wish)
