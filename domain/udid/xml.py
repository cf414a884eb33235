"""Device records out of a stream of bytes, one at a time: no record but the one being read is in memory.

The files are XML as the database writes it: now and then with control characters and bare ampersands, which are put
right and counted. What no honest file has is refused at once: a document type (with it go entities), deep nesting,
endless values. Source: XML 1.0, sections 2.2 and 2.4; expat reads, and expands nothing that is not one of the five
entities of XML itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from domain.errors import GspError
from domain.udid.fields import DECLARED, FIELDS, LISTS

DEPTH_MAX = 12
VALUE_MAX = 32_768
"""Characters of one value."""
ITEMS_MAX = 500
"""Items in a list of a record."""
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_REFERENCE = re.compile(rb"&(?:(amp|lt|gt|quot|apos);|#([0-9]{1,7});|#[xX]([0-9A-Fa-f]{1,6});|)")
_OPEN, _CLOSE = b"<![CDATA[", b"]]>"
_UNFINISHED = re.compile(rb"(?:&#?[0-9A-Za-z]{0,8}|<(?:!(?:\[(?:C(?:D(?:A(?:T(?:A)?)?)?)?)?)?)?|\]\]?)\Z")
"""The end of a chunk that may be the beginning of a reference or of a CDATA mark."""


class XmlFault(GspError):
    """A file that is no honest UDI file; ``line`` is where."""

    def __init__(self, code: str, zh: str, en: str, line: int = 0) -> None:
        super().__init__(code, zh, en)
        self.line = line


@dataclass
class Record:
    """One device as it stands in the file: text by tag, lists of texts by tag; the line where it begins."""

    line: int
    values: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)


class Reader:
    """Takes bytes, gives records. Raises `XmlFault` where the file stops being one."""

    def __init__(self) -> None:
        self.declared: int | None = None
        self.repaired = 0
        self._done: list[Record] = []
        self._path: list[str] = []
        self._text: list[str] = []
        self._length = 0
        self._record: Record | None = None
        self._item: dict[str, str] = {}
        self._mender = _Mender()
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._data
        self._parser.StartDoctypeDeclHandler = self._doctype

    def feed(self, chunk: bytes, *, last: bool = False) -> Iterator[Record]:
        """The records that end in this chunk; those before a fault are given before it is raised."""
        fault: XmlFault | None = None
        try:
            self._parser.Parse(self._mender.mend(chunk, last=last), last)
        except expat.ExpatError as error:
            why = expat.ErrorString(error.code)
            fault = self._fault("not_xml", f"不是有效的 XML：{why}。", f"This is no XML: {why}.")
        except (ValueError, LookupError):
            fault = self._fault("encoding", "无法识别的字符编码，请使用 UTF-8。", "Unknown encoding; use UTF-8.")
        except XmlFault as found:
            fault = found
        self.repaired = self._mender.repaired
        done, self._done = self._done, []
        yield from done
        if fault is not None:
            raise fault

    def _fault(self, code: str, zh: str, en: str) -> XmlFault:
        line = self._parser.CurrentLineNumber
        return XmlFault(code, f"第 {line} 行：{zh}", f"Line {line}: {en}", line)

    def _doctype(self, *_: Any) -> None:
        raise self._fault(
            "doctype", "UDI 数据文件不含文档类型声明（DOCTYPE），此文件已拒绝。",
            "A UDI file has no document type (DOCTYPE); this file is refused.",
        )  # fmt: skip

    def _start(self, tag: str, _attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        if not self._path and tag != "udid":
            raise self._fault("not_udid", f"根元素是 {tag[:40]}，应为 udid。", f"The root is {tag[:40]}, not udid.")
        if len(self._path) >= DEPTH_MAX:
            raise self._fault("too_deep", f"元素嵌套超过 {DEPTH_MAX} 层。", f"Elements nest deeper than {DEPTH_MAX}.")
        self._path.append(tag)
        self._text, self._length = [], 0
        if tag == "device" and self._path[-2:-1] == ["devices"]:
            self._record = Record(self._parser.CurrentLineNumber)
        elif self._is_item():
            self._item = {}

    def _data(self, data: str) -> None:
        self._length += len(data)
        if self._length > VALUE_MAX:
            raise self._fault(
                "too_long", f"一个值超过 {VALUE_MAX} 字符。", f"A value has more than {VALUE_MAX} characters."
            )
        self._text.append(data)

    def _end(self, tag: str) -> None:
        path, text = self._path, "".join(self._text).strip()
        self._text, self._length = [], 0
        if self._record is None:
            if path[-1] == DECLARED and text.isascii() and text.isdigit() and len(text) < 10:
                self.declared = int(text)
        elif path[-1] == "device":
            self._done.append(self._record)
            self._record = None
        else:
            self._take(self._record, path, text)
        path.pop()

    def _take(self, record: Record, path: list[str], text: str) -> None:
        parent, tag = path[-2], path[-1]
        if parent == "device" and tag in FIELDS:
            record.values[tag] = text
        elif parent == "device" and tag not in LISTS:
            record.unknown.add(tag[:60])
        elif self._is_item():
            listed = record.lists.setdefault(parent, [])
            if len(listed) >= ITEMS_MAX:
                raise self._fault(
                    "too_many", f"{parent} 超过 {ITEMS_MAX} 项。", f"{parent} has more than {ITEMS_MAX} items."
                )
            listed.append(self._item)
        elif len(path) > 2 and path[-3] in LISTS and tag in LISTS[path[-3]][1]:
            self._item[tag] = text

    def _is_item(self) -> bool:
        """Whether the element at hand is an item of one of the lists."""
        known = LISTS.get(self._path[-2]) if len(self._path) > 1 else None
        return known is not None and self._path[-1] == known[0]


class _Mender:
    """Takes out what XML cannot hold and escapes bare ampersands, chunk by chunk; CDATA keeps its ampersands."""

    def __init__(self) -> None:
        self.repaired = 0
        self._kept = b""
        self._in_cdata = False
        self._plain: bool | None = None

    def mend(self, chunk: bytes, *, last: bool) -> bytes:
        """The chunk put right, as far as it can be told; its end may be kept for the next one."""
        if self._plain is None and len(self._kept) + len(chunk) >= 2:
            head = (self._kept + chunk)[:2]
            self._plain = head not in (b"\xff\xfe", b"\xfe\xff") and b"\x00" not in head
        if self._plain is False:  # UTF-16: bytes are no characters; expat reads or refuses it as it is
            whole, self._kept = self._kept + chunk, b""
            return whole
        whole = self._kept + chunk
        unfinished = None if last else _UNFINISHED.search(whole)
        cut = unfinished.start() if unfinished else len(whole)
        self._kept = whole[cut:]
        cleaned, found = _CONTROL.subn(b"", whole[:cut])
        self.repaired += found
        return self._references(cleaned)

    def _references(self, text: bytes) -> bytes:
        pieces: list[bytes] = []
        while text:
            mark = _CLOSE if self._in_cdata else _OPEN
            before, found, text = text.partition(mark)
            pieces += [before if self._in_cdata else _REFERENCE.sub(self._reference, before), found]
            if found:
                self._in_cdata = not self._in_cdata
        return b"".join(pieces)

    def _reference(self, found: re.Match[bytes]) -> bytes:
        if found[1]:
            return found[0]
        number = int(found[2]) if found[2] else int(found[3], 16) if found[3] else None
        if number is not None and _is_character(number):
            return found[0]
        self.repaired += 1
        return b"&amp;" if number is None else b""


def _is_character(number: int) -> bool:
    return (
        number in (9, 10, 13) or 0x20 <= number <= 0xD7FF or 0xE000 <= number <= 0xFFFD or 0x10000 <= number <= 0x10FFFF
    )
