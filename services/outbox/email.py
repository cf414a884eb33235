"""E-mail: a message in text and HTML, handed to one mail server over SMTP (RFC 5321, 5322, 3207)."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Literal

from domain.errors import Text
from services.outbox.channel import SEND_SECONDS, SendFault
from services.outbox.message import Message

Security = Literal["starttls", "tls", "none"]
SOCKET_SECONDS = 10.0


def mail(message: Message, sender: str, to: str) -> EmailMessage:
    """The mail. Its Message-ID is the message's key, so mail programs and archives show a second copy once."""
    made = EmailMessage()
    made["From"] = Address("GSPFlow", addr_spec=sender)
    made["To"] = Address(addr_spec=to)
    made["Subject"] = message.subject
    made["Date"] = format_datetime(message.at)
    made["Message-ID"] = f"<{message.key}@{sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answer to this
    made.set_content(message.text)
    made.add_alternative(message.html, subtype="html")
    return made


@dataclass(frozen=True)
class Email:
    """The sender. Without TLS no password is ever sent (`app.settings` refuses the combination)."""

    host: str
    port: int
    sender: str
    security: Security = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)
    name: str = "email"

    async def send(self, message: Message, addresses: Sequence[str]) -> None:
        """Hand it to the mail server. Raises `SendFault`."""
        made = mail(message, self.sender, addresses[0])
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await asyncio.to_thread(self._hand_over, made, addresses[0])
        except (OSError, smtplib.SMTPException) as fault:  # TimeoutError is an OSError
            raise fault_of(fault) from fault

    def _hand_over(self, made: EmailMessage, to: str) -> None:
        with self._connected() as server:
            if self.security == "starttls":
                server.starttls(context=self.tls)
            if self.user:
                server.login(self.user, self.password)
            server.send_message(made, self.sender, [to])

    def _connected(self) -> smtplib.SMTP:
        if self.security == "tls":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=SOCKET_SECONDS, context=self.tls)
        return smtplib.SMTP(self.host, self.port, timeout=SOCKET_SECONDS)


def fault_of(fault: Exception) -> SendFault:
    """What went wrong in words; a refused address is final, everything else may be over soon."""
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        code = next(iter(fault.recipients.values()))[0]
        return _said("邮件服务器拒绝了收件地址", "The mail server refused the address", code, final=code >= 500)
    if isinstance(fault, smtplib.SMTPAuthenticationError):
        return _said("邮件服务器拒绝了账号或密码", "The mail server refused user or password", fault.smtp_code)
    if isinstance(fault, smtplib.SMTPResponseException):
        return _said("邮件服务器没有接受邮件", "The mail server did not accept the mail", fault.smtp_code)
    if isinstance(fault, ssl.SSLError):
        return SendFault(Text("邮件服务器的证书无效。", "The mail server's certificate is not valid."))
    if isinstance(fault, smtplib.SMTPNotSupportedError):
        return SendFault(Text("邮件服务器不支持加密连接。", "The mail server does not offer TLS."))
    if isinstance(fault, TimeoutError) or isinstance(fault.__context__, TimeoutError):  # smtplib hides the second
        return SendFault(Text("邮件服务器没有及时应答。", "The mail server did not answer in time."))
    return SendFault(Text("连不上邮件服务器。", "The mail server cannot be reached."))


def _said(zh: str, en: str, code: int, *, final: bool = False) -> SendFault:
    return SendFault(Text(f"{zh}（{code}）。", f"{en} ({code})."), final=final)
