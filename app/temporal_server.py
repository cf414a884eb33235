"""The embedded Temporal server: `temporal server start-dev` on loopback with a durable file.

One owner per folder (a lock the server process itself holds, so a server that outlives a killed supervisor is
waited for), the same port after every restart, and a version gate, because the server never migrates its file.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import shutil
import sqlite3
import subprocess
import sysconfig
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from app.children import last_lines, spawn, stop
from app.faults import CommandFault, Exit
from app.ports import LOOPBACK, can_listen, free_port
from app.settings import recorded_address

SEARCH_ATTRIBUTES = ("GspProcess", "GspVersion", "GspSite", "GspState", "GspMode")
"""Keyword attributes every case carries, registered when the server starts."""
READY_SECONDS = 30.0
STOP_SECONDS = 15.0
LOCK_SECONDS = 20.0
"""How long a start waits for a predecessor that is still stopping."""


class EmbeddedTemporal:
    """One server on one folder; `start` may be called again after the process died and keeps the address."""

    def __init__(
        self, folder: Path, *, namespace: str = "gspflow", retention_days: int = 3650, binary: Path | None = None
    ) -> None:
        self.folder = folder
        self.namespace = namespace
        self.retention = timedelta(days=retention_days)
        self.binary = binary or find_binary()
        self.process: subprocess.Popen[bytes] | None = None
        self.address = ""
        self._lock: int | None = None

    @property
    def log(self) -> Path:
        """What the server itself says, warnings and worse."""
        return self.folder / "server.log"

    async def start(self) -> str:
        """Start the server, wait until it answers, set the namespace up; returns `host:port`.

        Raises `CommandFault` (code 3) when it does not come up within 30 seconds, when another owner holds the
        folder, or when the file was written by a server whose tables differ.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        await self._take_lock()
        await self._pass_version_gate()
        self._launch(_port_to_use(self.folder))
        try:
            await self._wait_until_ready()
        except BaseException:
            await asyncio.to_thread(self._end_process)
            raise
        return self.address

    async def stop(self) -> None:
        """Stop the server cleanly (it writes its file out) and give the folder free."""
        await asyncio.to_thread(self._end_process)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _end_process(self) -> None:
        if self.process is not None:
            stop(self.process, seconds=STOP_SECONDS)
            self.process = None

    async def _take_lock(self) -> None:
        if self._lock is not None:
            return
        handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + LOCK_SECONDS
        while not _locked(handle):
            if time.monotonic() > deadline:
                os.close(handle)
                raise CommandFault(
                    f"another Temporal server is running on {self.folder}",
                    hint="stop the other `gspflow up`, or choose another folder with --data",
                    code=Exit.UNREACHABLE,
                )
            await asyncio.sleep(0.1)
        self._lock = handle

    async def _pass_version_gate(self) -> None:
        version = await asyncio.to_thread(binary_version, self.binary)
        note, file = self.folder / "version", self.folder / "temporal.db"
        known = note.read_text().strip() if note.exists() else ""
        if file.exists() and known != version and not await same_tables(file, self.binary):
            raise CommandFault(
                f"{file} was written by {known or 'an unknown Temporal version'}; {version} uses other tables",
                hint="set GSPFLOW_TEMPORAL_BINARY to the older program; the file is unchanged",
                code=Exit.UNREACHABLE,
            )
        note.write_text(version + "\n")

    def _launch(self, port: int) -> None:
        self.address = f"{LOOPBACK}:{port}"
        self.process = spawn(
            server_command(self.binary, self.folder / "temporal.db", port, self.namespace),
            log=self.log,
            keep=() if self._lock is None else (self._lock,),
        )
        endpoint = self.folder / "endpoint.json"
        fresh = endpoint.with_suffix(".new")
        fresh.write_text(json.dumps({"address": self.address, "pid": self.process.pid}))
        fresh.replace(endpoint)

    async def _wait_until_ready(self) -> None:
        from temporalio.service import RPCError

        deadline = time.monotonic() + READY_SECONDS
        fault: Exception | None = None
        while time.monotonic() < deadline:
            if self.process is None or self.process.poll() is not None:
                break
            try:
                return await self._set_up_namespace()
            except (RPCError, RuntimeError) as error:  # RuntimeError: the SDK's word for "connection refused"
                fault = error
                await asyncio.sleep(0.05)
        raise CommandFault(
            f"the Temporal server did not come up ({fault}): {last_lines(self.log) or 'it wrote nothing'}",
            hint=f"its log is {self.log}",
            code=Exit.UNREACHABLE,
        )

    async def _set_up_namespace(self) -> None:
        from google.protobuf.duration_pb2 import Duration
        from temporalio.api.namespace.v1 import NamespaceConfig
        from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, UpdateNamespaceRequest
        from temporalio.client import Client

        client = await Client.connect(self.address, namespace=self.namespace)
        service = client.workflow_service
        found = await service.describe_namespace(DescribeNamespaceRequest(namespace=self.namespace))
        if found.config.workflow_execution_retention_ttl.ToTimedelta() == self.retention:
            return
        keep = Duration()
        keep.FromTimedelta(self.retention)
        await service.update_namespace(
            UpdateNamespaceRequest(
                namespace=self.namespace, config=NamespaceConfig(workflow_execution_retention_ttl=keep)
            )
        )


