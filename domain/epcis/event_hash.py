"""The event hash id: one name for one event, whoever computes it and however the event is written down.

The values of an event are put into one fixed order and spelling (the pre-hash string) and hashed with SHA-256.
Source: GS1 CBV 2.0, section 8.9; where its text leaves room, the goldens of the GS1 reference implementation
(github.com/RalphTro/epcis-event-hash-generator). CBV 2.1 writes extensions of a field beside it, CBV 2.0 at the end.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from domain.epcis.digital_link import canonical
from domain.epcis.vocabulary import CODES, PREFIXES, expanded, without_prefix
from domain.json_types import JsonObject

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)
_IGNORED = frozenset(
    {"type", "recordTime", "eventID", "errorDeclaration", "certificationInfo", "rdfs:comment", "comment"}
)
_QUANTITY = ("epcClass", "quantity", "uom")
_METADATA = "time startTime endTime deviceID deviceMetadata rawData dataProcessingMethod bizRules".split()
_REPORT = (
    "type exception deviceID deviceMetadata rawData dataProcessingMethod time microorganism chemicalSubstance value "
    "component stringValue booleanValue hexBinaryValue uriValue minValue maxValue meanValue sDev percRank percValue "
    "uom coordinateReferenceSystem".split()
)
_LISTS = {"bizTransactionList": "bizTransaction", "sourceList": "source", "destinationList": "destination"}
_WORDS = {"bizStep": "bizStep", "disposition": "disposition", "set": "disposition", "unset": "disposition"}
_REPORT_WORDS = {"type": "measurement", "exception": "exception", "component": "component"}


def hash_id(event: JsonObject, context: Any = None, version: str = "2.0") -> str:
    """``ni:///sha-256;…?ver=CBV2.0`` of an event; ``context`` is the ``@context`` of the document around it."""
    digest = hashlib.sha256(pre_hash(event, context, version).encode("utf-8")).hexdigest()
    return f"ni:///sha-256;{digest}?ver=CBV{version}"


def pre_hash(event: JsonObject, context: Any = None, version: str = "2.0") -> str:
    """The text that is hashed: every value that says what happened, in the order of the standard."""
    return _Writer(_namespaces(context) | _namespaces(event.get("@context")), version).event(event)


def _namespaces(context: Any) -> dict[str, str]:
    """The prefixes that a ``@context`` defines; the standard's own are known without."""
    found: dict[str, str] = {}
    for one in context if isinstance(context, list) else [context]:
        if isinstance(one, dict):
            found |= {key: value for key, value in one.items() if isinstance(value, str)}
    return found


