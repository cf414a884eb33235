"""A scanner types; whatever keyboard, input method and setting stand between, the data of the code comes out, or words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

from services.scanned import TEST_CODE
from ui.texts import catalogue

SCRIPT = Path(__file__).parents[2] / "ui" / "static" / "scan.js"
GS = "\x1d"
CODE = f"]d2{TEST_CODE}"
FULL_WIDTH = {chr(sign): chr(sign + 0xFEE0) for sign in range(0x21, 0x7F)}

# Types a text as a scanner with a US keyboard does; `how` says what stands between it and the box.
TYPE = """({text, how}) => {
  const reader = new gspScan.Reader(), gap = how.gap || 4;
  let now = 1000, shown = '', ended = null;
  gspScan.clock = () => (now += gap);
  const places = {'-': 'Minus', '_': 'Minus', ']': 'BracketRight', '/': 'Slash', ':': 'Semicolon', '(': 'Digit9', ')': 'Digit0'};
  const press = (key, more = {}) => {
    const state = {getModifierState: (name) => name === 'CapsLock' && !!how.caps};
    const does = reader.key({key, code: '', ctrlKey: false, shiftKey: false, keyCode: 0, ...state, ...more});
    if (does && does.insert) shown += does.insert;
    if (does && does.end) ended = does.end;
    return does;
  };
  const swap = (sign) => sign === sign.toUpperCase() ? sign.toLowerCase() : sign.toUpperCase();
  for (const sign of (how.prefix || '') + text + (how.suffix || '')) {
    if (sign === '\\u001d') {
      if (how.gs === 'ctrl') press(']', {ctrlKey: true, code: 'BracketRight'});
      else if (how.gs === 'f8') press('F8', {code: 'F8'});
      else for (const one of how.gs || '') { press(one); shown += one; }
      continue;
    }
    const code = /[a-z]/i.test(sign) ? 'Key' + sign.toUpperCase() : /\\d/.test(sign) ? 'Digit' + sign : places[sign] || '';
    const shift = /[A-Z_:()]/.test(sign);
    if (how.ime) press('Process', {keyCode: 229, code, shiftKey: how.caps ? false : shift, isComposing: true});
    else { press(how.caps ? swap(sign) : sign, {code, shiftKey: shift}); shown += how.caps ? swap(sign) : sign; }
  }
  if (how.wide) shown = [...shown].map((one) => how.wide[one] || one).join('');
  if (how.end) press(how.end, how.ime ? {keyCode: 229, key: 'Process', code: how.end} : {code: how.end});
  const seen = {separators: reader.separators, end: ended, ime: reader.ime && reader.isScan(), caps: reader.caps, pace: reader.pace()};
  const raw = seen.ime ? reader.built : shown;
  const judged = gspScan.diagnose(reader.keys, raw, how.expected || '', seen);
  return {...reader.finish(shown), ended, judged: judged.found.map((one) => one.code), learned: judged.learned};
}"""


@pytest.fixture(scope="module")
async def keyboard(chromium_path: Path) -> AsyncIterator[Page]:
    """A page with the script alone."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        page = await browser.new_page()
        # A page of its own address: storage is shut on about:blank.
        await page.route(
            "http://scan.test/", lambda route: route.fulfill(body="<html></html>", content_type="text/html")
        )
        await page.goto("http://scan.test/")
        await page.add_script_tag(content=SCRIPT.read_text("utf-8"))
        yield page
        await browser.close()


async def typed(page: Page, text: str = CODE, **how: Any) -> Any:
    how = {"gs": "ctrl", "end": "Enter", "expected": TEST_CODE, **how}
    return await page.evaluate(TYPE, {"text": text, "how": how})


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({}, []),
        ({"gs": "f8"}, []),
        ({"gs": "^]"}, ["gs_text"]),
        ({"gs": "<GS>"}, ["gs_text"]),
        ({"gs": "{GS}"}, ["gs_text"]),
        ({"gs": "↔"}, ["gs_text"]),
        ({"end": "Tab"}, []),
        ({"prefix": "~1"}, ["prefix"]),
        ({"wide": FULL_WIDTH}, ["wide"]),
        ({"ime": True}, ["ime"]),
    ],
    ids=str,
)
async def test_data_of_the_code_comes_out_and_what_was_turned_back_is_told(keyboard: Page, how, told) -> None:
    found = await typed(keyboard, **how)
    assert (found["text"], found["told"], found["isScan"]) == (CODE, told, True)
    assert found["ended"] == how.get("end", "Enter")


