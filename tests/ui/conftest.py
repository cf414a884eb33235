"""One Chromium for all browser tests of a process, and contexts that one visit after the other works in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from tests.ui.contexts import Contexts


@pytest.fixture(scope="session")
async def browser(chromium_path: Path) -> AsyncIterator[Browser]:
    """One Chromium for the session."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        yield started
        await started.close()


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Contexts:
    """Its contexts."""
    return Contexts(browser)
