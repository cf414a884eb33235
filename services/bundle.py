"""The evidence bundle of one case: its form, and its verification with nothing but the file.

A zip of `manifest.json` (hashes of all other files, signed with the installation's seal key), `histories/run-N.json`
(Temporal's own JSON), `pinned.json`, `records.jsonl`, `signatures.jsonl`, `refusals.jsonl`, `attachments.json`,
`attachments/<sha256>`, `keys.json`, `README.txt`. No database and no server is asked.
"""

from __future__ import annotations

import base64
import hashlib
import io
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from temporalio.client import WorkflowHistory

from domain.canonical import CanonicalError, canonical_bytes, digest, dumps, loads
from domain.chain import case_head, sealed, verify
from domain.errors import GspError, Text
from domain.ids import workflow_id
from domain.json_types import Json, JsonObject
from services.replay import replayer
from services.sealed_acts import record_fault
from services.waves import given_to, waves_of
from workflows.engine.rulebook import rules_named

VERSION = 1
MANIFEST = "manifest.json"
FILE_MAX = 512 * 1024 * 1024
"""No file of a bundle unpacks to more than so many bytes."""


@dataclass(frozen=True)
class Flaw:
    """One thing in a bundle that does not hold: where (file, or record), and in words."""

    where: str
    code: str
    message: Text


