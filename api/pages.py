"""The page that shows the description of the interface, made here: no script, nothing from another server."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import HTMLResponse, Response

from api import problems
from api.problems import Problem
from domain.errors import Text

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD")
_STYLE = """
body{font:15px/1.5 system-ui,"Noto Sans SC",sans-serif;margin:0 auto;max-width:68rem;padding:1.5rem;color:#1c2430;background:#fff}
h1{font-size:1.6rem}h2{margin-top:2.2rem;border-bottom:1px solid #d5dbe3;text-transform:capitalize}
details{border:1px solid #d5dbe3;border-radius:6px;margin:.5rem 0;padding:.5rem .9rem}summary{cursor:pointer}
code,pre{font-family:"JetBrains Mono",ui-monospace,monospace;font-size:.88em}pre{background:#f4f6f9;padding:.8rem;overflow:auto}
b.m{display:inline-block;min-width:4rem;color:#0b5a8a}table{border-collapse:collapse;width:100%}
td,th{text-align:left;padding:.25rem .6rem;border-bottom:1px solid #e6eaf0;vertical-align:top}
"""


def documentation(part: FastAPI) -> APIRouter:
    """The page `/api/docs`."""
    router = APIRouter(include_in_schema=False)

    @router.get("/api/docs")
    async def docs() -> Response:
        return HTMLResponse(page(part.openapi()))

    return router


def unknown() -> APIRouter:
    """Every other address below `/api` answers as a problem, never as a page."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/api", methods=list(METHODS))
    @router.api_route("/api/{rest:path}", methods=list(METHODS))
    async def nothing(request: Request) -> Response:
        text = Text("没有这个地址；说明见 /api/docs。", "There is no such address; see /api/docs.")
        return problems.answer(request, Problem(404, "http_404", text))

    return router


def page(document: dict[str, Any]) -> str:
    """The OpenAPI document as HTML."""
    info = document["info"]
    by_tag: dict[str, list[str]] = {}
    for path, calls in document["paths"].items():
        for method, call in calls.items():
            by_tag.setdefault(call["tags"][0], []).append(_call(path, method, call, document))
    sections = "".join(f"<h2>{escape(tag)}</h2>{''.join(calls)}" for tag, calls in by_tag.items())
    about = "".join(f"<p>{_marked(part)}</p>" for part in info["description"].split("\n\n"))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(info["title"])} API</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style><main>'
        f"<h1>{escape(info['title'])} API {escape(info['version'])}</h1>{about}"
        f'<p><a href="/api/v1/openapi.json">openapi.json</a> (OpenAPI {escape(document["openapi"])})</p>{sections}</main>'
    )


def _call(path: str, method: str, call: dict[str, Any], document: dict[str, Any]) -> str:
    rows = "".join(_row(item) for item in call.get("parameters", ()))
    table = f"<table><tr><th>parameter<th>where<th>what</tr>{rows}</table>" if rows else ""
    told = "".join(
        f"<li><code>{escape(code)}</code> {escape(one['description'])}" for code, one in call["responses"].items()
    )
    return (
        f'<details id="{escape(call["operationId"])}"><summary><b class="m">{method.upper()}</b>'
        f"<code>/api/v1{escape(path)}</code> {_marked(_first_line(call))}</summary>"
        f"<p>{_marked(call.get('description', ''))}</p>{table}{_body(call, document)}<ul>{told}</ul></details>"
    )


def _marked(text: str) -> str:
    """Text whose words between backticks are code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _first_line(call: dict[str, Any]) -> str:
    return str(call.get("description") or call.get("summary") or "").split("\n")[0]


def _row(item: dict[str, Any]) -> str:
    schema = item.get("schema", {})
    options = [schema, *schema.get("anyOf", ())]
    kind = next((str(one["type"]) for one in options if one.get("type")), "")
    choice = next((", ".join(map(str, one["enum"])) for one in options if "enum" in one), "")
    what = " · ".join(text for text in (kind, choice, item.get("description", "")) if text)
    must = " *" if item.get("required") else ""
    return f"<tr><td><code>{escape(item['name'])}</code>{must}<td>{escape(item['in'])}<td>{escape(what)}</tr>"


def _body(call: dict[str, Any], document: dict[str, Any]) -> str:
    content = call.get("requestBody", {}).get("content", {})
    shown = "".join(
        f"<p><code>{escape(kind)}</code></p><pre>{escape(_fields(one.get('schema', {}), document))}</pre>"
        for kind, one in content.items()
    )
    return shown and f"<h4>body</h4>{shown}"


def _fields(schema: dict[str, Any], document: dict[str, Any], depth: int = 0) -> str:
    """The fields of an object, one a line, those of objects inside it indented."""
    found = _resolved(schema, document)
    lines = []
    for name, one in found.get("properties", {}).items():
        inner = _resolved(one, document)
        kind = inner.get("type") or inner.get("title") or "any"
        must = " *" if name in found.get("required", ()) else ""
        lines.append(f"{'  ' * depth}{name}: {kind}{must}")
        target = _resolved(inner.get("items", inner), document)
        if depth < 3 and target.get("properties"):
            lines.append(_fields(target, document, depth + 1))
    return "\n".join(lines)


def _resolved(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    chosen = next((one for one in schema.get("anyOf", ()) if one.get("type") != "null"), schema)
    name = str(chosen.get("$ref", "")).rpartition("/")[2]
    return document["components"]["schemas"].get(name, chosen) if name else chosen
