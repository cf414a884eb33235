"""The embedded Temporal server: durable, alone on its folder, at the same address, never on a file it may harm."""

from __future__ import annotations

import os
import signal
import sqlite3
from pathlib import Path

import pytest
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client

from app import temporal_server as module
from app.faults import CommandFault, Exit
from app.ports import free_port
from app.settings import Settings
from app.temporal_client import connect
from app.temporal_server import SEARCH_ATTRIBUTES, EmbeddedTemporal


async def started_case(address: str) -> Client:
    """A client that has just started a workflow nobody works on."""
    client = await Client.connect(address, namespace="gspflow")
    await client.start_workflow("Anything", id="case/1", task_queue="nobody")
    return client


async def test_namespace_keeps_histories_for_ten_years(temporal_server: EmbeddedTemporal) -> None:
    client = await Client.connect(temporal_server.address, namespace="gspflow")
    found = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace="gspflow"))
    assert found.config.workflow_execution_retention_ttl.ToTimedelta().days == 3650
    attributes = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace="gspflow"))
    assert set(SEARCH_ATTRIBUTES) <= set(attributes.custom_attributes)


async def test_killed_server_comes_back_at_the_same_address_with_every_case(tmp_path: Path) -> None:
    async with EmbeddedTemporal(tmp_path) as server:
        address = server.address
        client = await started_case(address)
        assert server.process is not None
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait()
        assert await server.start() == address
        described = await client.get_workflow_handle("case/1").describe()
        assert described.workflow_type == "Anything"


async def test_file_is_written_ahead_and_synchronous(tmp_path: Path) -> None:
    async with EmbeddedTemporal(tmp_path):
        with sqlite3.connect(tmp_path / "temporal.db") as database:
            assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    command = module.server_command(Path("temporal"), tmp_path / "temporal.db", 1, "gspflow")
    assert "synchronous=FULL" in command


async def test_second_server_on_a_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOCK_SECONDS", 0.3)
    async with EmbeddedTemporal(tmp_path):
        with pytest.raises(CommandFault, match="another Temporal server is running") as raised:
            await EmbeddedTemporal(tmp_path).start()
    assert raised.value.code == Exit.UNREACHABLE


async def test_file_of_another_version_with_equal_tables_is_used(tmp_path: Path) -> None:
    async with EmbeddedTemporal(tmp_path) as server:
        await started_case(server.address)
    (tmp_path / "version").write_text("temporal version 1.8.0\n")
    async with EmbeddedTemporal(tmp_path) as server:
        client = await Client.connect(server.address, namespace="gspflow")
        await client.get_workflow_handle("case/1").describe()
    assert "1.8.0" not in (tmp_path / "version").read_text()


async def test_file_of_another_version_with_other_tables_is_left_alone(tmp_path: Path) -> None:
    async with EmbeddedTemporal(tmp_path):
        pass
    with sqlite3.connect(tmp_path / "temporal.db") as database:
        database.execute("DROP TABLE current_chasm_executions")
    (tmp_path / "version").write_text("temporal version 1.5.1\n")
    with pytest.raises(CommandFault, match="was written by temporal version 1.5.1"):
        await EmbeddedTemporal(tmp_path).start()
    assert (tmp_path / "version").read_text() == "temporal version 1.5.1\n"


async def test_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "temporal.db").mkdir()
    (tmp_path / "version").write_text(module.binary_version(module.find_binary()))
    with pytest.raises(CommandFault, match="did not come up") as raised:
        await EmbeddedTemporal(tmp_path).start()
    assert str(tmp_path / "server.log") in raised.value.hint


async def test_address_that_does_not_answer_is_told(tmp_path: Path) -> None:
    silent = f"127.0.0.1:{free_port()}"
    with pytest.raises(CommandFault, match=silent) as raised:
        await connect(Settings.model_validate({"data": tmp_path, "temporal_address": silent}))
    assert raised.value.code == Exit.UNREACHABLE


async def test_folder_on_which_nothing_ever_ran_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandFault, match="no Temporal server is known"):
        await connect(Settings.model_validate({"data": tmp_path, "temporal_address": ""}))
