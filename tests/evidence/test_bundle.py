"""A bundle proves a case with nothing but the file, and a forged one is refused with the place named."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from temporalio.api.common.v1 import Payloads

from domain.canonical import dumps, loads
from domain.errors import GspError, RefusedError
from services import bundle, evidence, people, seals
from services.keys import key_id_of, public_text
from tests.installed import Installation
from workflows.converter import EXACT_CONVERTER


async def made(living: Installation) -> bytes:
    """The bundle of a closed case."""
    return await evidence.assemble(living.office, await living.closed_case())


def resealed(content: bytes, living: Installation, change: Callable[[dict[str, bytes]], None]) -> bytes:
    """The bundle with its files changed and its manifest sealed again by the installation's own key."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    about: Any = loads(files.pop("manifest.json").decode())
    change(files)
    about = {name: value for name, value in about.items() if name not in ("v", "files", "key_id", "seal")}
    key = living.office.keys.seal
    return bundle.packed(about, files, key.private, key.key_id)


def keys_of(living: Installation) -> dict[str, str]:
    """What the installation publishes."""
    return seals.keys_on_file(living.office.keys.folder)


async def test_bundle_of_a_closed_case_proves_itself(living: Installation) -> None:
    report = await bundle.verify_bundle(await made(living), keys_of(living))
    assert report.flaws == []
    assert report.deterministic and report.vouched
    assert min(report.histories, report.waves, report.records, report.seals, report.attachments) >= 1


async def test_running_case_can_be_exported(living: Installation) -> None:
    from records import cases

    rows, _ = await living.office.db.reading(cases.listing, cases.CaseQuery(state="running"))
    report = await bundle.verify_bundle(await evidence.assemble(living.office, rows[0].id))
    assert report.ok and not report.vouched


def forge_history(files: dict[str, bytes], change: Callable[[Any], bool]) -> None:
    """Change the first update or wave in run 1 for which ``change`` returns true."""
    history = json.loads(files["histories/run-1.json"])
    for event in history["events"]:
        for name in ("workflowExecutionUpdateAcceptedEventAttributes", "activityTaskScheduledEventAttributes"):
            attributes = event.get(name)
            holder = attributes and (
                attributes.get("acceptedRequest", {}).get("input", {}).get("args") or attributes.get("input")
            )
            if holder and _changed(holder, change):
                files["histories/run-1.json"] = json.dumps(history).encode()
                return
    raise AssertionError("nothing in the history could be forged")


def _changed(holder: Any, change: Callable[[Any], bool]) -> bool:
    from google.protobuf.json_format import MessageToDict, ParseDict

    payloads = ParseDict(holder, Payloads()).payloads
    value = loads(payloads[0].data) if payloads[0].metadata["encoding"] == b"json/plain" else None
    if value is None:
        import zlib

        from temporalio.api.common.v1 import Payload

        inner = Payload.FromString(zlib.decompress(payloads[0].data))
        value = loads(inner.data)
    if not change(value):
        return False
    payload = EXACT_CONVERTER.payload_converter.to_payloads([value])[0]
    holder["payloads"] = [MessageToDict(payload)]
    return True


def other_actor(value: Any) -> bool:
    """Somebody else did it."""
    if "act" not in value or "act_id" not in value:
        return False
    value["act"]["envelope"]["actor"]["id"] = "somebody"
    return True


def other_value(value: Any) -> bool:
    """Something else was entered."""
    if "act" not in value or not value["act"]["values"]:
        return False
    value["act"]["values"]["forged"] = "yes"
    return True


def other_wave(value: Any) -> bool:
    """A wave tells of somebody else."""
    if "records" not in value:
        return False
    value["records"][0]["detail"]["actor"] = {"id": "somebody"}
    return True


@pytest.mark.parametrize("change", [other_actor, other_value, other_wave])
async def test_forged_history_is_refused(living: Installation, change: Callable[[Any], bool]) -> None:
    forged = resealed(await made(living), living, lambda files: forge_history(files, change))
    report = await bundle.verify_bundle(forged, keys_of(living))
    assert {flaw.code for flaw in report.flaws} & {"not_deterministic", "forged"}


