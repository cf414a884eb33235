"""Identities: ULIDs for cases and acts, task ids, effect keys. None is made from a Temporal id.

Source: https://github.com/ulid/spec (48 bits of milliseconds, 80 random bits, Crockford base 32).
"""

from __future__ import annotations

import base64
import hashlib
import re

_LENGTH = 26
_CROCKFORD = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789ABCDEFGHJKMNPQRSTVWXYZ")
IDEMPOTENCY_KEY = re.compile(r"[A-Za-z0-9-]{16,64}")
"""What a caller may send as ``Idempotency-Key``; it becomes the act id."""


def ulid(milliseconds: int, randomness: bytes) -> str:
    """A 26-character ULID of a time (Unix milliseconds) and 10 random bytes, both given by the caller."""
    return _base32((milliseconds << 80) | int.from_bytes(randomness[:10], "big"))


def task_id(case_id: str, path: str, seat: str) -> str:
    """The id of the task at (case, path, seat): 26 characters, the same whenever it is computed."""
    raw = hashlib.sha256(f"task\n{case_id}\n{path}\n{seat}".encode()).digest()
    return _base32(int.from_bytes(raw[:16], "big"))


def workflow_id(case_id: str) -> str:
    """The Temporal workflow id of a case, kept over continue-as-new."""
    return f"case/{case_id}"


def effect_key(case_id: str, path: str, posting: str) -> str:
    """The key under which a side effect happens at most once: ``<case>/<path>/<posting>``."""
    return f"{case_id}/{path}/{posting}"


def undo_key(key: str) -> str:
    """The key of the undo of the effect ``key``."""
    return key + "/undo"


def _base32(number: int) -> str:
    """26 digits of 5 bits: the standard library's base 32 with Crockford's digits."""
    whole = (number << 6).to_bytes(17, "big")  # 130 bits and 6 to fill the last byte
    return base64.b32encode(whole)[:_LENGTH].translate(_CROCKFORD).decode("ascii")