async def test_caps_lock_is_turned_back_unless_the_scanner_allows_for_it(keyboard: Page) -> None:
    bare = await typed(keyboard, TEST_CODE, caps=True)
    assert (bare["text"], bare["told"]) == (TEST_CODE, ["caps"])
    # With the identifier right, the letters are right too.
    found = await keyboard.evaluate("(text) => gspScan.clean(text, {caps: true, isScan: true})", CODE)
    assert (found["text"], found["told"]) == (CODE, [])


async def test_typing_by_hand_is_no_scan_and_nothing_is_swapped(keyboard: Page) -> None:
    found = await typed(keyboard, "Ab-12(3)", gap=120, caps=True)
    assert (found["text"], found["told"], found["isScan"]) == ("aB-12(3)", [], False)
    by_ime = await typed(keyboard, "zhongwen", gap=120, ime=True)
    assert by_ime["ended"] is None and by_ime["isScan"] is False  # Enter takes the word over, it ends no scan


@pytest.mark.parametrize("sign", ["m", "j", "b", "c"])
async def test_control_keys_of_a_scanner_open_no_window_of_the_browser(keyboard: Page, sign: str) -> None:
    script = """(sign) => { const reader = new gspScan.Reader(); let now = 0; gspScan.clock = () => (now += 4);
      for (const one of '0109521234') reader.key({key: one, code: 'Digit' + one});
      return reader.key({key: sign, code: 'Key', ctrlKey: true}); }"""
    assert await keyboard.evaluate(script, sign) == {"swallow": True}


@pytest.mark.parametrize(
    ("how", "codes"),
    [
        ({}, ["gs_right", "id_right", "end_enter"]),
        ({"gs": "f8"}, ["gs_f8", "id_right", "end_enter"]),
        ({"gs": ""}, ["gs_lost", "id_right", "end_enter"]),
        ({"gs": "|"}, ["gs_replaced", "id_right", "end_enter"]),
        ({"ime": True, "end": "Tab"}, ["ime", "gs_right", "id_right", "end_tab"]),
        ({"prefix": "*", "end": ""}, ["prefix", "gs_right", "id_right", "end_none"]),
        ({"caps": True}, ["caps_on", "case_swapped", "gs_right", "id_right", "end_enter"]),
        ({"gap": 90}, ["gs_right", "id_right", "end_enter", "slow"]),
        ({"expected": f"0109521234543213{GS}10X"}, ["other_code"]),
    ],
    ids=str,
)
async def test_page_says_what_is_wrong_with_a_scanner(keyboard: Page, how, codes) -> None:
    judged = (await typed(keyboard, **how))["judged"]
    assert judged == codes
    assert all(f"scanner.finding.{code}" in catalogue() for code in judged)


async def test_upper_case_and_another_keyboard_country_are_told(keyboard: Page) -> None:
    assert "upper" in (await typed(keyboard, CODE.upper()))["judged"]
    german = CODE.translate(str.maketrans("/_-yZ:()", "-?ßzYÖ)="))
    assert (await typed(keyboard, german))["judged"] == ["layout"]
    french = CODE.translate(str.maketrans("0123456789", "à&é\"'(-è_ç"))
    assert (await typed(keyboard, french))["judged"] == ["layout"]
    bare = await typed(keyboard, TEST_CODE)
    assert "id_none" in bare["judged"]


async def test_what_was_learned_of_a_scanner_is_applied_from_then_on(keyboard: Page) -> None:
    learned = (await typed(keyboard, TEST_CODE, gs="|", prefix="#", suffix="$"))["learned"]
    assert learned == {"prefix": "#", "suffix": "$", "gs": "|"}
    await keyboard.evaluate("(found) => gspScan.learn(found)", learned)
    found = await typed(keyboard, TEST_CODE, gs="|", prefix="#", suffix="$")
    assert (found["text"], found["told"]) == (TEST_CODE, ["prefix", "suffix", "gs_text"])
    await keyboard.evaluate("gspScan.learn({lost: true})")
    lost = await typed(keyboard, TEST_CODE, gs="")
    assert (lost["text"], lost["told"]) == (TEST_CODE.replace(GS, ""), ["gs_lost"])
    await keyboard.evaluate("gspScan.learn(null)")
    assert all(f"scanner.told.{code}" in catalogue() for code in (*found["told"], *lost["told"], "ime", "wide", "caps"))
