"""How this installation reaches Temporal, embedded or a cluster with TLS."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from app.faults import CommandFault, Exit
from app.settings import Settings

if TYPE_CHECKING:
    from temporalio.client import Client
    from temporalio.converter import DataConverter
    from temporalio.service import TLSConfig


async def connect(settings: Settings, data_converter: DataConverter | None = None) -> Client:
    """A client of the configured namespace. Raises `CommandFault` (code 3) when Temporal does not answer."""
    from temporalio.client import Client
    from temporalio.converter import DataConverter

    if not settings.temporal:
        raise CommandFault(
            f"no Temporal server is known for {settings.data}",
            hint="start `gspflow up` on this folder, or set GSPFLOW_TEMPORAL_ADDRESS",
            code=Exit.UNREACHABLE,
        )
    try:
        return await Client.connect(
            settings.temporal,
            namespace=settings.temporal_namespace,
            tls=tls(settings),
            data_converter=data_converter or DataConverter.default,
        )
    except RuntimeError as error:  # the SDK's word for a server that does not answer
        raise CommandFault(
            f"the Temporal server at {settings.temporal} does not answer: {error}",
            hint="start it with `gspflow up`, or check GSPFLOW_TEMPORAL_ADDRESS",
            code=Exit.UNREACHABLE,
        ) from error


def tls(settings: Settings) -> TLSConfig | bool:
    """The TLS side of the connection: none, plain TLS, or mutual TLS with our certificate."""
    from temporalio.service import TLSConfig

    files = (settings.temporal_tls_ca, settings.temporal_tls_cert, settings.temporal_tls_key)
    if not any(files) and not settings.temporal_tls_server_name:
        return settings.temporal_tls
    authority, certificate, key = (None if file is None else file.read_bytes() for file in files)
    return TLSConfig(
        server_root_ca_cert=authority,
        client_cert=certificate,
        client_private_key=key,
        domain=settings.temporal_tls_server_name or None,
    )


def keep_quiet() -> None:
    """Temporal's own loggers say nothing in this process: what a replay finds is told by our own lines."""
    from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter

    silent = LoggingConfig(filter=TelemetryFilter(core_level="OFF", other_level="OFF"))
    Runtime.set_default(Runtime(telemetry=TelemetryConfig(logging=silent)), error_if_already_set=False)
    logging.getLogger("temporalio").setLevel(logging.CRITICAL + 1)
