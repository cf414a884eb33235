"""The ways out of the house that the settings name: mail server, group robots, SMS gateway."""

from __future__ import annotations

import ssl
import stat
from datetime import timedelta
from urllib.parse import urlsplit

import orjson
from pydantic import SecretStr

from app.faults import CommandFault, Exit
from app.settings import Settings
from services.outbox.channel import Channel, Rules
from services.outbox.email import Email
from services.outbox.robots import DingTalk, Feishu, WeCom
from services.outbox.sms import Sms

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def channels_of(settings: Settings) -> dict[str, Channel]:
    """Every channel that is set up, by name. Raises `CommandFault` for settings that cannot be right."""
    tls = _tls(settings)
    found = [_email(settings, tls), *_robots(settings, tls), _sms(settings, tls)]
    return {channel.name: channel for channel in found if channel is not None}


def rules_of(settings: Settings) -> Rules:
    """How often, how long, how far apart."""
    return Rules(
        attempts=settings.message_attempts,
        unread=timedelta(minutes=settings.message_unread_minutes),
        gap=timedelta(seconds=settings.message_gap_seconds),
    )


def secret_of(settings: Settings, name: str) -> str:
    """A secret from its variable, else from its file in the secrets folder, which only its owner may read."""
    given: SecretStr = getattr(settings, name)
    if said := given.get_secret_value():
        return said
    file = settings.secrets / name
    if not file.is_file():
        return ""
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise _fault(f"others may read the secret {file}", f"chmod 600 {file}")
    return file.read_text("utf-8").strip()


def _tls(settings: Settings) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if settings.message_ca is not None:
        try:
            context.load_verify_locations(settings.message_ca)
        except (OSError, ssl.SSLError) as error:
            raise _fault(f"GSPFLOW_MESSAGE_CA is no certificate: {settings.message_ca}", "give a PEM file") from error
    return context


def _email(settings: Settings, tls: ssl.SSLContext) -> Email | None:
    if not settings.smtp_host:
        return None
    sender, password = settings.smtp_from, secret_of(settings, "smtp_password")
    if "@" not in sender or any(ord(one) <= 32 for one in sender):
        raise _fault("GSPFLOW_SMTP_FROM is no address", "give the address from which notices are sent")
    if settings.smtp_security == "none" and password and settings.smtp_host not in LOOPBACK:
        raise _fault("a password is never sent without TLS", "set GSPFLOW_SMTP_SECURITY to starttls or tls")
    return Email(
        settings.smtp_host, settings.smtp_port, sender, settings.smtp_security, settings.smtp_user, password, tls
    )


def _robots(settings: Settings, tls: ssl.SSLContext) -> list[Channel]:
    found: list[Channel] = []
    if webhook := _webhook(settings, "wecom_webhook"):
        found.append(WeCom(webhook, tls))
    if webhook := _webhook(settings, "dingtalk_webhook"):
        found.append(DingTalk(webhook, secret_of(settings, "dingtalk_secret"), tls))
    if webhook := _webhook(settings, "feishu_webhook"):
        found.append(Feishu(webhook, secret_of(settings, "feishu_secret"), tls))
    return found


def _sms(settings: Settings, tls: ssl.SSLContext) -> Sms | None:
    if not settings.sms_url:
        return None
    try:
        orjson.loads(settings.sms_template)
    except ValueError as error:
        raise _fault("GSPFLOW_SMS_TEMPLATE is no JSON", "see docs/settings.md") from error
    url = _safe(settings.sms_url, "GSPFLOW_SMS_URL")
    return Sms(url, settings.sms_template, secret_of(settings, "sms_token"), tls)


def _webhook(settings: Settings, name: str) -> str:
    said = secret_of(settings, name)
    return _safe(said, f"GSPFLOW_{name.upper()}") if said else ""


def _safe(url: str, variable: str) -> str:
    """An address that keeps what is sent to it secret: https, or this machine."""
    parts = urlsplit(url)
    if parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)):
        return url
    raise _fault(f"{variable} is no https address", "copy the webhook as the service shows it")


def _fault(what: str, hint: str) -> CommandFault:
    return CommandFault(what, hint=hint, code=Exit.USAGE)
