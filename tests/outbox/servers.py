"""Real servers to send to: a mail server (RFC 5321, TLS) and a webhook that answers as it was told to."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def certificate(folder: Path) -> Path:
    """A key and a certificate for localhost, in one PEM file, which is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "localhost.pem"
    plain = serialization.NoEncryption()
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


# ------------------------------------------------------------------ mail


@dataclass
class MailServer:
    """What it got, and how it behaves: `refuse` maps an address or a verb to an answer, `hang` stops at a verb."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    hang: str = ""
    close_at: str = ""
    tls: ssl.SSLContext | None = None

    @property
    def keys(self) -> list[str]:
        """The Message-ID of every mail, in order."""
        return [str(mail["Message-ID"]) for mail in self.mails]

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            return
        finally:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(*lines: str) -> None:
            writer.write("".join(f"{line}\r\n" for line in lines).encode())
            await writer.drain()

        await say("220 localhost ready")
        while line := (await reader.readline()).decode().strip():
            verb = line.split(" ")[0].upper()
            if verb == self.hang:
                await asyncio.sleep(60)
            if verb == self.close_at:
                return
            address = line.partition("<")[2].partition(">")[0]
            if answer := self.refuse.get(verb) or self.refuse.get(address if verb == "RCPT" else ""):
                await say(answer)
            elif verb == "EHLO":
                offers = ["250-STARTTLS"] if self.tls and not writer.get_extra_info("ssl_object") else []
                await say("250-localhost", *offers, "250 AUTH PLAIN")
            elif verb == "STARTTLS":
                await say("220 go on")
                assert self.tls
                await writer.start_tls(self.tls)
            elif verb == "AUTH":
                _, user, password = base64.b64decode(line.split(" ")[2]).decode().split("\0")
                self.logins.append((user, password))
                await say("235 welcome" if password == "open sesame" else "535 wrong")
            elif verb == "DATA":
                await say("354 go on")
                raw = (await reader.readuntil(b"\r\n.\r\n"))[:-5].replace(b"\r\n..", b"\r\n.")
                self.encrypted.append(writer.get_extra_info("ssl_object") is not None)
                self.mails.append(message_from_bytes(raw, policy=policy.default))  # type: ignore[arg-type]
                await say(self.refuse.get("BODY") or "250 taken")
            else:
                await say("221 bye" if verb == "QUIT" else "250 fine")
                if verb == "QUIT":
                    return


@asynccontextmanager
async def mail_server(tls: ssl.SSLContext | None = None, *, wrapped: bool = False) -> AsyncIterator[MailServer]:
    """A running mail server; `wrapped`: TLS from the first byte."""
    made = MailServer(tls=tls)
    server = await asyncio.start_server(made.talk, "localhost", 0, ssl=tls if wrapped else None)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()


# ------------------------------------------------------------------ webhook


@dataclass(frozen=True)
class Posted:
    """One request as it came."""

    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: Any


@dataclass
class Webhook:
    """What it got. `answer(posted)` gives `(status, headers, JSON)`, or a word: `hang`, `close`, `drip`."""

    port: int = 0
    got: list[Posted] = field(default_factory=list)
    answer: Callable[[Posted], Any] = lambda _: (200, {}, {"errcode": 0, "code": 0})

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://localhost:{self.port}/hook?access_token=geheim"

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            posted = await _request(reader)
            self.got.append(posted)
            said = self.answer(posted)
            if said == "hang":
                await asyncio.sleep(60)
            elif said == "drip":
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                for _ in range(600):
                    writer.write(b" ")
                    await writer.drain()
                    await asyncio.sleep(0.1)
            elif said != "close":
                writer.write(_response(*said))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()


async def _request(reader: asyncio.StreamReader) -> Posted:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = json.loads(await reader.readexactly(int(headers["content-length"])))
    parts = urlsplit(head[0].split(" ")[1])
    return Posted(parts.path, parse_qs(parts.query), headers, body)


def _response(status: int, headers: dict[str, str], body: Any) -> bytes:
    raw = json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} x", f"Content-Length: {len(raw)}", "Connection: close"]
    return "\r\n".join([*lines, *(f"{k}: {v}" for k, v in headers.items()), "", ""]).encode() + raw


@asynccontextmanager
async def webhook(tls: ssl.SSLContext | None = None) -> AsyncIterator[Webhook]:
    """A running webhook."""
    made = Webhook()
    server = await asyncio.start_server(made.talk, "localhost", 0, ssl=tls)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
