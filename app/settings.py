"""Every setting of an installation: one environment variable each, with defaults for one machine.

Nothing outside `app` reads the environment; rooms below get what they need as arguments.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
"""The checkout (or the image folder) that holds the launcher and all rooms."""


def _or_file(name: str) -> str:
    return f"Or the file `{name}` in the secrets folder, mode 0600."


class Settings(BaseSettings):
    """Settings read from `GSPFLOW_…` variables; each field's description is its documentation."""

    model_config = SettingsConfigDict(env_prefix="GSPFLOW_", env_ignore_empty=True, extra="ignore")

    data: Path = Field(
        default=ROOT / "data",
        description="Folder of this installation: database, workflow state, attachments, secrets, logs. "
        "The same as `--data`. Readable by its owner only.",
    )
    database_url: str = Field(
        default="",
        description="SQLAlchemy address of the database, `postgresql+psycopg://user:password@host/name` "
        "for several machines. Empty: the SQLite file `gspflow.db` in the data folder.",
    )
    temporal_address: str = Field(
        default="",
        description="`host:port` of the Temporal frontend. Empty: the server that `up` runs on this data folder.",
    )
    temporal_namespace: str = Field(
        default="gspflow", description="Temporal namespace of this installation.", pattern=r"^[A-Za-z0-9._-]+$"
    )
    task_queue: str = Field(
        default="gsp-core", description="Task queue of the cases and their projection; web and workers must agree."
    )
    temporal_tls: bool = Field(
        default=False, description="Speak TLS to Temporal. Switched on by any of the three certificate settings."
    )
    temporal_tls_ca: Path | None = Field(
        default=None, description="PEM file of the authority that signed the Temporal server's certificate."
    )
    temporal_tls_cert: Path | None = Field(
        default=None, description="PEM file of our own client certificate, for mutual TLS."
    )
    temporal_tls_key: Path | None = Field(
        default=None, description="PEM file of the private key of the client certificate."
    )
    temporal_tls_server_name: str = Field(
        default="", description="Name expected in the server's certificate when it differs from the address."
    )
    temporal_binary: Path | None = Field(
        default=None,
        description="The `temporal` program to run embedded, e.g. an official build. Empty: the installed one.",
    )
    retention_days: int = Field(
        default=3650,
        ge=1,
        le=36500,
        description="Days for which the embedded Temporal server keeps the history of a closed case.",
    )
    host: str = Field(default="127.0.0.1", description="Address on which the web application listens.")
    port: int = Field(
        default=8080, ge=0, le=65535, description="Port of the web application; 0 takes a free one and prints it."
    )
    public_url: str = Field(
        default="",
        description="Address under which people reach the web application, used in links. Empty: `http://host:port`.",
    )
    demo: bool = Field(
        default=True,
        description="Load the demo distributor into an empty data folder and show its accounts. "
        "Refused with a host beyond loopback; the same as leaving out `--no-demo`.",
    )
    secrets_dir: Path | None = Field(
        default=None,
        description="Folder of the key files (signing keys, session secret). Several machines must share it. "
        "Empty: `secrets` in the data folder.",
    )
    storage_secret: SecretStr = Field(
        default=SecretStr(""),
        description="Secret that protects browser sessions. Empty: the file `session` in the secrets folder, "
        "made on first start.",
    )
    attachments_dir: Path | None = Field(
        default=None,
        description="Folder of attachments, stored by SHA-256. Several machines must share it. "
        "Empty: `attachments` in the data folder.",
    )
    claim_hours: int = Field(
        default=8,
        ge=1,
        le=720,
        description="Hours for which a claimed task is kept for its person; then a colleague may take it over.",
    )
    attachment_max_mb: int = Field(default=50, ge=1, description="Largest accepted attachment, in megabytes.")
    checkpoints_dir: Path | None = Field(
        default=None,
        description="Folder of the audit checkpoints, outside the database; best on another machine. "
        "Empty: `checkpoints` in the data folder.",
    )
    worker_threads: int = Field(
        default=16, ge=1, le=512, description="Activities one worker runs at the same time, each in a thread."
    )
    max_cached_workflows: int = Field(
        default=2000, ge=1, description="Cases one worker keeps in memory; the others are replayed when touched."
    )
    ready_file: Path | None = Field(
        default=None,
        description="File the worker writes once it polls. Set by `up` for its own worker and by container probes.",
    )
    smtp_host: str = Field(
        default="", description="Mail server to which notices are handed. Empty: nothing goes out by e-mail."
    )
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Port of the mail server.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="`starttls` (port 587), `tls` (port 465), or `none`: only without a password, or on this machine.",
    )
    smtp_from: str = Field(default="", description="Address from which notices are sent, `gsp@example.com`.")
    smtp_user: str = Field(default="", description="User at the mail server. Empty: no login.")
    smtp_password: SecretStr = Field(
        default=SecretStr(""), description=f"Password at the mail server. {_or_file('smtp_password')}"
    )
    wecom_webhook: SecretStr = Field(
        default=SecretStr(""),
        description=f"Webhook of a group robot of 企业微信 (WeCom), with its key. {_or_file('wecom_webhook')}",
    )
    dingtalk_webhook: SecretStr = Field(
        default=SecretStr(""),
        description=f"Webhook of a group robot of 钉钉 (DingTalk), with its token. {_or_file('dingtalk_webhook')}",
    )
    dingtalk_secret: SecretStr = Field(
        default=SecretStr(""),
        description=f"Secret (`SEC…`) with which messages to DingTalk are signed. {_or_file('dingtalk_secret')}",
    )
    feishu_webhook: SecretStr = Field(
        default=SecretStr(""),
        description=f"Webhook of a group robot of 飞书 (Feishu, Lark). {_or_file('feishu_webhook')}",
    )
    feishu_secret: SecretStr = Field(
        default=SecretStr(""),
        description=f"Secret with which messages to Feishu are signed. {_or_file('feishu_secret')}",
    )
    sms_url: str = Field(
        default="", description="Address of an SMS gateway that takes a POST of JSON. Empty: no text messages."
    )
    sms_template: str = Field(
        default='{"to": "{to}", "text": "{text}", "id": "{key}"}',
        description="JSON that the gateway gets; `{to}`, `{text}` and `{key}` in its strings are filled in.",
    )
    sms_token: SecretStr = Field(
        default=SecretStr(""), description=f"Bearer token of the SMS gateway. {_or_file('sms_token')}"
    )
    message_ca: Path | None = Field(
        default=None,
        description="PEM file of one more authority that may sign the certificates of mail server and webhooks.",
    )
    message_attempts: int = Field(
        default=6,
        ge=1,
        le=20,
        description="Attempts at a message before it is given up and shown to the administrator.",
    )
    message_gap_seconds: int = Field(
        default=300,
        ge=0,
        le=86400,
        description="Least time between two ordinary messages to a person by one channel; "
        "what comes meanwhile goes out together.",
    )
    message_unread_minutes: int = Field(
        default=30,
        ge=1,
        le=10080,
        description="Minutes after which a second person is told of urgent or legal word that nobody read.",
    )
    token: SecretStr = Field(
        default=SecretStr(""),
        description="API token of the person at the terminal; commands that act do so as its owner.",
    )
    log_level: str = Field(
        default="info", pattern="^(debug|info|warning|error)$", description="debug, info, warning or error."
    )

    @model_validator(mode="after")
    def _absolute(self) -> Self:
        """Parts are started from other folders than the command, so relative paths are settled here."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, Path):
                object.__setattr__(self, name, Path(value.expanduser()).absolute())
        return self

    @property
    def database(self) -> str:
        """The database address in force."""
        return self.database_url or f"sqlite:///{self.data / 'gspflow.db'}"

    @property
    def secrets(self) -> Path:
        """The folder of key files in force."""
        return self.secrets_dir or self.data / "secrets"

    @property
    def attachments(self) -> Path:
        """The folder of attachments in force."""
        return self.attachments_dir or self.data / "attachments"

    @property
    def checkpoints(self) -> Path:
        """The folder of audit checkpoints in force."""
        return self.checkpoints_dir or self.data / "checkpoints"

    @property
    def temporal_dir(self) -> Path:
        """State, lock, version and endpoint of the embedded Temporal server."""
        return self.data / "temporal"

    @property
    def logs(self) -> Path:
        """One log file for each part of `up`."""
        return self.data / "logs"

    @property
    def url(self) -> str:
        """The address people open."""
        return self.public_url or f"http://{_bracketed(self.host)}:{self.port}"

    @property
    def reached_at(self) -> str:
        """The address under which a running `up` of this data folder is reached, whatever port this process was given."""
        return self.public_url or recorded_url(self.data / "run" / "up.json") or self.url

    @property
    def on_loopback(self) -> bool:
        """Whether the web application can be reached from this machine only."""
        return self.host in ("localhost", "::1") or self.host.startswith("127.")

    @property
    def temporal(self) -> str:
        """`host:port` of Temporal: as configured, else where the embedded server of this data folder listens.

        Empty when neither is known, which means that `up` has never run on this folder.
        """
        return self.temporal_address or recorded_address(self.temporal_dir)

    def environment(self) -> dict[str, str]:
        """These settings as variables, for a part that is started as its own process."""
        secret = {name for name in type(self).model_fields if isinstance(getattr(self, name), SecretStr)}
        given = self.model_dump(mode="json", exclude=secret)
        values = {name: value for name, value in given.items() if value not in (None, "")}
        for name in secret - {"token"}:
            if said := getattr(self, name).get_secret_value():
                values[name] = said
        return {f"GSPFLOW_{name.upper()}": _plain(value) for name, value in values.items()}


def recorded_address(temporal_dir: Path) -> str:
    """Where the embedded server of this folder listens (or listened last); empty when it never ran."""
    try:
        return str(json.loads((temporal_dir / "endpoint.json").read_text())["address"])
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError):
        return ""


def recorded_url(note: Path) -> str:
    """The address that `up` wrote down while it runs; empty when it does not run on this machine."""
    try:
        return str(json.loads(note.read_text())["url"])
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError):
        return ""


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
