"""The files of the UDI database on disk: XML as it is, or a ZIP of XML files, read piece by piece."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from domain.udid.xml import Reader, Record, XmlFault

_PIECE = 256 * 1024
MEMBERS_MAX = 5_000
UNPACKED_MAX = 64 * 1024**3
RATIO_MAX = 200
"""Text of this kind shrinks 20–40 times; what shrinks more is made to fill a disk."""


class UdidFile:
    """One file with its records; `close` ends reading."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._archive = zipfile.ZipFile(path) if zipfile.is_zipfile(path) else None
        self._before = 0
        self._reader = Reader()
        self.declared: int | None = None

    @property
    def repaired(self) -> int:
        """Characters that were put right so far."""
        return self._before + self._reader.repaired

    def records(self) -> Iterator[Record | XmlFault]:
        """Every record; a fault ends them, so that what stands before it is not lost."""
        try:
            if self._archive is None:
                with self._path.open("rb") as file:
                    yield from self._of(file)
                return
            for member in self._members(self._archive):
                with self._archive.open(member) as file:
                    yield from self._of(file)
        except XmlFault as fault:
            yield fault
        except (zipfile.BadZipFile, RuntimeError, EOFError, OSError, zlib.error) as error:
            yield XmlFault(
                "bad_zip", "压缩文件已损坏或已加密，请重新下载。", f"The ZIP file is damaged or encrypted: {error}."
            )

    def close(self) -> None:
        """Let go of the file."""
        if self._archive is not None:
            self._archive.close()

    def _of(self, file: IO[bytes]) -> Iterator[Record]:
        self._reader = Reader()
        while piece := file.read(_PIECE):
            yield from self._reader.feed(piece)
        yield from self._reader.feed(b"", last=True)
        self._before += self._reader.repaired
        self._reader.repaired = 0
        if self._reader.declared is not None:
            self.declared = (self.declared or 0) + self._reader.declared

    def _members(self, archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
        """The XML files in the ZIP by name, if none of them is made to do harm."""
        found = [one for one in archive.infolist() if one.filename.lower().endswith(".xml")]
        unpacked = sum(one.file_size for one in found)
        packed = sum(one.compress_size for one in found) or 1
        if not found:
            raise XmlFault(
                "no_xml",
                "压缩文件中没有 XML 文件；套装的压缩文件请先解压。",
                "There is no XML file in the ZIP; unpack a ZIP in a ZIP first.",
            )
        if len(found) > MEMBERS_MAX or unpacked > UNPACKED_MAX or unpacked > max(packed * RATIO_MAX, 10 * 1024 * 1024):
            raise XmlFault(
                "zip_bomb", "压缩文件解压后异常庞大，已拒绝。", "The ZIP unpacks to far too much; it is refused."
            )
        return sorted(found, key=lambda one: (len(one.filename), one.filename))
