"""Coming in without the login page, which has tests of its own: the form's post, with the cookies of the browser."""

from __future__ import annotations

from playwright.async_api import BrowserContext


async def enter(context: BrowserContext, address: str, name: str) -> None:
    """Open the session of a demo account in this browser."""
    answer = await context.request.post(
        f"{address}/login", form={"username": name, "password": "demo"}, max_redirects=0
    )
    assert answer.status == 303 and not answer.headers["location"].startswith("/login"), answer.headers
