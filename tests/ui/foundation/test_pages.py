"""Login, frame and components in a real browser: both languages, desk and phone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import axe_playwright_python
import pytest
from playwright.async_api import Page, expect

if TYPE_CHECKING:
    from tests.ui.foundation.conftest import Visit

pytestmark = pytest.mark.browser
AXE = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js")).read_text(encoding="utf-8")
#: The supplement keeps the name of the collection it is cut from.
OURS = ("Noto Sans SC", "Noto Sans CJK SC", "JetBrains Mono", "Material Icons")


async def axe_findings(page: Page) -> list[str]:
    """What axe-core finds by WCAG 2.2 A/AA and its best practices, one line a node."""
    await page.evaluate(f"() => {{ {AXE} }}")
    result = json.loads(await page.evaluate("axe.run(document).then((r) => JSON.stringify(r.violations))"))
    return [f"{v['id']}: {node['target']} {node['html'][:160]}" for v in result for node in v["nodes"]]


async def drawn_fonts(page: Page) -> set[str]:
    """The fonts that the browser really used for text on this page."""
    session = await page.context.new_cdp_session(page)
    await session.send("DOM.enable")
    await session.send("CSS.enable")
    root = await session.send("DOM.getDocument", {"depth": -1})
    every = await session.send("DOM.querySelectorAll", {"nodeId": root["root"]["nodeId"], "selector": "body *"})
    used: set[str] = set()
    for node in every["nodeIds"]:
        fonts = await session.send("CSS.getPlatformFontsForNode", {"nodeId": node})
        used |= {f"{font['familyName']}{'' if font['isCustomFont'] else ' (of the system)'}" for font in fonts["fonts"]}
    return used


def assert_own_fonts(used: set[str]) -> None:
    foreign = [name for name in used if not name.startswith(OURS) or name.endswith("(of the system)")]
    assert foreign == []
    assert any(name.startswith("Noto Sans SC") for name in used)


async def test_login_is_accessible_and_stays_on_the_server(visit: Visit) -> None:
    page = await visit.go("/login?next=/gallery", ".login")
    assert await axe_findings(page) == []
    assert_own_fonts(await drawn_fonts(page))
    assert (visit.errors, visit.foreign) == ([], [])


async def test_components_are_accessible_and_stay_on_the_server(visit: Visit) -> None:
    page = await visit.sign_in()
    assert await axe_findings(page) == []
    assert_own_fonts(await drawn_fonts(page))
    assert (visit.errors, visit.foreign) == ([], [])


async def test_sign_dialog_is_accessible(visit: Visit) -> None:
    page = await visit.sign_in()
    await page.click("[data-testid='gallery.sign']")
    await expect(page.get_by_test_id("sign.password")).to_be_focused()
    assert await axe_findings(page) == []


async def test_nothing_is_wider_than_the_window(visit: Visit) -> None:
    page = await visit.sign_in()
    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert (
        await page.evaluate(
            "(() => { const w = document.querySelector('.work'); return w.scrollWidth - w.clientWidth })()"
        )
        <= 0
    )


async def test_targets_on_a_phone_fit_a_thumb(visit: Visit) -> None:
    page = await visit.sign_in()
    if await page.evaluate("innerWidth") > 600:
        return
    small = await page.evaluate(
        """[...document.querySelectorAll('button, a[href]:not(.nicegui-skip-link), input:not([type=hidden])')].filter((e) => e.offsetParent)
        .map((e) => [e.textContent.trim() || e.ariaLabel, e.getBoundingClientRect().height])
        .filter(([, height]) => height < 44).map(([name, height]) => name + ' ' + height)"""
    )
    assert small == []


async def test_every_character_of_business_chinese_has_a_glyph(desk: Visit) -> None:
    """Rare characters of GB 2312, the class Ⅲ sign, units and key signs are drawn by our own font."""
    page = await desk.go("/login", ".login")
    await page.evaluate("document.querySelector('.login p').textContent = '胲镩齄脶Ⅲ℃≤≥※〔〕μ鑫堃'.slice(0, -1)")
    await page.evaluate("document.fonts.ready.then(() => true)")
    assert_own_fonts(await drawn_fonts(page))


async def test_every_icon_is_in_the_font_that_the_server_has(desk: Visit) -> None:
    page = await desk.go("/login", ".login")
    from ui.theme.icons import _DRAWINGS

    wide = await page.evaluate(
        """async (names) => {
          await document.fonts.load('24px "Material Icons Outlined"');
          return names.filter((name) => {
            const e = document.createElement('span');
            e.className = 'material-icons-outlined'; e.style.cssText = 'font-size:24px;position:absolute'; e.textContent = name;
            document.body.append(e); const wide = e.getBoundingClientRect().width > 25; e.remove(); return wide;
          });
        }""",
        sorted(set(_DRAWINGS.values())),
    )
    assert wide == []


async def test_the_page_speaks_the_language_of_its_reader(visit: Visit) -> None:
    page = await visit.sign_in()
    lang = await page.evaluate("document.documentElement.lang")
    assert f"/lang/{lang}." in await page.evaluate("document.querySelector('script[src*=\"/lang/\"]').src")
    other, word = ("en", "Inbox") if lang == "zh-CN" else ("zh", "待办")
    await page.click(f"[data-testid='language.{other}']")
    await expect(page.locator(".rail [aria-current=page]")).to_contain_text(word)
    assert (await page.evaluate("document.documentElement.lang"))[:2] == other
    assert page.url.endswith("/gallery")


async def test_login_keeps_the_typed_name_over_a_language_switch(desk: Visit) -> None:
    page = await desk.go("/login?next=/gallery", ".login")
    await page.fill("[name=username]", "inspector")
    await page.click("[data-testid='language.en']")
    await expect(page.locator("h1")).to_have_text("Sign in")
    await expect(page.locator("[name=username]")).to_have_value("inspector")
    assert "next=%2Fgallery" in page.url


async def test_a_deep_link_leads_through_login_and_back(desk: Visit) -> None:
    page = await desk.go("/hello/%E4%B8%80?x=1", ".login")
    await page.fill("[name=username]", "inspector")
    await page.fill("[name=password]", "demo")
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("一")
    assert page.url.endswith("?x=1")
    cookie = next(c for c in await desk.context.cookies() if c.get("name") == "gspflow_session")
    assert cookie.get("httpOnly") and cookie.get("sameSite") == "Lax"


async def test_a_wrong_password_is_said_in_words_and_an_unknown_account_sounds_the_same(desk: Visit) -> None:
    said = []
    for name in ("inspector", "nobody"):
        page = await desk.go("/login", ".login")
        await page.fill("[name=username]", name)
        await page.fill("[name=password]", "wrong")
        await page.keyboard.press("Enter")
        said.append(await page.get_by_test_id("login.failed").inner_text())
    assert said[0] == said[1] and "账号或密码不对" in said[0]


@pytest.mark.parametrize("elsewhere", [True, False])
async def test_a_badge_scanned_anywhere_asks_only_for_the_pin(desk: Visit, elsewhere: bool) -> None:
    page = await desk.go("/login?next=/gallery", ".login")
    if elsewhere:
        await page.evaluate("document.activeElement.blur()")
    else:
        await expect(page.get_by_test_id("login.username")).to_be_focused()
    await page.keyboard.type("BADGE:0217\n")
    await expect(page.get_by_test_id("login.pin")).to_be_focused()
    await page.keyboard.type("123456")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".app")


async def test_a_demo_row_fills_in_and_does_not_sign_in(desk: Visit) -> None:
    page = await desk.go("/login", ".login")
    await page.click("tr[data-fill=auditor]")
    assert await page.input_value("[name=username]") == "auditor"
    assert "/login" in page.url


async def test_a_reader_sees_that_the_page_is_read_only(desk: Visit) -> None:
    page = await desk.sign_in(name="auditor")
    await expect(page.locator(".ro")).to_contain_text("只读")
    await expect(page.locator(".rail")).not_to_contain_text("设置")


async def test_signing_out_sends_other_open_pages_to_login(desk: Visit) -> None:
    first = await desk.sign_in()
    second = await desk.context.new_page()
    await second.goto(f"{desk.address}/gallery")
    await second.wait_for_selector(".app")
    await second.wait_for_function("window.did_handshake === true")
    await first.click("[data-testid=person]")
    await first.click("[data-testid=sign_out]")
    await second.wait_for_selector(".login")


async def test_a_failing_page_gives_a_number_and_no_trace(desk: Visit) -> None:
    await desk.sign_in()
    answer = await desk.page.goto(f"{desk.address}/broken")
    assert answer is not None and answer.status == 500
    await expect(desk.page.locator("h1")).to_have_text("页面没有打开")
    assert "RuntimeError" not in await desk.page.content() and "half drawn" not in await desk.page.inner_text("body")


async def test_a_failing_handler_is_told_and_the_page_lives(desk: Visit) -> None:
    page = await desk.sign_in("/hello/x", "[data-testid=fail]")
    await page.click("[data-testid=fail]")
    await expect(page.locator(".q-notification")).to_contain_text("操作没有完成")
    await page.click("[data-testid=check]")
    await expect(page.get_by_text("still here")).to_be_visible()


async def test_an_unknown_address_says_so(desk: Visit) -> None:
    answer = await desk.page.goto(f"{desk.address}/no/such/page")
    assert answer is not None and answer.status == 404
    await expect(desk.page.locator("h1")).to_have_text("没有这一页")


async def test_every_answer_carries_the_security_headers(desk: Visit) -> None:
    answer = await desk.page.goto(f"{desk.address}/login")
    assert answer is not None
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert (answer.headers["x-content-type-options"], answer.headers["x-frame-options"]) == ("nosniff", "DENY")


async def test_a_post_from_another_site_is_refused(desk: Visit) -> None:
    answer = await desk.context.request.post(
        f"{desk.address}/login",
        form={"username": "inspector", "password": "demo"},
        headers={"origin": "https://evil.example"},
    )
    assert answer.status == 403


async def test_a_page_of_another_site_cannot_open_our_socket(desk: Visit) -> None:
    request, path = desk.context.request, f"{desk.address}/_nicegui_ws/socket.io/?EIO=4&transport=polling&client_id=x"
    assert (await request.get(path, headers={"origin": "https://evil.example"})).status == 403
    assert (await request.get(path, headers={"origin": desk.address})).status == 200


async def test_signing_asks_for_the_password_and_shows_what_was_refused(desk: Visit) -> None:
    page = await desk.sign_in()
    await page.click("[data-testid='gallery.sign']")
    await expect(page.get_by_test_id("sign.password")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("sign.message")).to_have_text("请输入密码。")
    await page.fill("[data-testid='sign.password']", "wrong")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("sign.message")).to_contain_text("还可以试 4 次")
    await expect(page.locator(".sl tr.bad")).to_have_count(1)
    await page.fill("[data-testid='sign.password']", "demo")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("sign")).to_be_hidden()


async def test_a_long_list_must_be_read_to_its_end_before_signing(desk: Visit) -> None:
    page = await desk.sign_in()
    await page.click("[data-testid=many]")
    await page.fill("[data-testid='sign.password']", "demo")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("sign.message")).to_contain_text("看到底")
    await page.evaluate("(() => { const list = document.querySelector('.sl'); list.scrollTop = list.scrollHeight })()")
    await expect(page.get_by_test_id("sign.submit")).to_have_attribute("aria-disabled", "false")
    await page.get_by_test_id("sign.submit").click()
    await expect(page.get_by_test_id("sign")).to_be_hidden()


async def test_a_rejection_needs_its_reason_and_escape_signs_nothing(desk: Visit) -> None:
    page = await desk.sign_in()
    await page.click("[data-testid=fail]")
    await page.fill("[data-testid='sign.password']", "demo")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("sign.message")).to_have_text("请写明理由。")
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("sign")).to_be_hidden()


async def test_a_lost_connection_is_said_in_words(desk: Visit) -> None:
    page = await desk.sign_in()
    await page.evaluate("window.socket.io.engine.close()")
    await page.wait_for_function("!document.documentElement.dataset.net")
    await page.evaluate("window.socket.disconnect()")
    await expect(page.locator(".netbar")).to_be_visible()
    await expect(page.locator(".net .down")).to_be_visible()
