"""Browser contexts lent to one visit after the other: what they fetched and compiled is kept, who was there is forgotten."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, BrowserContext

_FORGOTTEN = "cookies,local_storage,session_storage,indexeddb,cache_storage,service_workers"
Kind = tuple[str, int, int]
"""Language, width and height."""


class Contexts:
    """The contexts of one browser. Scripts and fonts are some megabytes, and every visit would fetch them anew."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self._free: dict[Kind, list[BrowserContext]] = {}

    @asynccontextmanager
    async def lend(self, address: str, lang: str, width: int, height: int = 900) -> AsyncIterator[BrowserContext]:
        """A context in which nobody has been at `address`, as far as the site can tell; closed pages and all, it goes back."""
        kept = self._free.setdefault((lang, width, height), [])
        context = kept.pop() if kept else await self._made(lang, width, height)
        yield context
        if await _forget(context, address):
            kept.append(context)

    async def _made(self, lang: str, width: int, height: int) -> BrowserContext:
        context = await self.browser.new_context(
            locale="zh-CN" if lang == "zh" else "en-US",
            viewport={"width": width, "height": height},
            has_touch=width < 600,
            reduced_motion="reduce",
        )
        context.set_default_timeout(15_000)
        return context


async def _forget(context: BrowserContext, address: str) -> bool:
    """Forget the visit; a context in which a page broke is closed instead."""
    await context.set_offline(False)
    for page in context.pages[1:]:
        await page.close()
    if not context.pages or context.pages[0].is_closed():
        await context.close()
        return False
    session = await context.new_cdp_session(context.pages[0])
    await session.send("Storage.clearDataForOrigin", {"origin": address, "storageTypes": _FORGOTTEN})
    await context.pages[0].close()
    await context.clear_cookies()
    return True
