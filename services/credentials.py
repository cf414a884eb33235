"""Passwords, PINs, badges, tokens: how they are kept and checked. Nothing here knows who may do what.

argon2id with m = 19 MiB, t = 2, p = 1 (OWASP's first choice for these sizes) in two threads of its own, so that logins
never take all processors. Tokens are random and stored as SHA-256 only.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from concurrent.futures import ThreadPoolExecutor

from pwdlib.hashers.argon2 import Argon2Hasher

PASSWORD_MIN = 4
"""Shortest password; the demo's is four characters. Installations without demo data ask for ten (``policy_fault``)."""
PASSWORD_MIN_REAL = 10
_HASHER = Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_SLOTS = ThreadPoolExecutor(2, thread_name_prefix="passwords")
_NOBODY = _HASHER.hash(secrets.token_hex(16))
"""Checked for unknown names, so that they take as long as known ones."""


async def make_hash(secret: str) -> str:
    """The stored form of a password or PIN."""
    return await asyncio.get_running_loop().run_in_executor(_SLOTS, _HASHER.hash, secret)


def make_hash_now(secret: str) -> str:
    """The same for callers without an event loop: the command line and the demo loader."""
    return _HASHER.hash(secret)


async def matches(secret: str, stored: str | None) -> bool:
    """Whether ``secret`` is the one that was stored; takes as long when nothing is stored."""
    loop = asyncio.get_running_loop()
    verified = await loop.run_in_executor(_SLOTS, _HASHER.verify, secret, stored or _NOBODY)
    return verified and stored is not None


def new_token() -> str:
    """A random token of 256 bits."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode("utf-8")).hexdigest()


def badge_hash(badge: str) -> str:
    """What is stored of a badge number; it identifies, the PIN proves."""
    return hashlib.sha256(f"badge\n{badge.strip()}".encode()).hexdigest()


def policy_fault(password: str, *, demo: bool) -> tuple[str, str] | None:
    """Why a new password is not accepted (zh, en), or ``None``. Source: NIST SP 800-63B: length, no composition rules."""
    least = PASSWORD_MIN if demo else PASSWORD_MIN_REAL
    if len(password) < least:
        return f"密码至少 {least} 个字符。", f"A password has at least {least} characters."
    if len(password) > 200:
        return "密码最多 200 个字符。", "A password has at most 200 characters."
    return None
