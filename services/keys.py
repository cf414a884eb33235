"""The installation's keys: the act key (web) and the seal key (checkpoints), files of mode 0600, never in the database.

A rotation is an event signed by the old and the new key; a revoked key stays valid for acts sealed before.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PURPOSES = ("act", "seal")


@dataclass(frozen=True)
class SigningKey:
    """One private key and its id, ``<purpose>-<8 hex of the public key's hash>``."""

    key_id: str
    private: Ed25519PrivateKey

    @property
    def public(self) -> str:
        """The raw public key in base64, as cases carry it."""
        return public_text(self.private)


def public_text(private: Ed25519PrivateKey) -> str:
    """The raw 32-byte public key of ``private`` in base64."""
    return base64.b64encode(private.public_key().public_bytes_raw()).decode("ascii")


def key_id_of(purpose: str, public: str) -> str:
    """The id of a public key."""
    return f"{purpose}-{hashlib.sha256(base64.b64decode(public)).hexdigest()[:8]}"


class KeyRing:
    """The keys of one installation, in a folder that only its owner reads.

    ``<purpose>.pem`` is the key in use; ``public.json`` keeps every public key ever used: id → base64.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._read_known: tuple[tuple[int, int, int], dict[str, str]] | None = None
        self.act = self._load("act")
        self.seal = self._load("seal")

    @property
    def public(self) -> dict[str, str]:
        """Every act key that cases may trust, by id."""
        known = self._known()
        return {key_id: public for key_id, public in known.items() if key_id.startswith("act-")}

    def act_for(self, trusted: Collection[str]) -> SigningKey:
        """The key to seal an act with for a case that trusts these keys: the one in use, else the one before it.

        A case keeps the keys it was started with, so after a rotation its acts are still sealed with one of them.
        """
        if self.act.key_id in trusted:
            return self.act
        for key_id in trusted:
            path = self.folder / f"act.{key_id}.pem"
            if path.exists():
                return SigningKey(key_id, _read(path))
        return self.act

    def session_secret(self) -> str:
        """The secret that protects browser sessions; made on first use."""
        path = self.folder / "session"
        if not path.exists():
            _write_once(path, base64.urlsafe_b64encode(os.urandom(32)))
        return path.read_text("ascii").strip()

    def rotate(self, purpose: str) -> tuple[SigningKey, SigningKey]:
        """Make a new key for ``purpose``; returns (old, new). The caller records the event signed by both."""
        old = self.act if purpose == "act" else self.seal
        private = Ed25519PrivateKey.generate()
        new = SigningKey(key_id_of(purpose, public_text(private)), private)
        path = self.folder / f"{purpose}.pem"
        path.rename(self.folder / f"{purpose}.{old.key_id}.pem")
        _write_once(path, _pem(private))
        self._remember(new)
        setattr(self, purpose, new)
        return old, new

    def _load(self, purpose: str) -> SigningKey:
        path = self.folder / f"{purpose}.pem"
        if not path.exists():
            _write_once(path, _pem(Ed25519PrivateKey.generate()))
        private = _read(path)
        key = SigningKey(key_id_of(purpose, public_text(private)), private)
        self._remember(key)
        return key

    def _known(self) -> dict[str, str]:
        """What ``public.json`` holds; another process may have replaced the file, which is read again only then."""
        path = self.folder / "public.json"
        try:
            there = path.stat()
        except FileNotFoundError:
            return {}
        mark = there.st_ino, there.st_mtime_ns, there.st_size
        if self._read_known is None or self._read_known[0] != mark:
            self._read_known = mark, json.loads(path.read_text("utf-8"))
        return dict(self._read_known[1])

    def _remember(self, key: SigningKey) -> None:
        known = self._known()
        if known.get(key.key_id) == key.public:
            return
        known[key.key_id] = key.public
        path = self.folder / "public.json"
        spare = path.with_suffix(f".{os.getpid()}.tmp")
        spare.write_text(json.dumps(known, indent=1, sort_keys=True), "utf-8")
        spare.replace(path)


def _read(path: Path) -> Ed25519PrivateKey:
    private = serialization.load_pem_private_key(path.read_bytes(), password=None)
    assert isinstance(private, Ed25519PrivateKey), f"{path} holds no Ed25519 key"
    return private


def _pem(private: Ed25519PrivateKey) -> bytes:
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write_once(path: Path, content: bytes) -> None:
    """Write a secret file readable by its owner only; another process that was first wins."""
    spare = path.with_suffix(f"{path.suffix}.{os.getpid()}.tmp")
    descriptor = os.open(spare, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(spare, path)
    except FileExistsError:
        pass_over = "another process made the key first; its key is the one in use"
        assert path.exists(), pass_over
    finally:
        spare.unlink()
