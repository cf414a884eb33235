"""One file out of a multipart body, passed on piece by piece: nothing is gathered in memory or on disk here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from api.problems import Problem
from domain.errors import Text

SURROUND_MAX = 64 * 1024
"""Bytes that everything around the file may have: boundaries, headers, other fields."""
HEADERS_MAX = 8 * 1024


@dataclass
class Upload:
    """The file of a request: name and claimed type, and its content as it arrives."""

    name: str
    media_type: str
    chunks: AsyncIterator[bytes]


async def file_in(request: Request, limit: int) -> Upload:
    """The one file of the request. `limit`: most bytes of the whole body before it is cut off.

    Raises `Problem` for a body that is no multipart form, has no file, or is over the limit.
    """
    reader = _Reader(_parser_boundary(request))
    source = _bounded(request, limit)
    while not reader.in_file:
        chunk = await anext(source, None)
        if chunk is None:
            raise _bad(
                "no_file", "没有文件：请以 multipart 表单的 file 字段发送。", "Send one file as a field of a form."
            )
        reader.feed(chunk)
    return Upload(reader.name, reader.media_type, _rest(reader, source))


def _parser_boundary(request: Request) -> bytes:
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not 0 < len(boundary) <= 200:
        text = Text("请以 multipart/form-data 发送文件。", "Send the file as multipart/form-data.")
        raise Problem(415, "not_multipart", text)
    return boundary


async def _bounded(request: Request, limit: int) -> AsyncIterator[bytes]:
    total = 0
    async for chunk in request.stream():
        total += len(chunk)
        if total > limit + SURROUND_MAX:
            raise Problem(413, "file_too_large", _too_large(limit))
        yield chunk


def _too_large(limit: int) -> Text:
    shown = limit // (1024 * 1024)
    return Text(f"文件超过 {shown} MB。", f"The file is larger than {shown} MB.")


async def _rest(reader: _Reader, source: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    while True:
        for piece in reader.taken():
            yield piece
        chunk = await anext(source, None)
        if chunk is None:
            break
        reader.feed(chunk)
    if not reader.is_whole:
        raise _bad("incomplete", "文件没有传完，请重新上传。", "The file did not arrive whole; send it again.")


@dataclass
class _Reader:
    """Callbacks of the parser: finds the file's part, collects its pieces, refuses a second one."""

    boundary: bytes
    name: str = ""
    media_type: str = ""
    in_file: bool = False
    is_whole: bool = False
    _is_over: bool = False
    _pieces: list[bytes] = field(default_factory=list)
    _headers: dict[bytes, bytes] = field(default_factory=dict)
    _field: bytes = b""
    _value: bytes = b""
    _surround: int = 0

    def __post_init__(self) -> None:
        calls: Any = {
            "on_part_begin": self._headers.clear,
            "on_part_data": self._data,
            "on_part_end": self._part_end,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_end": self._end,
        }
        self._parser = MultipartParser(self.boundary, calls)

    def feed(self, chunk: bytes) -> None:
        """Parse the next piece of the body."""
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise _bad("bad_multipart", "表单内容无法读取。", "The form cannot be read.") from error

    def taken(self) -> list[bytes]:
        """The file's bytes since the last call."""
        pieces, self._pieces = self._pieces, []
        return pieces

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self.in_file and not self._is_over:
            self._pieces.append(data[start:end])
        else:
            self._count(end - start)

    def _part_end(self) -> None:
        self._is_over = self._is_over or self.in_file

    def _end(self) -> None:
        self.is_whole = True

    def _count(self, size: int) -> None:
        self._surround += size
        if self._surround > SURROUND_MAX:
            raise _bad("too_much_around", "文件之外的内容过多。", "There is too much around the file.")

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self._field += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._field.lower()] = self._value
        self._field = self._value = b""

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        name = options.get(b"filename")
        if name is None:
            return
        if self.in_file:
            raise _bad("several_files", "一次只能上传一个文件。", "One request carries one file.")
        self.name = name.decode("utf-8", "replace")[:400]
        self.media_type = self._headers.get(b"content-type", b"").decode("latin-1")[:200]
        self.in_file = True


def _bad(code: str, zh: str, en: str) -> Problem:
    return Problem(422, code, Text(zh, en))
