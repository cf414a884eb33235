"""What the settings make of channels: secrets from files that only their owner reads, nothing in the clear, nothing shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.channels import channels_of
from app.faults import CommandFault
from app.settings import Settings

HOOK = "https://oapi.dingtalk.com/robot/send?access_token=geheim"


def settings(tmp_path: Path, **given: Any) -> Settings:
    return Settings.model_validate({"data": tmp_path, **given})


def test_nothing_is_set_up_by_default(tmp_path: Path) -> None:
    assert channels_of(settings(tmp_path)) == {}


def test_secrets_come_from_files_that_only_their_owner_reads(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    file = folder / "dingtalk_webhook"
    file.write_text(HOOK + "\n")
    file.chmod(0o600)
    assert set(channels_of(settings(tmp_path))) == {"dingtalk"}
    file.chmod(0o640)
    with pytest.raises(CommandFault, match="others may read") as fault:
        channels_of(settings(tmp_path))
    assert "geheim" not in str(fault.value) and "chmod 600" in fault.value.hint


@pytest.mark.parametrize(
    "given",
    [
        {"wecom_webhook": "http://qyapi.weixin.qq.com/x?key=geheim"},
        {"feishu_webhook": "ftp://x/geheim"},
        {"sms_url": "http://sms.example.com"},
        {"sms_url": "https://sms.example.com", "sms_template": "{no json"},
        {"smtp_host": "mail.example.com", "smtp_from": "nobody"},
        {"smtp_host": "mail.example.com", "smtp_from": "a@b.c", "smtp_security": "none", "smtp_password": "geheim"},
        {"message_ca": "/nowhere.pem"},
    ],
)
def test_settings_that_cannot_be_right_stop_the_start_in_one_line(tmp_path: Path, given: dict[str, str]) -> None:
    with pytest.raises(CommandFault) as fault:
        channels_of(settings(tmp_path, **given))
    assert "geheim" not in str(fault.value) + fault.value.hint and "\n" not in str(fault.value)


def test_parts_get_the_secrets_and_nobody_sees_them(tmp_path: Path) -> None:
    made = settings(tmp_path, dingtalk_webhook=HOOK, dingtalk_secret="SECx", smtp_password="geheim")
    environment = made.environment()
    assert environment["GSPFLOW_DINGTALK_WEBHOOK"] == HOOK and environment["GSPFLOW_SMTP_PASSWORD"] == "geheim"
    assert "geheim" not in repr(made) + repr(channels_of(made)) and "SECx" not in repr(channels_of(made))
