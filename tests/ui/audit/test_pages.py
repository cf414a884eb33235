"""Cases, the auditor's rooms and administration in a real browser, on a real installation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import axe_playwright_python
import pytest
from playwright.async_api import Page, expect

if TYPE_CHECKING:
    from tests.ui.audit.conftest import House, Visit

pytestmark = pytest.mark.browser
AXE = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js")).read_text(encoding="utf-8")
DONE, COLD, REFUSED = "SUP-002/CK-261118-07", "SUP-001/CK-261121-03", "SUP-007/MC-20261121"
WIDER = (
    "(() => { const w = document.querySelector('.work'), d = document.documentElement;"
    " return Math.max(d.scrollWidth - innerWidth, w.scrollWidth - w.clientWidth) })()"
)


async def axe_findings(page: Page) -> list[str]:
    """What axe-core finds, one line a node."""
    await page.evaluate(f"() => {{ {AXE} }}")
    result = json.loads(await page.evaluate("axe.run(document).then((r) => JSON.stringify(r.violations))"))
    return [f"{v['id']}: {node['target']} {node['html'][:160]}" for v in result for node in v["nodes"]]


async def _is_sound(visit: Visit, path: str, ready: str) -> None:
    page = await visit.go(path, ready)
    await expect(page.locator(ready).first).to_be_visible()
    assert await axe_findings(page) == [], path
    assert await page.evaluate(WIDER) <= 0, path


def _signed(house: House, case: Any) -> list[int]:
    return [one["seq"] for one in house.history(case["id"]) if one.get("signature")]


# ------------------------------------------------------------------ every page


async def test_the_auditors_pages_are_accessible_and_stay_on_the_server(visit: Visit, house: House) -> None:
    case = house.case(DONE)
    await visit.sign_in("auditor", "/audit", "[data-testid=preview] h2")
    await _is_sound(visit, "/audit", "[data-testid=preview] h2")
    await _is_sound(visit, "/audit?tab=refusals", ".refusals .t")
    await _is_sound(visit, "/audit?tab=verify", "[data-testid='verify.run']")
    await _is_sound(visit, f"/audit/cases/{case['id']}?seq={_signed(house, case)[1]}", "[data-testid=signature]")
    assert (visit.errors, visit.foreign) == ([], [])


async def test_case_and_administration_pages_are_accessible_and_stay_on_the_server(visit: Visit, house: House) -> None:
    await visit.sign_in("admin", "/admin")
    for path, ready in (
        ("/admin?user=qa", "[data-testid=account] h2"),
        ("/admin?tab=places", ".rows"),
        ("/admin?tab=devices", "[data-testid='device.name']"),
    ):
        await _is_sound(visit, path, ready)
    await _is_sound(visit, "/admin?tab=system", "[data-testid=health] .healthrow")
    await visit.context.clear_cookies()
    await visit.sign_in("qa", "/cases")
    await _is_sound(visit, "/cases", "[data-testid=case]")
    await _is_sound(visit, f"/cases/{house.case(COLD)['id']}", "[data-testid='case.now']")
    assert (visit.errors, visit.foreign) == ([], [])


# ------------------------------------------------------------------ cases


async def test_a_case_is_found_by_lot_and_by_the_box_of_the_top_bar(desk: Visit, house: House) -> None:
    page = await desk.sign_in("qa", "/cases", "[data-testid=case]")
    await page.fill("[data-testid='cases.lot']", "B20261025")
    await page.click("[data-testid='cases.find']")
    await expect(page.get_by_test_id("case")).to_have_text([COLD])
    await page.fill(".find input", "MC-20261121")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("case")).to_have_text([REFUSED])
    await desk.go("/cases?lot=NOSUCHLOT", ".empty")
    await expect(page.locator(".empty")).to_contain_text("没有符合条件的案例")


async def test_what_is_typed_stays_when_the_page_is_drawn_again(desk: Visit) -> None:
    page = await desk.sign_in("qa", "/cases", "[data-testid=case]")
    await page.fill("[data-testid='cases.lot']", "B2026")
    await page.fill(".find input", "MC-2026")
    await page.evaluate("mounted_app.$forceUpdate()")
    await expect(page.locator("[data-testid='cases.lot']")).to_have_value("B2026")
    await expect(page.locator(".find input")).to_have_value("MC-2026")


async def test_the_list_says_who_is_waited_for_and_filters_by_state(desk: Visit) -> None:
    page = await desk.sign_in("qa", "/cases?state=running", "[data-testid=case]")
    row = page.locator("tr", has_text=COLD)
    await expect(row).to_contain_text("质量管理人员")
    await expect(page.locator("tbody")).not_to_contain_text("已完成")


async def test_a_case_says_what_is_waited_for_and_leads_to_the_task(desk: Visit, house: House) -> None:
    case = house.case(COLD)
    page = await desk.sign_in("qa", f"/cases/{case['id']}", "[data-testid='case.now']")
    mine = page.locator(".wait.mine")
    await expect(mine).to_contain_text("冷链质量裁决")
    await expect(mine).to_contain_text("要您办理")
    href = await mine.locator("a").get_attribute("href")
    assert href is not None and href.startswith("/tasks/")
    await expect(page.locator(".wait", has_text="验收人员")).to_contain_text("您不用做什么")


async def test_the_next_line_with_an_exception_is_opened_and_focused(desk: Visit, house: House) -> None:
    page = await desk.sign_in("qa", f"/cases/{house.case(COLD)['id']}", "[data-testid='case.lines']")
    await page.click("[data-testid='lines.next']")
    await expect(page.locator("[data-testid='line.L1'] summary")).to_be_focused()
    await expect(page.locator("[data-testid='line.L1']")).to_have_attribute("open", "")
    await expect(page.locator("[data-testid='line.L1']")).to_contain_text("冷链判定：不符")


async def test_a_case_of_another_site_is_refused_in_words(desk: Visit, house: House) -> None:
    page = await desk.sign_in("qa", "/cases/01NOSUCHCASE0000000000000", "[data-testid=refusal]")
    await expect(page.get_by_test_id("refusal")).to_contain_text("没有这个案例")


# ------------------------------------------------------------------ replay


async def test_keys_move_the_case_and_the_address_follows(desk: Visit, house: House) -> None:
    case = house.case(DONE)
    last, signed = len(house.history(case["id"])), _signed(house, case)
    page = await desk.sign_in("auditor", f"/audit/cases/{case['id']}?seq=3", "[data-testid=slider]")
    slider = page.get_by_test_id("slider")
    await expect(slider).to_have_attribute("aria-valuenow", "3")
    await slider.focus()
    for key, seq in (
        ("ArrowRight", 4),
        ("Shift+ArrowRight", signed[0]),
        ("Shift+ArrowRight", signed[1]),
        ("ArrowLeft", signed[1] - 1),
        ("End", last),
        ("Home", 1),
    ):
        await page.keyboard.press(key)
        await expect(slider).to_have_attribute("aria-valuenow", str(seq))
        await expect(page.locator(".rec[aria-current=true] .no")).to_have_text(str(seq))
        await page.wait_for_function("seq => location.search === '?seq=' + seq", arg=seq)


async def test_space_plays_record_by_record_and_stops_at_the_end(desk: Visit, house: House) -> None:
    case = house.case(DONE)
    last = len(house.history(case["id"]))
    page = await desk.sign_in("auditor", f"/audit/cases/{case['id']}?seq={last - 1}", "[data-testid=slider]")
    await page.get_by_test_id("slider").focus()
    await page.keyboard.press("Space")
    await expect(page.get_by_test_id("slider.play")).to_have_attribute("aria-pressed", "true")
    await expect(page.get_by_test_id("slider")).to_have_attribute("aria-valuenow", str(last))
    await expect(page.get_by_test_id("slider.play")).to_have_attribute("aria-pressed", "false")


async def test_a_signed_record_shows_the_form_as_it_was_and_every_check_with_its_witness(
    desk: Visit, house: House
) -> None:
    case = house.case(DONE)
    records = {one["seq"]: one for one in house.history(case["id"])}
    seq = next(one for one in _signed(house, case) if records[one]["step"] == "inspect")
    page = await desk.sign_in("auditor", f"/audit/cases/{case['id']}?seq={seq}", "[data-testid=signature]")
    block = page.get_by_test_id("signature")
    await expect(block).to_contain_text(records[seq]["signature"]["signer_name"])
    await expect(block).to_contain_text("验收")
    await expect(block).to_contain_text(records[seq]["signature"]["key_id"])
    await expect(block).to_contain_text("与前一签名不是同一人")
    await expect(block.locator(".checks .bad")).to_have_count(0)
    await expect(page.get_by_test_id("seen")).to_contain_text("验收合格数量")


async def test_a_decision_is_explained_with_its_rule_and_the_values_it_read(desk: Visit, house: House) -> None:
    case = house.case(COLD)
    seq = next(
        one["seq"] for one in house.history(case["id"]) if one.get("step") == "cold_check" and one["outcome"] == "fail"
    )
    page = await desk.sign_in("auditor", f"/audit/cases/{case['id']}?seq={seq}", ".why h2")
    why = page.locator(".why")
    await expect(why).to_contain_text("第 2 条规则命中，结果：不符")
    await expect(why.locator("tr", has_text="silence_over_limit")).to_contain_text("25")
    await expect(why).to_contain_text("最长记录间隔")


async def test_the_drawing_has_a_list_with_the_same_states(desk: Visit, house: House) -> None:
    case = house.case(DONE)
    page = await desk.sign_in("auditor", f"/audit/cases/{case['id']}?seq=5", ".outline .o")
    await page.click("[data-testid='drawing.as_list']")
    await expect(page.locator(".outline .o.here")).to_contain_text("收货核对")
    await expect(page.locator(".outline .o", has_text="记入待验")).to_contain_text("未到")


async def test_a_refusal_stands_between_the_records_with_its_rule(desk: Visit, house: House) -> None:
    page = await desk.sign_in("auditor", f"/audit/cases/{house.case(REFUSED)['id']}", "[data-testid=records]")
    await expect(page.locator(".rec.refusal")).to_contain_text("RULE-03")
    await expect(page.locator(".rslider .mk.refusal")).to_have_count(1)


async def test_replay_says_in_numbers_what_it_proved(desk: Visit, house: House) -> None:
    case = house.case(DONE)
    page = await desk.sign_in("auditor", f"/audit/cases/{case['id']}", "[data-testid=replay]")
    await page.click("[data-testid=replay]")
    badge = page.get_by_test_id("verdict")
    await expect(badge).to_contain_text("重放一致", timeout=30_000)
    await expect(badge).to_contain_text(f"{len(house.history(case['id']))} 条记录逐条比对")


async def test_a_changed_record_is_named_by_replay_and_fails_the_signature(desk: Visit, house: House) -> None:
    case = house.case("SUP-003/AH-9031")
    seq = _signed(house, case)[0]
    with house.database() as database:
        for (name,) in database.execute(
            "select name from sqlite_master where type='trigger' and tbl_name='case_record'"
        ).fetchall():
            database.execute(f'drop trigger "{name}"')
        where = (case["id"], seq)
        before = database.execute("select detail from case_record where case_id=? and seq=?", where).fetchone()[0]
        changed = before.replace('"AH-9031"', '"AH-9032"').replace('"receiver"', '"keeper"')
        assert changed != before
        database.execute("update case_record set detail=? where case_id=? and seq=?", (changed, *where))
    try:
        page = await desk.sign_in("auditor", f"/audit/cases/{case['id']}?seq={seq}", "[data-testid=signature]")
        await expect(page.locator("[data-testid=signature] .checks .bad").first).to_be_visible()
        await expect(page.get_by_test_id("signature")).to_contain_text("不能作为证据")
        await page.click("[data-testid=replay]")
        await expect(page.get_by_test_id("verdict")).to_contain_text("重放不一致", timeout=30_000)
        await expect(page.get_by_test_id("verdict")).to_contain_text(f"第一处：记录 {seq} ")
        await desk.go("/audit?tab=verify", "[data-testid='verify.run']")
        await page.click("[data-testid='verify.run']")
        await expect(page.locator(".headline.broken")).to_be_visible(timeout=60_000)
    finally:
        with house.database() as database:
            database.execute("update case_record set detail=? where case_id=? and seq=?", (before, *where))


async def test_the_evidence_bundle_comes_as_a_file(desk: Visit, house: House) -> None:
    page = await desk.sign_in("auditor", f"/audit/cases/{house.case(DONE)['id']}", "[data-testid=evidence]")
    async with page.expect_download(timeout=60_000) as waiting:
        await page.click("[data-testid=evidence]")
    download = await waiting.value
    assert Path(await download.path()).read_bytes()[:2] == b"PK"


# ------------------------------------------------------------------ the auditor's room


async def test_words_become_tokens_and_narrow_the_search(desk: Visit) -> None:
    page = await desk.sign_in("auditor", "/audit", ".hit")
    await page.keyboard.press("/")
    await page.keyboard.type("SUP-003")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("token.supplier")).to_contain_text("SUP-003")
    await expect(page.locator(".hit b")).to_have_text(["SUP-003/AH-9044", "SUP-003/AH-9031"])
    await page.click("[data-testid='token.supplier']")
    await page.fill("[data-testid='audit.search']", "陈晓雯")
    await page.press("[data-testid='audit.search']", "Enter")
    await expect(page.get_by_test_id("token.person")).to_contain_text("陈晓雯")


async def test_j_and_k_walk_the_results_and_enter_replays(desk: Visit) -> None:
    page = await desk.sign_in("auditor", "/audit", ".hit[aria-current=true]")
    names = await page.locator(".hit b").all_inner_texts()
    await page.keyboard.press("j")
    await expect(page.locator(".hit[aria-current=true] b")).to_have_text(names[1])
    await expect(page.locator("[data-testid=preview] h2")).to_have_text(names[1])
    await page.keyboard.press("k")
    await expect(page.locator("[data-testid=preview] h2")).to_have_text(names[0])


async def test_the_refusals_ledger_filters_by_rule_and_leads_to_the_moment(desk: Visit) -> None:
    page = await desk.sign_in("auditor", "/audit?tab=refusals&rule=RULE-03", ".refusals .t")
    await expect(page.locator(".refusals tbody tr")).to_have_count(1)
    await expect(page.locator(".refusals")).to_contain_text("GSP-57")
    href = await page.locator(".refusals tbody a").get_attribute("href")
    assert href is not None and "/audit/cases/" in href and "?seq=" in href


async def test_verification_tells_proved_from_missing(desk: Visit) -> None:
    page = await desk.sign_in("auditor", "/audit?tab=verify", "[data-testid='verify.run']")
    await page.click("[data-testid='verify.run']")
    await expect(page.locator(".claims .claim")).to_have_count(6, timeout=60_000)
    await expect(page.locator(".headline.broken")).to_have_count(0)
    await expect(page.locator(".claim", has_text="签名")).to_contain_text("已证明")
    await expect(page.locator(".lackcard")).to_contain_text("流程引擎的历史")


async def test_the_auditors_room_is_refused_to_others_and_that_is_on_record(desk: Visit, house: House) -> None:
    page = await desk.sign_in("inspector", "/audit", "[data-testid=refusal]")
    await expect(page.get_by_test_id("refusal")).to_contain_text("拒绝记录")
    items = house.as_("auditor").get("/refusals", params={"actor": "inspector"}).json()["items"]
    assert any(one["action"] == "read_refusals" for one in items)


async def test_a_reader_sees_who_looks_and_that_queries_are_recorded(desk: Visit) -> None:
    page = await desk.sign_in("auditor", "/audit", ".abanner")
    await expect(page.locator(".abanner")).to_contain_text("每次查询都会留痕")


# ------------------------------------------------------------------ administration


async def test_an_account_is_made_given_a_post_and_disabled(desk: Visit, house: House) -> None:
    page = await desk.sign_in("admin", "/admin", "[data-testid='admin.add']")
    await page.click("[data-testid='admin.add']")
    await page.fill("[data-testid='ask.username']", "newbie")
    await page.click("[data-testid='ask.send']")
    await expect(page.get_by_test_id("ask.problem")).to_contain_text("姓名")
    await page.fill("[data-testid='ask.name']", "新来的")
    await page.click("[data-testid='ask.send']")
    link = await page.get_by_test_id("once").input_value()
    assert link.startswith("http") and "/setup/" in link
    async with page.expect_navigation():  # the list is drawn again, with the new account
        await page.click("[data-testid='once.seen']")
    await desk.go("/admin?user=newbie", "[data-testid='admin.grant']")
    await page.click("[data-testid='admin.grant']")
    await page.select_option("[data-testid='ask.role']", "inspector")
    await page.click("[data-testid='ask.send']")
    await expect(page.locator(".rows .strong", has_text="验收人员")).to_be_visible()
    await page.click("[data-testid='admin.disable']")
    await page.fill("[data-testid='ask.reason']", "误建")
    await page.click("[data-testid='ask.send']")
    await expect(page.get_by_test_id("account")).to_contain_text("已停用")


async def test_the_administrator_gives_no_post_to_oneself(desk: Visit) -> None:
    page = await desk.sign_in("admin", "/admin?user=admin", "[data-testid='admin.grant']")
    await page.click("[data-testid='admin.grant']")
    await page.select_option("[data-testid='ask.role']", "quality_director")
    await page.click("[data-testid='ask.send']")
    await expect(page.get_by_test_id("ask.problem")).not_to_be_empty()


async def test_quality_looks_but_changes_nothing_and_others_are_refused(desk: Visit) -> None:
    page = await desk.sign_in("director", "/admin?user=qa", "[data-testid='admin.reset']")
    await expect(page.get_by_test_id("admin.reset")).to_have_attribute("aria-disabled", "true")
    await desk.context.clear_cookies()
    await desk.sign_in("inspector", "/admin", "[data-testid=refusal]")
    await expect(page.get_by_test_id("refusal")).to_contain_text("系统管理员")


async def test_a_registered_tablet_keeps_its_token_away_from_scripts(desk: Visit) -> None:
    page = await desk.sign_in("admin", "/admin?tab=devices", "[data-testid='device.name']")
    await page.fill("[data-testid='device.name']", "收货台 1")
    await page.click("[data-testid='device.register']")
    await expect(page.locator(".rows")).to_contain_text("收货台 1")
    cookie = next(one for one in await desk.context.cookies() if one.get("name") == "gspflow_device")
    assert cookie.get("httpOnly") is True


async def test_health_names_database_engine_and_worker(desk: Visit) -> None:
    page = await desk.sign_in("admin", "/admin?tab=system", "[data-testid=health] .healthrow")
    health = page.get_by_test_id("health")
    for part in ("数据库", "流程引擎", "执行进程"):
        await expect(health).to_contain_text(part)


async def test_the_tasks_of_a_leaver_are_handed_over_from_the_account_page(desk: Visit, house: House) -> None:
    inspector = house.as_("inspector")
    free = inspector.get("/tasks", params={"scope": "claimable", "limit": 50}).json()["items"]
    task = next(one["id"] for one in free if one["step"] == "inspect")
    assert inspector.post(f"/tasks/{task}:claim").status_code in (200, 202)
    page = await desk.sign_in("director", "/admin?user=inspector", "[data-testid='admin.leaving']")
    await page.click("[data-testid='admin.leaving']")
    await page.select_option("[data-testid='ask.to']", "keeper")
    await page.fill("[data-testid='ask.reason']", "离职")
    await page.click("[data-testid='ask.send']")
    await expect(page.locator("body")).to_contain_text("留下")
    shown = inspector.get(f"/tasks/{task}").json()
    assert shown["assignee"] == "inspector"
    inspector.post(f"/tasks/{task}:release")
