"""Is a document EPCIS 2.0? Stricter than the official JSON schema, which lets times, words and names through.

Every fault at once, each with the place (RFC 6901). What the schema cannot say is checked here: times are RFC 3339
with an offset, bare words stand in the vocabulary, EPC URIs follow their scheme, extensions have a namespace.
Source: ISO/IEC 19987:2024 (EPCIS 2.0), chapters 7 and 10; ISO/IEC 19988:2024 (CBV 2.0), chapter 7.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from domain.epcis.digital_link import follows_its_scheme
from domain.epcis.vocabulary import ACTIONS, CONTEXT, PREFIXES, URIS
from domain.errors import Fault, Text

_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_OFFSET = re.compile(r"[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00)", re.ASCII)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_UNIT = re.compile(r"[A-Z0-9]{2,3}", re.ASCII)
_VERSION = re.compile(r"\d+(\.\d+)*", re.ASCII)
_HEX = re.compile(r"[0-9A-Fa-f]+", re.ASCII)
_OWN_CONTEXTS = (CONTEXT, "https://ref.gs1.org/standards/epcis/epcis-context.jsonld")
Check = Callable[["_Checker", Any, str], None]


def faults_of(document: Any) -> list[Fault]:
    """Every fault of an EPCIS document, query document, or single event with its context; none: it is valid."""
    checker = _Checker()
    if not isinstance(document, dict):
        checker.fault("", "not_an_object", "须为 JSON 对象。", "This has to be a JSON object.")
        return checker.faults
    checker.context(document.get("@context"), "/@context")
    if document.get("type") == "EPCISDocument":
        checker.document(document)
    elif document.get("type") == "EPCISQueryDocument":
        checker.query_document(document)
    else:
        checker.event(document, "")
    return checker.faults


class _Checker:
    """Walks a document and notes what is wrong."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.prefixes = set(PREFIXES)
        self.foreign = False
        """Whether a context lies elsewhere: then it may define prefixes that we cannot know."""

    def fault(self, pointer: str, code: str, zh: str, en: str) -> None:
        """Note a fault."""
        self.faults.append(Fault(pointer, code, Text(zh, en)))

    # -------------------------------------------------------------- documents

    def context(self, value: Any, at: str) -> None:
        """The JSON-LD context: needed once, an address or definitions of prefixes."""
        if value is None:
            return self.fault(at, "context_missing", "缺少 @context。", "The @context is missing.")
        for index, one in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(one, dict):
                self.prefixes |= set(one)
            elif isinstance(one, str) and _URI.fullmatch(one):
                self.foreign |= one not in _OWN_CONTEXTS
            else:
                self.fault(
                    f"{at}/{index}", "context_wrong", "须为网址或前缀定义。", "An address or definitions of prefixes."
                )

    def document(self, document: dict[str, Any]) -> None:
        """An `EPCISDocument`."""
        self.fields(document, "", _DOCUMENT, ("schemaVersion", "creationDate", "epcisBody"))
        body = document.get("epcisBody")
        if isinstance(body, dict):
            self.fields(body, "/epcisBody", {"eventList": _Checker.events}, ("eventList",))

    def query_document(self, document: dict[str, Any]) -> None:
        """An `EPCISQueryDocument`."""
        self.fields(document, "", _DOCUMENT, ("epcisBody",))
        body: Any = document.get("epcisBody")
        at = "/epcisBody"
        for name in ("queryResults", "resultsBody"):
            if not isinstance(body, dict) or not isinstance(body.get(name), dict):
                return self.fault(f"{at}/{name}", "missing", f"缺少 {name}。", f"{name} is missing.")
            body, at = body[name], f"{at}/{name}"
        self.fields(body, at, {"eventList": _Checker.events, "vocabularyList": _Checker.anything}, ("eventList",))

    def events(self, value: Any, at: str) -> None:
        """A list of events."""
        for event, where in self.objects(value, at):
            self.event(event, where)

    # -------------------------------------------------------------- events

    def event(self, event: dict[str, Any], at: str) -> None:
        """One event of any type; a type of one's own needs a namespace."""
        kind = event.get("type")
        if at and "@context" in event:
            self.context(event["@context"], f"{at}/@context")
        if isinstance(kind, str) and kind in _EVENTS:
            needed, own = _EVENTS[kind]
            self.fields(event, at, {**_ANY_EVENT, **own}, ("type", "eventTime", "eventTimeZoneOffset", *needed))
            self.contents(event, kind, at)
        elif isinstance(kind, str) and self.is_named(kind):
            self.fields(event, at, {**_ANY_EVENT, **_EVERY_FIELD}, ("type", "eventTime", "eventTimeZoneOffset"))
        else:
            self.fault(f"{at}/type", "event_type", f"未知的事件类型 {kind!r}。", f"{kind!r} is no type of event.")

    def contents(self, event: dict[str, Any], kind: str, at: str) -> None:
        """An event says which goods it is about."""
        if not _SAYS_WHAT[kind](event):
            zh, en = "事件没有说明涉及哪些物品。", "The event does not say which things it is about."
            self.fault(at, "nothing_identified", zh, en)

    def fields(self, value: dict[str, Any], at: str, known: dict[str, Check], needed: Iterable[str]) -> None:
        """Needed fields are there, known ones are right, others have a namespace."""
        for name in needed:
            if value.get(name) is None:
                self.fault(f"{at}/{name}", "missing", f"缺少 {name}。", f"{name} is missing.")
        for name, one in value.items():
            if name in known:
                if one is not None or name not in needed:
                    known[name](self, one, f"{at}/{name}")
            elif not self.is_named(name):
                zh = f"{name} 不是标准字段；扩展字段须带已定义的命名空间前缀。"
                en = f"{name} is no field of the standard; an extension needs a prefix that the @context defines."
                self.fault(f"{at}/{name}", "no_namespace", zh, en)

    def is_named(self, name: str) -> bool:
        """Whether a name has a namespace that is defined, or is a full URI."""
        head, colon, rest = name.partition(":")
        return bool(colon and rest) and (head in self.prefixes or self.foreign or head in ("http", "https", "urn"))

    # -------------------------------------------------------------- values

    def anything(self, value: Any, at: str) -> None:
        """Nothing to check."""

    def text(self, value: Any, at: str) -> None:
        """A text."""
        if not isinstance(value, str):
            self.fault(at, "not_text", "须为文本。", "This has to be text.")

    def time(self, value: Any, at: str) -> None:
        """RFC 3339 with an offset, and a day that exists."""
        if not isinstance(value, str) or not _TIME.fullmatch(value) or not _exists(value):
            zh, en = "须为带时区偏移的 RFC 3339 时间。", "This has to be an RFC 3339 time with an offset."
            self.fault(at, "bad_time", zh, en)

    def matching(self, pattern: re.Pattern[str], value: Any, at: str, zh: str, en: str) -> None:
        """A text of a pattern."""
        if not isinstance(value, str) or not pattern.fullmatch(value):
            self.fault(at, "bad_format", zh, en)

    def offset(self, value: Any, at: str) -> None:
        """An offset of a time zone."""
        self.matching(_OFFSET, value, at, "须为时区偏移，如 +08:00。", "This has to be an offset such as +08:00.")

    def version(self, value: Any, at: str) -> None:
        """A version number."""
        self.matching(_VERSION, value, at, "须为版本号，如 2.0。", "This has to be a version such as 2.0.")

    def unit(self, value: Any, at: str) -> None:
        """A unit of UN/ECE Recommendation 20."""
        self.matching(_UNIT, value, at, "须为 2–3 位计量单位代码。", "This has to be a unit code of 2–3 characters.")

    def hexadecimal(self, value: Any, at: str) -> None:
        """Hexadecimal digits."""
        self.matching(_HEX, value, at, "须为十六进制。", "These have to be hexadecimal digits.")

    def number(self, value: Any, at: str) -> None:
        """A number."""
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            self.fault(at, "not_a_number", "须为数字。", "This has to be a number.")

    def boolean(self, value: Any, at: str) -> None:
        """True or false."""
        if not isinstance(value, bool):
            self.fault(at, "not_boolean", "须为 true 或 false。", "This has to be true or false.")

    def uri(self, value: Any, at: str) -> None:
        """A URI; an EPC URI of a scheme that we know follows it."""
        if not isinstance(value, str) or not _URI.fullmatch(value):
            self.fault(at, "not_a_uri", "须为 URI。", "This has to be a URI.")
        elif not follows_its_scheme(value):
            self.fault(at, "bad_epc", f"{value} 不符合其 EPC 编码方案。", f"{value} does not follow its EPC scheme.")

    def uris(self, value: Any, at: str) -> None:
        """A list of URIs, none twice."""
        several = self.listed(value, at)
        for index, one in enumerate(several):
            self.uri(one, f"{at}/{index}")
        if len({one for one in several if isinstance(one, str)}) < sum(isinstance(one, str) for one in several):
            self.fault(at, "repeated", "有重复的标识。", "An identifier stands there twice.")

    def certificates(self, value: Any, at: str) -> None:
        """One URI or several."""
        (self.uris if isinstance(value, list) else self.uri)(value, at)

    def action(self, value: Any, at: str) -> None:
        """ADD, OBSERVE or DELETE."""
        if not isinstance(value, str) or value not in ACTIONS:
            self.fault(at, "bad_action", "须为 ADD、OBSERVE 或 DELETE。", "This has to be ADD, OBSERVE or DELETE.")

    def word(self, kind: str, value: Any, at: str) -> None:
        """A bare word of the vocabulary, or a word with a namespace."""
        start, words = URIS[kind]
        if isinstance(value, str):
            bare = value.removeprefix(start) if value.startswith(start) else value
            if bare in words or (bare == value and ":" in value and not value.startswith("urn:epcglobal:cbv:")):
                return
        zh, en = f"{value!r} 不在标准词表内。", f"{value!r} is no word of the standard vocabulary."
        self.fault(at, "not_in_vocabulary", zh, en)

    def listed(self, value: Any, at: str) -> list[Any]:
        """A list."""
        if isinstance(value, list):
            return value
        self.fault(at, "not_a_list", "须为列表。", "This has to be a list.")
        return []

    def objects(self, value: Any, at: str) -> Iterable[tuple[dict[str, Any], str]]:
        """The objects of a list with their places."""
        for index, one in enumerate(self.listed(value, at)):
            if isinstance(one, dict):
                yield one, f"{at}/{index}"
            else:
                self.fault(f"{at}/{index}", "not_an_object", "须为 JSON 对象。", "This has to be a JSON object.")

    def object(self, value: Any, at: str, known: dict[str, Check], needed: tuple[str, ...] = ()) -> None:
        """One object with these fields."""
        for one, where in self.objects([value], at):
            self.fields(one, where.rpartition("/")[0], known, needed)

    # -------------------------------------------------------------- parts of events

    def place(self, value: Any, at: str) -> None:
        """A read point or business location."""
        self.object(value, at, {"id": _Checker.uri}, ("id",))

    def quantities(self, value: Any, at: str) -> None:
        """Classes with quantities; nothing else is allowed in them."""
        for one, where in self.objects(value, at):
            self.closed(one, where, _QUANTITY, ("epcClass",))

    def closed(self, value: dict[str, Any], at: str, known: dict[str, Check], needed: tuple[str, ...]) -> None:
        """An object that takes no extensions."""
        for name in value:
            if name not in known and self.is_named(name):
                self.fault(f"{at}/{name}", "not_extensible", "此处不允许扩展字段。", "No extensions are allowed here.")
        self.fields(value, at, known, needed)

    def dispositions(self, value: Any, at: str) -> None:
        """What is set and unset for long."""
        self.object(value, at, {"set": _Checker.disposition_list, "unset": _Checker.disposition_list})
        if isinstance(value, dict) and not value.get("set") and not value.get("unset"):
            self.fault(at, "missing", "缺少 set 或 unset。", "set or unset is missing.")

    def disposition_list(self, value: Any, at: str) -> None:
        """Words for a disposition."""
        for index, one in enumerate(self.listed(value, at)):
            self.word("disposition", one, f"{at}/{index}")

    def error(self, value: Any, at: str) -> None:
        """The declaration that an event was wrong."""
        self.object(value, at, _ERROR, ("declarationTime",))

    def sensors(self, value: Any, at: str) -> None:
        """Sensor elements."""
        for one, where in self.objects(value, at):
            self.fields(one, where, _SENSOR, ("sensorReport",))

    def metadata(self, value: Any, at: str) -> None:
        """Where sensor data comes from."""
        self.object(value, at, _METADATA)

    def reports(self, value: Any, at: str) -> None:
        """What was measured."""
        for one, where in self.objects(value, at):
            self.fields(one, where, _REPORT, ("type",))

    def master_data(self, value: Any, at: str) -> None:
        """Instance and lot master data: names with a namespace only."""
        self.object(value, at, {})


