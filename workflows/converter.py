"""How values travel through Temporal: JSON with exact decimals, compressed once they are large.

The same converter is used by worker, client, tests and replayer, so an exported history reads back bit for bit.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.converter import (
    BinaryNullPayloadConverter,
    BinaryPlainPayloadConverter,
    CompositePayloadConverter,
    DataConverter,
    EncodingPayloadConverter,
    PayloadCodec,
)

from domain.canonical import CanonicalError, Spelled, canonical_bytes, loads

COMPRESS_FROM_BYTES = 1024
"""Smaller payloads gain nothing from compression."""
_ZLIB = b"binary/zlib"


class ExactJsonConverter(EncodingPayloadConverter):
    """Canonical JSON: decimals stay decimals, a float is refused."""

    @property
    def encoding(self) -> str:
        """Temporal's own tools show this encoding as JSON."""
        return "json/plain"

    def to_payload(self, value: Any) -> Payload | None:
        """``None`` for a value that is no JSON, so that the SDK names the fault."""
        if isinstance(value, Spelled):
            return Payload(metadata={"encoding": b"json/plain"}, data=value.text)
        try:
            return Payload(metadata={"encoding": b"json/plain"}, data=canonical_bytes(value))
        except CanonicalError:
            return None

    def from_payload(self, payload: Payload, type_hint: type | None = None) -> Any:
        """The value; type hints are not needed, everything is plain JSON."""
        return loads(payload.data)


class ExactPayloadConverter(CompositePayloadConverter):
    """Nothing, bytes, JSON: in this order."""

    def __init__(self) -> None:
        super().__init__(BinaryNullPayloadConverter(), BinaryPlainPayloadConverter(), ExactJsonConverter())


class CompressingCodec(PayloadCodec):
    """zlib at level 6 for payloads of 1 KB and more; the result does not depend on the machine."""

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Compress what is worth it."""
        return [_compressed(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Undo ``encode``."""
        return [_expanded(payload) for payload in payloads]


def _compressed(payload: Payload) -> Payload:
    if len(payload.data) < COMPRESS_FROM_BYTES:
        return payload
    return Payload(metadata={"encoding": _ZLIB}, data=zlib.compress(payload.SerializeToString(deterministic=True), 6))


def _expanded(payload: Payload) -> Payload:
    if payload.metadata.get("encoding") != _ZLIB:
        return payload
    found = Payload()
    found.ParseFromString(zlib.decompress(payload.data))
    return found


EXACT_CONVERTER = DataConverter(payload_converter_class=ExactPayloadConverter, payload_codec=CompressingCodec())
"""The one data converter of the product."""