@dataclass
class BundleReport:
    """What a bundle proved. ``vouched``: its keys are those of an installation that the caller knows."""

    case: str = ""
    histories: int = 0
    events: int = 0
    waves: int = 0
    records: int = 0
    seals: int = 0
    attachments: int = 0
    seconds: float = 0.0
    vouched: bool = False
    deterministic: bool = False
    flaws: list[Flaw] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether everything holds."""
        return not self.flaws

    def as_json(self) -> JsonObject:
        """The numbers and the flaws, the first first."""
        flaws: list[Json] = [
            {"where": flaw.where, "code": flaw.code, "message": flaw.message.as_json()} for flaw in self.flaws
        ]
        return {
            "ok": self.ok,
            "case": self.case,
            "deterministic": self.deterministic,
            "histories": self.histories,
            "events": self.events,
            "waves": self.waves,
            "records": self.records,
            "seals": self.seals,
            "attachments": self.attachments,
            "seconds": Decimal(str(round(self.seconds, 3))),
            "vouched": self.vouched,
            "flaws": flaws,
        }

    def add(self, where: str, code: str, zh: str, en: str) -> None:
        """Note a flaw."""
        self.flaws.append(Flaw(where, code, Text(f"{where}：{zh}", f"{where}: {en}")))


# ------------------------------------------------------------------ writing


def packed(about: JsonObject, files: Mapping[str, bytes], key: Ed25519PrivateKey, key_id: str) -> bytes:
    """The zip of ``files`` with a manifest that names and seals them; the same input gives the same bytes."""
    shas: dict[str, Json] = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    body: JsonObject = {"v": VERSION, **about, "files": shas, "key_id": key_id}
    seal = base64.b64encode(key.sign(canonical_bytes(body))).decode("ascii")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in ((MANIFEST, dumps({**body, "seal": seal}).encode()), *sorted(files.items())):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def lines(rows: list[JsonObject]) -> bytes:
    """Rows as JSON lines."""
    return "".join(f"{dumps(row)}\n" for row in rows).encode("utf-8")


# ------------------------------------------------------------------ reading


class Bundle:
    """An opened bundle; every read is of bytes that its manifest may not know."""

    def __init__(self, content: bytes) -> None:
        """Raises ``GspError`` ``no_bundle`` for a file that is none."""
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                if any(info.file_size > FILE_MAX for info in archive.infolist()):
                    raise _no_bundle("too large")
                self.files = {info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()}
            self.manifest: Any = loads(self.files[MANIFEST].decode("utf-8"))
            self.case = str(self.manifest["case"])
        except (zipfile.BadZipFile, KeyError, TypeError, ValueError, CanonicalError) as error:
            raise _no_bundle(str(error)) from error

    def value(self, name: str) -> Any:
        """The JSON value of a file; ``None`` when it is missing or no JSON."""
        try:
            return loads(self.files[name].decode("utf-8"))
        except (KeyError, ValueError, CanonicalError):
            return None

    def rows(self, name: str) -> list[Any]:
        """The rows of a file of JSON lines; none when it is missing or broken."""
        try:
            return [loads(line) for line in self.files.get(name, b"").decode("utf-8").splitlines()]
        except (ValueError, CanonicalError):
            return []

    def histories(self) -> list[WorkflowHistory]:
        """The recorded runs in order."""
        names = [name for name in self.files if name.startswith("histories/run-")]
        names.sort(key=lambda name: int(name.removeprefix("histories/run-").removesuffix(".json")))
        return [WorkflowHistory.from_json(workflow_id(self.case), self.files[name].decode("utf-8")) for name in names]


def _no_bundle(why: str) -> GspError:
    return GspError("no_bundle", f"这不是证据包：{why}", f"This is no evidence bundle: {why}")


# ------------------------------------------------------------------ verifying


async def verify_bundle(source: Path | bytes, known_keys: Mapping[str, str] | None = None) -> BundleReport:
    """Check a bundle against itself, and its keys against ``known_keys`` (id → base64) when the caller has some.

    Hashes and seal of the manifest, the chain of records, the seal of every act, signatures, attachments, and a full
    replay of the histories by this code. Raises ``GspError`` ``no_bundle`` for a file that is none.
    """
    began = time.monotonic()
    bundle = Bundle(source if isinstance(source, bytes) else source.read_bytes())
    report = BundleReport(case=bundle.case)
    keys: dict[str, str] = bundle.value("keys.json") or {}
    report.vouched = known_keys is not None and bool(keys)
    for key_id, public in keys.items() if known_keys is not None else ():
        if known_keys is not None and known_keys.get(key_id) != public:
            report.vouched = False
            report.add(
                "keys.json", "foreign_key", f"密钥 {key_id} 不属于本系统", f"{key_id} is no key of this installation"
            )
    _check_manifest(bundle, keys, report)
    _check_records(bundle, keys, report)
    _check_signatures(bundle, report)
    _check_attachments(bundle, report)
    await _check_histories(bundle, keys, report)
    report.seconds = time.monotonic() - began
    return report


def _check_manifest(bundle: Bundle, keys: dict[str, str], report: BundleReport) -> None:
    body = {name: value for name, value in bundle.manifest.items() if name != "seal"}
    told: dict[str, str] = body.get("files") or {}
    for name, content in bundle.files.items():
        if name != MANIFEST and told.get(name) != hashlib.sha256(content).hexdigest():
            report.add(name, "changed", "内容与清单的哈希不符", "its content is not what the manifest says")
    for name in sorted(set(told) - set(bundle.files)):
        report.add(name, "removed", "清单有而包中没有", "the manifest names it, the bundle lacks it")
    if not _is_sealed(body, str(bundle.manifest.get("seal")), keys.get(str(body.get("key_id")))):
        report.add(MANIFEST, "seal", "封签无效", "its seal does not hold")


def _is_sealed(body: JsonObject, seal: str, public: str | None) -> bool:
    if public is None:
        return False
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public))
        key.verify(base64.b64decode(seal), canonical_bytes(body))
    except (InvalidSignature, ValueError):
        return False
    return True


def _check_records(bundle: Bundle, keys: dict[str, str], report: BundleReport) -> None:
    records, pinned = bundle.rows("records.jsonl"), bundle.value("pinned.json")
    report.records = len(records)
    if not records or pinned is None:
        return report.add("records.jsonl", "missing", "没有记录或规则", "there are no records or no rules")
    if digest("pinned", pinned) != bundle.manifest.get("pinned_sha256"):
        report.add("pinned.json", "changed", "与清单所记哈希不符", "it is not the set that the manifest names")
    named = rules_named(records)
    for sha in named[:-1]:
        name = f"pinned/{sha}.json"
        if digest("pinned", bundle.value(name)) != sha:
            report.add(name, "changed", "与其名中的哈希不符", "it is not the set that its name says")
    first = case_head(bundle.case, named[0] if named else "", records[0]["detail"].get("start"))
    head, broken = verify(((row["seq"], sealed(row), row["head"]) for row in records), first)
    if broken is not None:
        report.add(f"record {broken.seq}", broken.kind, "哈希链在此断开", "the chain of hashes breaks here")
    elif head != bundle.manifest.get("head"):
        report.add("records.jsonl", "cut", "末尾与清单不符", "it does not end where the manifest says")
    for row in records:
        _check_record(bundle.case, row, keys, report)


def _check_record(case_id: str, row: Any, keys: dict[str, str], report: BundleReport) -> None:
    where, detail = f"record {row['seq']}", row["detail"]
    if digest("detail", detail) != row["detail_sha"]:
        report.add(where, "changed", "内容与其哈希不符", "its content is not what was sealed")
    if row["act_sha"] is None:
        return
    report.seals += 1
    actor: Any = detail.get("actor")
    fault = record_fault(case_id, actor.get("id") if isinstance(actor, dict) else "system", detail, keys)
    if fault is None and digest("act", detail["act"]) != row["act_sha"]:
        fault = "hash"
    if fault is not None:
        report.add(where, "seal", f"签名信封无效（{fault}）", f"its act is not authentic ({fault})")


def _check_signatures(bundle: Bundle, report: BundleReport) -> None:
    signatures = {row["seq"]: row for row in bundle.rows("signatures.jsonl")}
    for row in bundle.rows("records.jsonl"):
        act = row["detail"].get("act")
        if not act or not act["envelope"].get("meaning"):
            continue
        envelope, found = act["envelope"], signatures.pop(row["seq"], None)
        told = found and (found["signer"], found["meaning"], found["seal"], found["act_sha"], found["values_sha"])
        made = (envelope["actor"]["id"], envelope["meaning"], act["seal"], row["act_sha"], envelope["values_sha"])
        if told != made:
            report.add(f"signature {row['seq']}", "changed", "与记录不符", "it is not that of its record")
    for seq in signatures:
        report.add(f"signature {seq}", "inserted", "没有对应的记录", "no record stands behind it")


def _check_attachments(bundle: Bundle, report: BundleReport) -> None:
    named = {sha for row in bundle.rows("records.jsonl") for sha in attachments_in(row["detail"])}
    report.attachments = len(named)
    for sha in sorted(named):
        content = bundle.files.get(f"attachments/{sha}")
        if content is None:
            report.add(
                f"attachments/{sha}", "removed", "记录引用的附件不在包中", "a record names it, the bundle lacks it"
            )
        elif hashlib.sha256(content).hexdigest() != sha:
            report.add(f"attachments/{sha}", "changed", "附件内容被改", "its content is not what was attached")


def attachments_in(value: Any) -> Iterator[str]:
    """The hashes of all files named in a value, at any depth."""
    if isinstance(value, list):
        for item in value:
            yield from attachments_in(item)
    elif isinstance(value, dict):
        if isinstance(value.get("sha256"), str) and "media_type" in value:
            yield value["sha256"]
        for item in value.values():
            yield from attachments_in(item)


async def _check_histories(bundle: Bundle, keys: dict[str, str], report: BundleReport) -> None:
    """Replay every run; the records that the waves carry must be those of the bundle, and the case trusts our keys."""
    try:
        histories = bundle.histories()
    except (ValueError, KeyError) as error:
        return report.add("histories", "unreadable", "无法读取", f"they cannot be read ({type(error).__name__})")
    if not histories:
        return report.add("histories", "missing", "没有执行历史", "there is no recorded history")
    machine = replayer()
    for number, history in enumerate(histories, start=1):
        report.histories, report.events = number, report.events + len(history.events)
        done = await machine.replay_workflow(history, raise_on_replay_failure=False)
        if done.replay_failure is not None:
            why = str(done.replay_failure).splitlines()[0][:300]
            return report.add(
                f"histories/run-{number}.json", "not_deterministic", f"不能重演：{why}", f"it does not replay: {why}"
            )
    report.deterministic = True
    await _check_start(bundle, histories[0], keys, report)
    await _check_waves(bundle, histories, report)


async def _check_start(bundle: Bundle, first: WorkflowHistory, keys: dict[str, str], report: BundleReport) -> None:
    given: Any = await given_to(first)
    where = "histories/run-1.json"
    named = rules_named(bundle.rows("records.jsonl"))
    begun_on = named if given.get("records") else named[:1]
    if digest("pinned", given["pinned"]) not in begun_on:
        report.add(where, "changed", "起始规则与清单不符", "it was started on other rules than the manifest names")
    begun = given["records"][0]["detail"] if given.get("records") else given.get("started", {})
    if any(keys.get(key_id) != public for key_id, public in begun.get("keys", {}).items()):
        report.add(where, "foreign_key", "案例信任了外来密钥", "the case trusts a key that is not the installation's")


async def _check_waves(bundle: Bundle, histories: list[WorkflowHistory], report: BundleReport) -> None:
    waves, stored = await waves_of(histories), {row["seq"]: row for row in bundle.rows("records.jsonl")}
    report.waves = len(waves)
    for wave in waves:
        body: Any = wave.body
        if not wave.is_itself:
            report.add(
                f"wave {wave.no}", "forged", "内容与其编号中的哈希不符", "its content is not the one its id names"
            )
        for record in body["records"]:
            row = stored.pop(record["seq"], None)
            if row is None or {k: v for k, v in row.items() if k != "head"} != record:
                report.add(f"record {record['seq']}", "changed", "与执行历史不符", "history made another one")
    for seq in stored:
        report.add(f"record {seq}", "inserted", "执行历史中没有", "history does not have it")
