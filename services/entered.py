"""What was entered, as it would be signed: the form's own laws, files that are stored, dates that can be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domain.clock import date_in_zone
from domain.errors import Fault, Refusal, Text
from domain.json_types import JsonObject
from domain.possible_dates import impossible_dates
from forms.model import Field, Form
from forms.pointers import Token, pointer_of
from forms.validation import complete as fill_in
from records import attachments
from services.office import Office


@dataclass(frozen=True)
class Entered:
    """The values as they would be stored, and everything wrong with them; pointers are relative to the form."""

    values: JsonObject
    faults: list[Fault]


async def entered(
    office: Office, form: Form, data: JsonObject, target: Mapping[str, Any], scope: Mapping[str, Any], zone: str
) -> Entered:
    """Fill in ``form`` with what a client sent. ``zone`` is the site's, for its calendar day."""
    sent = _hashes(_files(form.fields, data))
    stored = await office.db.reading(attachments.by_hashes, sent) if sent else {}
    prepared = fill_in(form, _as_stored(data, stored), target, scope)
    files = list(_files(form.fields, prepared.values))
    older = [sha for sha in _hashes(files) if sha not in stored]
    if older:  # values that the case had before, or files that nobody stored
        stored = {**stored, **await office.db.reading(attachments.by_hashes, older)}
    now = office.now()
    more = [
        Fault(pointer_of(path), "attachment_unknown", NOT_STORED) for path, sha in _named(files) if sha not in stored
    ]
    more += impossible_dates(prepared.values, today=date_in_zone(now, zone), now=now)
    told = {fault.pointer for fault in prepared.faults}
    return Entered(prepared.values, [*prepared.faults, *(fault for fault in more if fault.pointer not in told)])


NOT_STORED = Text(
    "这个文件没有上传成功或不存在。请重新上传文件后再提交。",
    "This file is not stored here. Upload it (POST /attachments), then send its hash again.",
)


def invalid(faults: list[Fault], within: str) -> Refusal | None:
    """The refusal of values with faults, ``None`` without; ``within`` as in ``Refusal``."""
    if not faults:
        return None
    return Refusal(422, "invalid_data", corrections(faults), faults=tuple(faults), within=within)


def corrections(faults: list[Fault]) -> Text:
    """How many things are wrong, and the first of them."""
    first, count = faults[0].message, len(faults)
    things = "One thing needs" if count == 1 else f"{count} things need"
    return Text(f"有 {count} 处需要更正：{first.zh}", f"{things} correcting: {first.en}")


Place = tuple[Token, ...]


def _files(fields: Iterable[Field], values: Any, path: Place = ()) -> Iterator[tuple[Place, JsonObject]]:
    for one in fields:
        if isinstance(values, dict) and one.name in values:
            yield from _files_of(one, values[one.name], (*path, one.name))


def _files_of(one: Field, value: Any, path: Place) -> Iterator[tuple[Place, JsonObject]]:
    if one.format == "attachment":
        if isinstance(value, dict):
            yield path, value
    elif isinstance(value, dict):
        yield from _files(one.fields, value, path)
    elif isinstance(value, list):
        for index, below in enumerate(value):
            if one.item is not None:
                yield from _files_of(one.item, below, (*path, index))
            else:
                yield from _files(one.items, below, (*path, index))


def _named(files: Iterable[tuple[Place, JsonObject]]) -> Iterator[tuple[Place, str]]:
    for path, value in files:
        if isinstance(value.get("sha256"), str):
            yield path, str(value["sha256"])


def _hashes(files: Iterable[tuple[Place, JsonObject]]) -> list[str]:
    return sorted({sha for _, sha in _named(files)})


def _as_stored(value: Any, stored: Mapping[str, attachments.Attachment]) -> Any:
    """The same values; what is said of a stored file is what we know of it, not what the client says."""
    if isinstance(value, list):
        return [_as_stored(below, stored) for below in value]
    if not isinstance(value, dict):
        return value
    sha = value.get("sha256")
    row = stored.get(sha) if isinstance(sha, str) else None
    if row is not None:
        return {"sha256": row.sha256, "name": row.name, "size": row.size, "media_type": row.media_type}
    return {name: _as_stored(below, stored) for name, below in value.items()}
