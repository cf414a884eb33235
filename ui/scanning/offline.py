"""The service worker of the scanning pages and the one page that it keeps; neither holds anybody's data, so both are open."""

from __future__ import annotations

import json
from functools import cache

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from ui.assets import STATIC, address
from ui.scanning.desk import SCRIPTS

_STYLES = ("css/tokens.css", "css/base.css", "css/components.css", "css/scan_desk.css")
_SCRIPTS = (*SCRIPTS, "scanning/offline.js")


def routes() -> APIRouter:
    """`/scan-worker.js` and `/scan-offline`."""
    router = APIRouter(include_in_schema=False)

    @router.get("/scan-worker.js")
    async def worker() -> Response:
        return Response(_worker(), media_type="text/javascript", headers={"cache-control": "no-cache"})

    @router.get("/scan-offline")
    async def offline() -> Response:
        return HTMLResponse(_page(), headers={"cache-control": "no-cache"})

    return router


@cache
def _worker() -> str:
    files = [f"{address()}/{name}" for name in (*_STYLES, *_SCRIPTS)]
    source = (STATIC / "scanning/worker.js").read_text(encoding="utf-8")
    return source.replace("/*FILES*/[]", json.dumps(files)).replace("/*VERSION*/", address().rpartition("/")[2])


@cache
def _page() -> str:
    styles = "".join(f'<link rel="stylesheet" href="{address()}/{name}">' for name in _STYLES)
    scripts = "".join(f'<script src="{address()}/{name}" defer></script>' for name in _SCRIPTS)
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>GSPFlow</title>'
        f'{styles}{scripts}</head><body class="scanoffline"><main><div id="scandesk" class="scandesk"></div></main></body></html>'
    )
