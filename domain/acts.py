"""The act envelope: what one person or system did, sealed with the installation's act key (Ed25519).

Both the workflow's validator and its handler verify it with the public keys that the case carries, so a raw
Temporal
client can forge nothing. Source: RFC 8032 (Ed25519); 21 CFR 11.70 (a signature is bound to its record).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cached_property, lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from domain.canonical import canonical_bytes, digest, digest_of, dumps
from domain.json_types import Json, JsonObject

VERSION = 1
VALID_SECONDS = 60
"""An act is refused later than this after it was received: nobody is waiting for it any more."""
ACT_BYTES_MAX = 256 * 1024
FIELDS = frozenset(
    "v act case path seat action outcome meaning reason pinned_sha form_sha lang shown_sha values_sha actor "
    "on_behalf_of facts auth received_at expires_at key_id external".split()
)


@dataclass(frozen=True)
class Act:
    """An envelope with the values it covers (by ``values_sha``) and its seal (base64)."""

    envelope: JsonObject
    values: JsonObject
    seal: str

    @cached_property
    def spelled_envelope(self) -> str:
        """What the seal covers, in canonical spelling; made once, so an act must not be changed after it was read."""
        return dumps(self.envelope)

    @cached_property
    def spelled_values(self) -> str:
        """The values in canonical spelling."""
        return dumps(self.values)

    @cached_property
    def spelled(self) -> bytes:
        """``canonical_bytes(self.as_json())``, put together from its parts."""
        parts = f'{{"envelope":{self.spelled_envelope},"seal":{dumps(self.seal)},"values":{self.spelled_values}}}'
        return parts.encode("utf-8")

    def as_json(self) -> JsonObject:
        """The act as it travels to the workflow and into the record."""
        return {"envelope": self.envelope, "values": self.values, "seal": self.seal}

    @staticmethod
    def from_json(value: JsonObject) -> Act:
        """The act of ``as_json``; raises ``KeyError`` or ``TypeError`` when it has another shape."""
        envelope, values, seal_ = value["envelope"], value["values"], value["seal"]
        if not isinstance(envelope, dict) or not isinstance(values, dict) or not isinstance(seal_, str):
            raise TypeError("an act is {envelope, values, seal}")
        return Act(envelope, values, seal_)

    @cached_property
    def sha(self) -> str:
        """The hash that the case record carries."""
        return digest_of("act", self.spelled)

    @property
    def update_id(self) -> str:
        """The id of the Update that carries exactly this sealing of the act; raises ``KeyError`` without an act id.

        An act that is sent again is sealed anew (another time of receipt) and must be an Update of its own: a server
        that was killed forgets which request of an id it handed out, and may write the second into history when the
        first was executed. Such a history does not replay. The case itself does one act once.
        """
        return f"{self.envelope['act']}.{self.sha[:16]}"


def values_sha(values: Json) -> str:
    """The hash of what was entered."""
    return digest("values", values)


def shown_sha(form_sha: str | None, shown: Json, lang: str) -> str:
    """The hash of what the person saw: the form, the values shown in it, the language."""
    return digest("shown", [form_sha, shown, lang])


def seal(envelope: JsonObject, values: JsonObject, key: Ed25519PrivateKey) -> Act:
    """Seal an envelope with the act key. The envelope's ``values_sha`` must already be that of ``values``."""
    return Act(envelope, values, base64.b64encode(key.sign(canonical_bytes(envelope))).decode("ascii"))


@lru_cache(maxsize=64)
def _public(key: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(base64.b64decode(key))


def fault_of(act: Act, public_keys: dict[str, str]) -> str | None:
    """Why the act is not authentic (``fields``, ``values``, ``key``, ``seal``), or ``None``.

    ``public_keys`` maps key id → base64 of the raw 32-byte public key.
    """
    if set(act.envelope) != FIELDS or act.envelope.get("v") != VERSION:
        return "fields"
    if act.envelope["values_sha"] != digest_of("values", act.spelled_values.encode("utf-8")):
        return "values"
    key = public_keys.get(str(act.envelope["key_id"]))
    if key is None:
        return "key"
    try:
        _public(key).verify(base64.b64decode(act.seal), act.spelled_envelope.encode("utf-8"))
    except (InvalidSignature, ValueError):
        return "seal"
    return None
