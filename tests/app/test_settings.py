"""Settings: documented, readable from the environment, and carried whole to the parts of `up`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.commands.command import settings_for
from app.faults import CommandFault, Exit
from app.settings import Settings
from app.settings_page import PAGE, page


def test_every_setting_is_documented() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
    assert PAGE.read_text() == page(), "run ./gspflow settings-page"


def test_parts_get_the_same_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = Settings.model_validate(
        {"data": tmp_path, "port": 8123, "demo": False, "temporal_tls_ca": tmp_path / "ca.pem", "storage_secret": "s3"}
    )
    for name, value in given.environment().items():
        monkeypatch.setenv(name, value)
    assert Settings() == given


def test_empty_variable_means_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GSPFLOW_TEMPORAL_TLS_CA", "")
    assert Settings().temporal_tls_ca is None


def test_relative_data_folder_is_settled_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    settings = settings_for(Path("here"))
    monkeypatch.chdir("/")
    assert settings.data == tmp_path / "here"
    assert settings.database == f"sqlite:///{tmp_path}/here/gspflow.db"


def test_temporal_address_of_the_embedded_server_is_found(tmp_path: Path) -> None:
    settings = Settings.model_validate({"data": tmp_path, "temporal_address": ""})
    assert settings.temporal == ""
    settings.temporal_dir.mkdir()
    (settings.temporal_dir / "endpoint.json").write_text(json.dumps({"address": "127.0.0.1:4711"}))
    assert settings.temporal == "127.0.0.1:4711"


def test_links_name_the_port_of_the_installation_that_runs(tmp_path: Path) -> None:
    def reached(**more: str) -> str:
        return Settings.model_validate({"data": tmp_path, "public_url": "", "port": 8080, **more}).reached_at

    assert reached() == "http://127.0.0.1:8080"
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "up.json").write_text(json.dumps({"url": "http://127.0.0.1:4711", "pid": 1}))
    assert reached() == "http://127.0.0.1:4711"
    assert reached(public_url="https://gsp.example") == "https://gsp.example"
    (tmp_path / "run" / "up.json").write_text("")
    assert reached() == "http://127.0.0.1:8080"


def test_wrong_setting_is_told_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GSPFLOW_PORT", "many")
    with pytest.raises(CommandFault, match="GSPFLOW_PORT") as raised:
        settings_for(None)
    assert raised.value.code == Exit.USAGE
