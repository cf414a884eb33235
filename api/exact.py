"""JSON with exact numbers, in and out. Requests are read with limits; decimals never become binary floats.

A decimal of at most 15 significant digits (the bound of `domain.canonical`) is the shortest text of its nearest
double, so an answer written by `json` shows the very digits that are stored.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from decimal import Decimal
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from api.problems import Problem
from api.repeats import keeping
from domain.canonical import CanonicalError, loads, number_fault
from domain.errors import Fault, Text

BODY_MAX = 1024 * 1024
"""Bytes of a request's body; files go to `POST /attachments`, which has its own limit."""
DEPTH_MAX = 40
"""Levels of objects and arrays in a request."""


class ExactJson(Response):
    """An answer as JSON; `Decimal` values keep their digits."""

    media_type = "application/json"

    def __init__(self, content: Any, status_code: int = 200, headers: dict[str, str] | None = None) -> None:
        super().__init__(content, status_code, headers)

    def render(self, content: Any) -> bytes:
        """The bytes of the body."""
        return exact_bytes(content)


def exact_bytes(content: Any) -> bytes:
    """`content` as compact UTF-8 JSON."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), default=_number)
    return text.encode("utf-8", "replace")


def _number(value: object) -> int | float:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} is no JSON value")
    return int(value) if value == value.to_integral_value() else float(value)


class ExactRequest(Request):
    """A request whose body is bounded and whose JSON numbers are exact."""

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """The body in pieces. Raises `Problem` 413 as soon as there is too much of it."""
        told = self.headers.get("content-length", "0")
        size = int(told) if told.isdigit() else 0
        if size > BODY_MAX:
            raise too_large()
        size = 0
        async for chunk in super().stream():
            size += len(chunk)
            if size > BODY_MAX:
                raise too_large()
            yield chunk

    async def json(self) -> Any:
        """The body as JSON. Raises `Problem` 422 for what is no JSON or holds what cannot be kept exactly."""
        if not hasattr(self, "_exact"):
            self._exact = read_exact(await self.body())
        return self._exact


class ExactRoute(APIRoute):
    """A route whose handler sees an `ExactRequest`."""

    def get_route_handler(self) -> Any:
        """The handler, behind our own request."""
        handle = super().get_route_handler()

        async def exact(request: Request) -> Response:
            return await keeping(ExactRequest(request.scope, request.receive), handle)

        return exact


def read_exact(body: bytes) -> Any:
    """The JSON value of a body; raises `Problem` with the place of the first fault."""
    try:
        value = loads(body)
    except CanonicalError as error:
        raise _invalid("", error.code, error.text.zh, error.text.en) from error
    except RecursionError as error:
        raise _too_deep("") from error
    _check(value, "", 0)
    return value


def _check(value: Any, pointer: str, depth: int) -> None:
    if depth > DEPTH_MAX:
        raise _too_deep(pointer)
    if isinstance(value, str):
        _check_text(value, pointer)
    elif isinstance(value, dict):
        for name, item in value.items():
            _check_text(name, pointer)
            _check(item, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}", depth + 1)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check(item, f"{pointer}/{index}", depth + 1)
    elif isinstance(value, (int, Decimal)) and (why := number_fault(value)):
        shown = f"{value}"[:40]
        raise _invalid(
            pointer, f"number_{why}", f"数值 {shown} 不能精确保存。", f"The number {shown} cannot be kept exactly."
        )


def _check_text(text: str, pointer: str) -> None:
    if text.isascii() and "\x00" not in text:
        return
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise _invalid(pointer, "not_text", "文本含有无效字符。", "The text holds an invalid character.")


def _too_deep(pointer: str) -> Problem:
    return _invalid(pointer, "too_deep", f"嵌套超过 {DEPTH_MAX} 层。", f"Nested deeper than {DEPTH_MAX} levels.")


def _invalid(pointer: str, code: str, zh: str, en: str) -> Problem:
    return Problem(422, code, Text(zh, en), faults=(Fault(pointer, code, Text(zh, en)),))


def too_large() -> Problem:
    """413: the body is over the limit."""
    text = Text("请求超过 1 MB；文件请用附件上传。", "The request is larger than 1 MB; files go to the attachments.")
    return Problem(413, "body_too_large", text)
