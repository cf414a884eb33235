"""Errors as RFC 9457 problems, in the caller's language: what, where, why, what next. Nothing answers a bare text."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.canonical import CanonicalError
from domain.errors import Fault, GspError, Refusal, RefusedError, Text
from services.entered import corrections
from services.gateway import EngineUnreachable
from services.people import TRIES_MINUTES, LoginRefused

log = logging.getLogger("gspflow.api")
MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 2
"""After so long a caller may try again what an unreachable part kept from being done."""

TITLES = {
    400: Text("请求无法读取", "Bad request"),
    401: Text("身份未确认", "Not identified"),
    403: Text("不允许", "Not allowed"),
    404: Text("没有找到", "Not found"),
    405: Text("此处不支持该方法", "Method not allowed"),
    409: Text("与当前状态冲突", "In conflict with what is there"),
    413: Text("内容过大", "Too large"),
    415: Text("不支持的内容类型", "Unsupported media type"),
    422: Text("内容需要更正", "Invalid data"),
    429: Text("请求过多", "Too many requests"),
    500: Text("服务器内部错误", "Internal error"),
    503: Text("暂时不可用", "Unavailable for the moment"),
}


class Problem(HTTPException):
    """An answer that is an error; raised anywhere in this room."""

    def __init__(
        self,
        status: int,
        code: str,
        message: Text,
        *,
        faults: Sequence[Fault] = (),
        headers: dict[str, str] | None = None,
        more: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(status, message.en, headers)
        self.code = code
        self.message = message
        self.faults = tuple(faults)
        self.more = more or {}


def language(request: Request) -> str:
    """`zh` or `en`: the request's wish, else the account's, else English."""
    wished = wished_language(request)
    return wished or getattr(request.state, "lang", "") or "en"


def wished_language(request: Request) -> str:
    """The first of zh and en that `Accept-Language` prefers; empty when it names neither."""
    offers: list[tuple[float, int, str]] = []
    for place, offer in enumerate(request.headers.get("accept-language", "").lower().split(",")[:20]):
        tag, _, weight = offer.strip().partition(";q=")
        if (known := tag.strip()[:2]) in ("zh", "en"):
            offers.append((-_weight(weight), place, known))
    return min(offers)[2] if offers else ""


def _weight(text: str) -> float:
    try:
        return float(text or 1)
    except ValueError:
        return 0.0


def answer(request: Request, problem: Problem) -> Response:
    """The problem as a response."""
    lang = language(request)
    status = problem.status_code
    faults = problem.faults or ((Fault("", problem.code, problem.message),) if status == 422 else ())
    body: dict[str, Any] = {
        "type": f"urn:gspflow:problem:{problem.code}",
        "title": TITLES.get(status, TITLES[400]).said_in(lang),
        "status": status,
        "detail": problem.message.said_in(lang),
        "code": problem.code,
        **({"errors": [_fault(fault, lang) for fault in faults]} if faults else {}),
        **problem.more,
    }
    text = json.dumps(body, ensure_ascii=False, default=str).encode("utf-8", "replace")
    headers = {"Content-Language": lang, "Cache-Control": "no-store", **(problem.headers or {})}
    return Response(text, status, headers, MEDIA_TYPE)


def _fault(fault: Fault, lang: str) -> dict[str, str]:
    return {"pointer": fault.pointer, "code": fault.code, "message": fault.message.said_in(lang)}


def of_refusal(refusal: Refusal, refusal_id: str | None) -> Problem:
    """A refusal of `services` as a problem: 403 names rule and articles, 409 names who was first."""
    more: dict[str, Any] = {"refusal_id": refusal_id}
    headers: dict[str, str] = {}
    if refusal.status == 403:
        more |= {"rule": refusal.rule, "articles": list(refusal.articles), "who_can": list(refusal.who_can)}
        more |= {key: refusal.facts[key] for key in ("violations",) if key in refusal.facts}
    if refusal.status == 409:
        more |= {"done_by": refusal.done_by, "done_at": refusal.done_at, "outcome": refusal.outcome}
        more |= {key: refusal.facts[key] for key in ("case",) if key in refusal.facts}
    if refusal.status == 401:
        headers["WWW-Authenticate"] = 'Signature realm="gspflow"'
    faults = tuple(replace(fault, pointer=refusal.within + fault.pointer) for fault in refusal.faults)
    return Problem(refusal.status, refusal.code, refusal.message, faults=faults, headers=headers or None, more=more)


def unauthenticated(code: str, zh: str, en: str) -> Problem:
    """401: the caller has to say who is asking."""
    return Problem(401, code, Text(zh, en), headers={"WWW-Authenticate": 'Bearer realm="gspflow"'})


def install(app: FastAPI) -> None:
    """Every exception that can reach the edge becomes a problem."""
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(GspError, _known)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_middleware(NoTraces)


async def http(request: Request, fault: Exception) -> Response:
    """The answer to an HTTP fault of the framework, or to a problem of ours."""
    if isinstance(fault, Problem):
        return answer(request, fault)
    assert isinstance(fault, HTTPException)
    status = fault.status_code
    known = {
        400: Text("请求的内容无法读取。", "The request cannot be read."),
        404: Text("没有这个地址。", "There is no such address."),
        405: Text("这个地址不支持该方法。", "This address does not take that method."),
        413: Text("请求过大。", "The request is too large."),
        415: Text("请以 application/json 发送。", "Send it as application/json."),
    }
    text = known.get(status) or Text(str(fault.detail), str(fault.detail))
    headers = dict(fault.headers) if fault.headers else None
    return answer(request, Problem(status, f"http_{status}", text, headers=headers))


async def _validation(request: Request, fault: Exception) -> Response:
    assert isinstance(fault, RequestValidationError)
    faults = tuple(_pydantic_fault(error) for error in fault.errors()[:50])
    return answer(request, Problem(422, "invalid_request", corrections(list(faults)), faults=faults))


def _pydantic_fault(error: Any) -> Fault:
    """`loc` as a JSON pointer: into the body, or `/query/limit`."""
    place = [str(part).replace("~", "~0").replace("/", "~1") for part in error["loc"]]
    pointer = "".join(f"/{part}" for part in (place[1:] if place[:1] == ["body"] else place))
    zh = {"missing": "缺少此项。", "extra_forbidden": "不认识此项。"}.get(error["type"], f"不正确：{error['msg']}")
    return Fault(pointer, str(error["type"]), Text(zh, f"{error['msg']}."))


async def _known(request: Request, fault: Exception) -> Response:
    return answer(request, _as_problem(fault))


def _as_problem(fault: Exception) -> Problem:
    if isinstance(fault, RefusedError):
        return of_refusal(fault.refusal, fault.refusal_id)
    if isinstance(fault, LoginRefused):
        if fault.until:
            return Problem(429, fault.code, fault.text, headers={"Retry-After": str(TRIES_MINUTES * 60)})
        return unauthenticated(fault.code, fault.text.zh, fault.text.en)
    if isinstance(fault, EngineUnreachable):
        return Problem(503, fault.code, fault.text, headers={"Retry-After": str(RETRY_SECONDS)})
    assert isinstance(fault, GspError)
    if isinstance(fault, CanonicalError):
        return Problem(422, fault.code, fault.text)
    return Problem(422, fault.code, fault.text)


async def _gone(request: Request, _fault: Exception) -> Response:
    """The caller hung up in the middle of its request: nobody reads this answer."""
    return answer(request, Problem(400, "incomplete", Text("请求没有发送完整。", "The request did not arrive whole.")))


class NoTraces:
    """The last net: a fault nobody foresaw is logged under an id, and the caller gets that id and nothing else."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; answer in its place when it raises before it answered."""
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except Exception as fault:  # whatever it is, the caller gets an id and the log the trace
            request = Request(scope)
            problem = unforeseen(request, fault)
            if started:
                raise
            await answer(request, problem)(scope, receive, send)


def unforeseen(request: Request, fault: Exception) -> Problem:
    """Log a fault under a new id. A database that does not answer is 503, all else 500."""
    number = secrets.token_hex(6)
    log.error("%s %s failed, error id %s", request.method, request.url.path, number, exc_info=fault)
    kind = type(fault)
    if kind.__module__.startswith(("sqlalchemy", "psycopg", "sqlite3")) and kind.__name__ == "OperationalError":
        text = Text(
            f"数据库暂时没有应答，请用同一操作重试（编号 {number}）。",
            f"The database does not answer at the moment; try the same again (error {number}).",
        )
        retry = {"Retry-After": str(RETRY_SECONDS)}
        return Problem(503, "database_unreachable", text, headers=retry, more={"error_id": number})
    text = Text(
        f"服务器出错，您的内容没有保存；请把编号 {number} 告诉系统管理员。",
        f"The server failed; nothing was kept. Tell the administrator the number {number}.",
    )
    return Problem(500, "internal_error", text, more={"error_id": number})