def find_binary() -> Path:
    """The `temporal` program installed with us, else the one on the PATH."""
    ours = Path(sysconfig.get_path("scripts")) / "temporal"
    found = str(ours) if ours.exists() else shutil.which("temporal")
    if found is None:
        raise CommandFault(
            "the `temporal` program was not found",
            hint="start through ./gspflow, or set GSPFLOW_TEMPORAL_BINARY",
            code=Exit.UNREACHABLE,
        )
    return Path(found)


def binary_version(binary: Path) -> str:
    """One line naming the versions of the program and of the server inside it."""
    done = subprocess.run([str(binary), "--version"], capture_output=True, text=True, timeout=30)
    return done.stdout.strip()


def server_command(binary: Path, file: Path, port: int, namespace: str) -> list[str]:
    """The command of a durable, loopback-only server.

    WAL with synchronous=FULL keeps accepted acts through a power cut at a quarter of the default's fsyncs;
    the update limit is raised because forty people may answer forty parallel tasks of one case at once.
    """
    options = {
        "--ip": [LOOPBACK],
        "--port": [str(port)],
        "--namespace": [namespace],
        "--db-filename": [str(file)],
        "--log-level": ["warn"],
        "--sqlite-pragma": ["journal_mode=WAL", "synchronous=FULL"],
        "--dynamic-config-value": ["history.maxInFlightUpdates=100"],
        "--search-attribute": [f"{name}=Keyword" for name in SEARCH_ATTRIBUTES],
    }
    words = [word for option, values in options.items() for value in values for word in (option, value)]
    return [str(binary), "server", "start-dev", "--headless", *words]


async def same_tables(file: Path, binary: Path) -> bool:
    """Whether the tables of `file` are those that `binary` makes in a new file."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / "temporal.db"
        probe = spawn(server_command(binary, fresh, free_port(), "gspflow"), log=Path(folder) / "log")
        try:
            deadline = time.monotonic() + READY_SECONDS
            while time.monotonic() < deadline and _tables(fresh) < _tables(file) and probe.poll() is None:
                await asyncio.sleep(0.1)
            return _tables(fresh) == _tables(file)
        finally:
            await asyncio.to_thread(stop, probe, seconds=STOP_SECONDS)


def _tables(file: Path) -> frozenset[tuple[str, str]]:
    if not file.exists():
        return frozenset()
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    except sqlite3.OperationalError:  # the server is writing its tables just now
        return frozenset()
    finally:
        connection.close()
    return frozenset((name, " ".join(sql.split())) for name, sql in rows)


def _port_to_use(folder: Path) -> int:
    """The port of last time when it is free, so that workers and clients find the server again."""
    _, _, port = recorded_address(folder).rpartition(":")
    return int(port) if port.isdigit() and can_listen(LOOPBACK, int(port)) else free_port()


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