def _exists(time: str) -> bool:
    """Whether there is such a day and hour."""
    try:
        datetime.fromisoformat(time.upper())
    except ValueError:
        return False
    return True


def _word(kind: str) -> Check:
    return lambda checker, value, at: checker.word(kind, value, at)


def _typed(kind: str, key: str, needed: tuple[str, ...]) -> Check:
    def check(checker: _Checker, value: Any, at: str) -> None:
        for one, where in checker.objects(value, at):
            checker.closed(one, where, {"type": _word(kind), key: _Checker.uri}, needed)

    return check


_DOCUMENT: dict[str, Check] = {
    "@context": _Checker.anything,
    "id": _Checker.anything,
    "type": _Checker.text,
    "schemaVersion": _Checker.version,
    "creationDate": _Checker.time,
    "instanceIdentifier": _Checker.text,
    "sender": _Checker.text,
    "receiver": _Checker.text,
    "epcisHeader": _Checker.anything,
    "epcisBody": lambda checker, value, at: checker.object(
        value, at, {"eventList": _Checker.anything, "queryResults": _Checker.anything}
    ),
}
_ANY_EVENT: dict[str, Check] = {
    "@context": _Checker.anything,
    "type": _Checker.text,
    "eventTime": _Checker.time,
    "recordTime": _Checker.time,
    "eventTimeZoneOffset": _Checker.offset,
    "eventID": _Checker.uri,
    "certificationInfo": _Checker.certificates,
    "errorDeclaration": _Checker.error,
}
_QUANTITY: dict[str, Check] = {"epcClass": _Checker.uri, "quantity": _Checker.number, "uom": _Checker.unit}
_ERROR: dict[str, Check] = {
    "declarationTime": _Checker.time,
    "reason": _word("reason"),
    "correctiveEventIDs": _Checker.uris,
}
_SENSOR: dict[str, Check] = {"sensorMetadata": _Checker.metadata, "sensorReport": _Checker.reports}
_METADATA: dict[str, Check] = {
    **dict.fromkeys(("time", "startTime", "endTime"), _Checker.time),
    **dict.fromkeys(("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules"), _Checker.uri),
}
_REPORT: dict[str, Check] = {
    "type": _word("measurement"),
    "exception": _word("exception"),
    "component": _word("component"),
    "time": _Checker.time,
    "stringValue": _Checker.text,
    "booleanValue": _Checker.boolean,
    "hexBinaryValue": _Checker.hexadecimal,
    "uom": _Checker.text,
    **dict.fromkeys(
        "deviceID deviceMetadata rawData dataProcessingMethod microorganism chemicalSubstance "
        "coordinateReferenceSystem uriValue".split(),
        _Checker.uri,
    ),
    **dict.fromkeys("value minValue maxValue meanValue sDev percRank percValue".split(), _Checker.number),
}
_WHERE: dict[str, Check] = {
    "bizStep": _word("bizStep"),
    "disposition": _word("disposition"),
    "readPoint": _Checker.place,
    "bizLocation": _Checker.place,
    "bizTransactionList": _typed("bizTransaction", "bizTransaction", ("bizTransaction",)),
    "sourceList": _typed("party", "source", ("type", "source")),
    "destinationList": _typed("party", "destination", ("type", "destination")),
    "sensorElementList": _Checker.sensors,
}
_LASTING: dict[str, Check] = {"persistentDisposition": _Checker.dispositions, "ilmd": _Checker.master_data}
_THINGS: dict[str, Check] = {"epcList": _Checker.uris, "quantityList": _Checker.quantities}
_CHILDREN: dict[str, Check] = {
    "parentID": _Checker.uri,
    "childEPCs": _Checker.uris,
    "childQuantityList": _Checker.quantities,
}
_ACTION: dict[str, Check] = {"action": _Checker.action}
_TURNED: dict[str, Check] = {
    "inputEPCList": _Checker.uris,
    "inputQuantityList": _Checker.quantities,
    "outputEPCList": _Checker.uris,
    "outputQuantityList": _Checker.quantities,
    "transformationID": _Checker.uri,
}
_EVERY_FIELD: dict[str, Check] = {**_WHERE, **_LASTING, **_THINGS, **_CHILDREN, **_ACTION, **_TURNED}
_EVENTS: dict[Any, tuple[tuple[str, ...], dict[str, Check]]] = {
    "ObjectEvent": (("action",), {**_WHERE, **_LASTING, **_THINGS, **_ACTION}),
    "AggregationEvent": (("action",), {**_WHERE, **_CHILDREN, **_ACTION}),
    "TransactionEvent": (
        ("action", "bizTransactionList"),
        {**_WHERE, **_THINGS, **_ACTION, "parentID": _Checker.uri},
    ),
    "TransformationEvent": ((), {**_WHERE, **_LASTING, **_TURNED}),
    "AssociationEvent": (("action", "parentID"), {**_WHERE, **_CHILDREN, **_ACTION}),
}
"""Of each type of event: what it needs, and what it may have."""


def _has(*names: str) -> Callable[[dict[str, Any]], bool]:
    return lambda event: any(event.get(name) for name in names)


def _turns(event: dict[str, Any]) -> bool:
    linked = bool(event.get("transformationID"))
    taken = _has("inputEPCList", "inputQuantityList")(event)
    made = _has("outputEPCList", "outputQuantityList")(event)
    return (taken and made) or (linked and (taken or made))


def _holds(event: dict[str, Any]) -> bool:
    """Everything may be taken out of a parent without naming it; only an observation may leave the parent out."""
    children = bool(_has("childEPCs", "childQuantityList")(event)) or event.get("action") == "DELETE"
    return children and (bool(event.get("parentID")) or event.get("action") == "OBSERVE")


_SAYS_WHAT: dict[str, Callable[[dict[str, Any]], bool]] = {
    "ObjectEvent": _has("epcList", "quantityList", "sensorElementList"),
    "AggregationEvent": _holds,
    "TransactionEvent": lambda event: (
        _has("epcList", "quantityList", "parentID")(event) or event.get("action") == "DELETE"
    ),
    "TransformationEvent": _turns,
    "AssociationEvent": _holds,
}