class _Writer:
    """Writes one event; ``inline``: extensions stand with the field that they extend (CBV 2.1)."""

    def __init__(self, namespaces: Mapping[str, str], version: str) -> None:
        self.namespaces = {**PREFIXES, **namespaces}
        self.inline = version != "2.0"

    def event(self, event: JsonObject) -> str:
        """The whole pre-hash string."""
        written = [f"eventType={event.get('type', '')}"]
        written += [write(self, event.get(name), name) for name, write in _ORDER if event.get(name) is not None]
        if not self.inline:
            written += [self._apart(event.get(name), name) for name in _EXTENDED]
        known = {name for name, _ in _ORDER} | _IGNORED
        return "".join([*written, self.extensions({key: event[key] for key in event if key not in known})])

    # -------------------------------------------------------------- fields of the standard

    def value(self, value: Any, name: str) -> str:
        """``name=value``, or the same for each value of a list, sorted."""
        if isinstance(value, list):
            return "".join(sorted(self.value(one, name) for one in value))
        text = expanded(_WORDS[name], value) if name in _WORDS and isinstance(value, str) else value
        return (
            f"{name}={_moment(str(text)) if 'time' in name.lower() and 'offset' not in name.lower() else _text(text)}"
        )

    def epcs(self, value: Any, name: str) -> str:
        """A list of instances."""
        return name + self.value(value, "epc") if value else ""

    def quantities(self, value: Any, name: str) -> str:
        """A list of classes with their quantities."""
        lines = ["quantityElement" + self._fields(one, _QUANTITY) for one in _objects(value)]
        return name + "".join(sorted(lines)) if lines else ""

    def dispositions(self, value: Any, name: str) -> str:
        """What is set and unset for long."""
        return name + self._fields(value, ("set", "unset"))

    def place(self, value: Any, name: str) -> str:
        """A read point or a business location."""
        return name + self._fields(value, ("id",)) + (self._own(value, ("id",)) if self.inline else "")

    def typed(self, value: Any, name: str) -> str:
        """A list of things with a type, the type before the thing."""
        key = _LISTS[name]
        kind = "bizTransaction" if key == "bizTransaction" else "party"
        lines: list[str] = []
        for one in _objects(value):
            said = expanded(kind, str(one["type"])) if one.get("type") else None
            lines.append((f"type={_text(said)}" if said else "") + self.value(one.get(key), key))
        return name + "".join(sorted(lines)) if lines else ""

    def sensors(self, value: Any, name: str) -> str:
        """Sensor elements with metadata and reports."""
        lines = [line for line in (self._sensor(one) for one in _objects(value)) if line]
        return (name if self.inline and lines else "") + "".join(sorted(lines))

    def _sensor(self, element: JsonObject) -> str:
        metadata = element.get("sensorMetadata")
        parts: list[str] = []
        if isinstance(metadata, dict):
            own = self._own(metadata, _METADATA) if self.inline else ""
            parts.append(_named("sensorMetadata", self._fields(metadata, _METADATA) + own))
        parts += sorted(_named("sensorReport", self._report(one)) for one in _objects(element.get("sensorReport")))
        own = self._own(element, ("sensorMetadata", "sensorReport")) if self.inline else ""
        return _named("sensorElement", "".join(parts) + own)

    def _report(self, report: JsonObject) -> str:
        words = {
            name: expanded(_REPORT_WORDS[name], str(report[name]))
            for name in _REPORT_WORDS
            if report.get(name) is not None
        }
        own = self._own(report, _REPORT) if self.inline else ""
        return self._fields({**report, **words}, _REPORT) + own

    def master_data(self, value: Any, name: str) -> str:
        """Instance and lot master data."""
        return _named(name, self.extensions(value)) if isinstance(value, dict) else ""

    def _fields(self, value: Any, names: Sequence[str]) -> str:
        given = value if isinstance(value, dict) else {}
        return "".join(self.value(given[name], name) for name in names if given.get(name) is not None)

    # -------------------------------------------------------------- extensions

    def _own(self, value: Any, known: Sequence[str]) -> str:
        """The extensions of a field of the standard."""
        given = value if isinstance(value, dict) else {}
        return self.extensions({key: given[key] for key in given if key not in known and key not in _IGNORED})

    def _apart(self, value: Any, name: str) -> str:
        """The extensions of a field under its name, as CBV 2.0 writes them after everything else."""
        if name != "sensorElementList":
            return _named(name, self._own(value, ("id",)))
        return "".join(sorted(_named("sensorElement", self._sensor_apart(one)) for one in _objects(value)))

    def _sensor_apart(self, element: JsonObject) -> str:
        reports = [_named("sensorReport", self._own(one, _REPORT)) for one in _objects(element.get("sensorReport"))]
        return "".join(
            [
                _named("sensorMetadata", self._own(element.get("sensorMetadata"), _METADATA)),
                *sorted(reports),
                self._own(element, ("sensorMetadata", "sensorReport")),
            ]
        )

    def extensions(self, value: JsonObject) -> str:
        """Names in full and values, sorted; comments and declarations of namespaces say nothing of the event."""
        lines: list[str] = []
        for key, one in value.items():
            if key in ("rdfs:comment", "comment") or key.startswith("@"):
                continue
            lines += [self._extension(key, item) for item in (one if isinstance(one, list) else [one])]
        return "".join(sorted(lines))

    def _extension(self, key: str, value: Any) -> str:
        name = "" if key == "#text" else self._name(key)
        if isinstance(value, dict):
            return name + self.extensions(value)
        if isinstance(value, list):
            return name + "".join(sorted(self._extension(key, one) for one in value))
        text = _text(f"{CODES[key]}{value}" if key in CODES else value)
        return f"{name}={text}" if text else name

    def _name(self, key: str) -> str:
        head, colon, rest = key.partition(":")
        return f"{{{self.namespaces[head]}}}{rest}" if colon and head in self.namespaces else key


_Write = Callable[[_Writer, Any, str], str]
_ORDER: tuple[tuple[str, _Write], ...] = (
    ("eventTime", _Writer.value),
    ("eventTimeZoneOffset", _Writer.value),
    ("epcList", _Writer.epcs),
    ("parentID", _Writer.value),
    ("inputEPCList", _Writer.epcs),
    ("childEPCs", _Writer.epcs),
    ("quantityList", _Writer.quantities),
    ("childQuantityList", _Writer.quantities),
    ("inputQuantityList", _Writer.quantities),
    ("outputEPCList", _Writer.epcs),
    ("outputQuantityList", _Writer.quantities),
    ("action", _Writer.value),
    ("transformationID", _Writer.value),
    ("bizStep", _Writer.value),
    ("disposition", _Writer.value),
    ("persistentDisposition", _Writer.dispositions),
    ("readPoint", _Writer.place),
    ("bizLocation", _Writer.place),
    ("bizTransactionList", _Writer.typed),
    ("sourceList", _Writer.typed),
    ("destinationList", _Writer.typed),
    ("sensorElementList", _Writer.sensors),
    ("ilmd", _Writer.master_data),
)
"""The canonical property order of CBV 2.0, table 8-2."""
_EXTENDED = ("readPoint", "bizLocation", "sensorElementList")
"""Fields of the standard that may carry extensions of their own."""


def _named(name: str, text: str) -> str:
    return name + text if text else ""


def _objects(value: Any) -> list[JsonObject]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str:
    """A value in its one spelling: numbers without needless zeros, URIs in full, GS1 keys as Digital Links."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return _number(str(value))
    text = str(value).strip()
    return _number(text) if _NUMBER.fullmatch(text) else canonical(without_prefix(text))


def _number(text: str) -> str:
    plain = format(Decimal(text).normalize(), "f")
    return "0" if plain in ("-0", "0") else plain


def _moment(text: str) -> str:
    """UTC with milliseconds, the fourth digit rounded half up; text that is no time stays as it is."""
    try:
        moment = datetime.fromisoformat(text.strip())
        if moment.tzinfo is None:
            return text.strip()
        moment = moment.astimezone(UTC) + timedelta(microseconds=500)
    except (ValueError, OverflowError):
        return text.strip()
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