def _other_row(files: dict[str, bytes]) -> None:
    rows = files["records.jsonl"].decode().splitlines()
    row: Any = loads(rows[2])
    row["at"] = "2020-01-01T00:00:00.000Z"
    files["records.jsonl"] = "\n".join([*rows[:2], dumps(row), *rows[3:]]).encode()


def _no_row(files: dict[str, bytes]) -> None:
    rows = files["records.jsonl"].decode().splitlines()
    files["records.jsonl"] = "\n".join(rows[:1] + rows[2:]).encode()


def _cut(files: dict[str, bytes]) -> None:
    files["records.jsonl"] = "\n".join(files["records.jsonl"].decode().splitlines()[:-1]).encode()


def _no_signature(files: dict[str, bytes]) -> None:
    files["signatures.jsonl"] = b"\n".join(files["signatures.jsonl"].splitlines()[1:])


def _no_attachment(files: dict[str, bytes]) -> None:
    del files[next(name for name in files if name.startswith("attachments/"))]


def _other_attachment(files: dict[str, bytes]) -> None:
    files[next(name for name in files if name.startswith("attachments/"))] += b"x"


def _other_rules(files: dict[str, bytes]) -> None:
    files["pinned.json"] = files["pinned.json"].replace(b'"gspflow":1', b'"gspflow":2')


@pytest.mark.parametrize(
    ("change", "where", "code"),
    [
        (_other_row, "record 3", "changed"),
        (_no_row, "record 2", "removed"),
        (_cut, "records.jsonl", "cut"),
        (_no_signature, "signature", "changed"),
        (_no_attachment, "attachments/", "removed"),
        (_other_attachment, "attachments/", "changed"),
        (_other_rules, "pinned.json", "changed"),
    ],
)
async def test_changed_file_is_named_even_under_a_new_seal(
    living: Installation, change: Callable[[dict[str, bytes]], None], where: str, code: str
) -> None:
    report = await bundle.verify_bundle(resealed(await made(living), living, change), keys_of(living))
    assert any(flaw.where.startswith(where) and flaw.code == code for flaw in report.flaws), report.flaws


async def test_changed_file_is_named_by_the_manifest(living: Installation) -> None:
    with zipfile.ZipFile(io.BytesIO(await made(living))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files["refusals.jsonl"] += b'{"rule":"none"}\n'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    report = await bundle.verify_bundle(out.getvalue())
    assert [(flaw.where, flaw.code) for flaw in report.flaws] == [("refusals.jsonl", "changed")]


async def test_bundle_under_foreign_keys_is_refused_by_who_knows_the_real_ones(living: Installation) -> None:
    private = Ed25519PrivateKey.from_private_bytes(b"7" * 32)
    foreign = key_id_of("seal", public_text(private))

    def add_key(files: dict[str, bytes]) -> None:
        files["keys.json"] = dumps({**loads(files["keys.json"].decode()), foreign: public_text(private)}).encode()

    with zipfile.ZipFile(io.BytesIO(resealed(await made(living), living, add_key))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    about: Any = loads(files.pop("manifest.json").decode())
    about = {name: value for name, value in about.items() if name not in ("v", "files", "key_id", "seal")}
    forged = bundle.packed(about, files, private, foreign)
    assert (await bundle.verify_bundle(forged)).ok  # by itself it cannot be told
    report = await bundle.verify_bundle(forged, keys_of(living))
    assert "foreign_key" in {flaw.code for flaw in report.flaws} and not report.vouched


@pytest.mark.parametrize("content", [b"", b"no zip at all"])
async def test_other_files_are_no_bundles(content: bytes) -> None:
    with pytest.raises(GspError, match="no_bundle"):
        await bundle.verify_bundle(content)


async def test_only_readers_of_the_case_export_it(living: Installation) -> None:
    case_id = await living.closed_case()
    admin = await people.actor_named(living.office, "admin")
    auditor = await people.actor_named(living.office, "auditor")
    assert admin is not None and auditor is not None
    with pytest.raises(RefusedError):
        await evidence.bundle(living.office, admin, case_id)
    assert (await bundle.verify_bundle(await evidence.bundle(living.office, auditor, case_id))).ok
