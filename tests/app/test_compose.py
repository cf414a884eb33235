"""The compose file: valid by the specification, chained by health, and speaking only settings we know."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client

from app.settings import Settings
from app.temporal_server import SEARCH_ATTRIBUTES, EmbeddedTemporal

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
TEXT = COMPOSE.read_text()
SERVICES: dict[str, dict[str, Any]] = YAML(typ="safe", pure=True).load(TEXT)["services"]
ONE_SHOTS = {"temporal-schema", "temporal-namespace", "migrate", "first-data"}
OURS = {"migrate", "worker", "first-data", "web"}
NOT_SETTINGS = {"GSPFLOW_DATABASE_PASSWORD", "GSPFLOW_IMAGE_TAG", "GSPFLOW_PUBLISH"}
"""Variables of the compose file itself; they never reach our settings."""


def needs(service: str) -> set[str]:
    """Every service that must be there before this one, directly or not."""
    direct = set(SERVICES[service].get("depends_on", {}))
    return direct.union(*(needs(each) for each in direct))


def test_file_follows_the_compose_specification() -> None:
    tool = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    done = subprocess.run(tool, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_dependency_waits_for_health_or_completion() -> None:
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            wanted = "service_completed_successfully" if other in ONE_SHOTS else "service_healthy"
            assert how["condition"] == wanted, f"{name} needs {other}"
            assert other in ONE_SHOTS or "healthcheck" in SERVICES[other]


def test_web_starts_last() -> None:
    assert needs("web") >= {"postgres", "temporal-schema", "temporal", "temporal-namespace", "migrate", "worker"}


def test_our_services_run_commands_that_exist() -> None:
    from app.cli import build

    known = {command.name for command in build().registered_commands}
    assert {SERVICES[name]["command"][0] for name in OURS} <= known


def test_every_variable_is_a_setting() -> None:
    ours = {name for service in OURS for name in SERVICES[service]["environment"]}
    image = set(re.findall(r"(GSPFLOW_[A-Z_]+)=", (ROOT / "Dockerfile").read_text()))
    known = {f"GSPFLOW_{name.upper()}" for name in Settings.model_fields}
    assert ours | image <= known
    assert set(re.findall(r"GSPFLOW_[A-Z_]+", TEXT)) <= known | NOT_SETTINGS


def test_every_required_variable_is_in_the_example() -> None:
    required = set(re.findall(r"\$\{([A-Z_]+):\?", TEXT))
    example = set(re.findall(r"^([A-Z_]+)=", (ROOT / "deploy" / "env.example").read_text(), re.MULTILINE))
    assert required <= example


def test_no_image_names_a_registry_host() -> None:
    images = [str(service["image"]) for service in SERVICES.values()]
    assert [image for image in images if "." in image.split(":")[0].split("/")[0]] == []


def test_mounted_files_exist() -> None:
    mounts = re.findall(r"- \./(\S+?):", TEXT)
    assert mounts and all((ROOT / mount).is_dir() for mount in mounts)


def test_image_runs_as_an_ordinary_user_from_the_hashed_lock() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert "--require-hashes -r requirements.lock" in text
    assert re.search(r"^USER gspflow$", text, re.MULTILINE)


async def test_namespace_script_can_be_run_again(temporal_server: EmbeddedTemporal) -> None:
    environment = {
        "PATH": f"{sysconfig.get_path('scripts')}:{os.environ['PATH']}",
        "HOME": str(temporal_server.folder),
        "TEMPORAL_ADDRESS": temporal_server.address,
        "TEMPORAL_NAMESPACE": "scripted",
        "RETENTION": SERVICES["temporal-namespace"]["environment"]["RETENTION"],
    }
    for _ in range(2):
        subprocess.run(["sh", ROOT / "deploy" / "temporal" / "namespace.sh"], env=environment, check=True)
    client = await Client.connect(temporal_server.address, namespace="scripted")
    found = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace="scripted"))
    assert found.config.workflow_execution_retention_ttl.ToTimedelta().days == 3650
    attributes = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace="scripted"))
    assert set(SEARCH_ATTRIBUTES) <= set(attributes.custom_attributes)
