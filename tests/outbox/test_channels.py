"""Each channel speaks as its other side demands: TLS, signatures, refusals, silence; faults hold no secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from domain.errors import Text
from services.outbox import email as email_module
from services.outbox import post as post_module
from services.outbox.channel import Channel, SendFault
from services.outbox.email import Email, mail
from services.outbox.message import Line, Message, compose
from services.outbox.robots import DingTalk, Feishu, WeCom, dingtalk_address, feishu_body, feishu_sign, wecom_body
from services.outbox.sms import Sms, filled
from tests.outbox.servers import Posted, certificate, mail_server, webhook

AT = datetime(2026, 11, 26, 4, 0, tzinfo=UTC)
MOBILE = "13800000001"


def message(**changes: Any) -> Message:
    line = Line(
        "recall",
        Text("召回通知", "Recall notice"),
        "https://gsp.example.com/cases/C1",
        **{"business_key": "R-7", **changes},
    )
    return compose("01KEY", [line], ("zh", "en"), AT)


def contexts(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """For a server with a certificate of its own, and for a client that trusts it."""
    file = certificate(folder)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    client = ssl.create_default_context()
    client.load_verify_locations(file)
    return server, client


# ------------------------------------------------------------------ mail


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_mail_goes_encrypted_with_a_login(tmp_path: Path, security: Any) -> None:
    served, trusted = contexts(tmp_path)
    async with mail_server(served, wrapped=security == "tls") as server:
        sender = Email("localhost", server.port, "gsp@example.com", security, "gsp", "open sesame", trusted)
        await sender.send(message(), ["ann@example.com"])
    (got,) = server.mails
    assert server.encrypted == [True] and server.logins == [("gsp", "open sesame")]
    assert got["Message-ID"] == "<01KEY@example.com>" and got["Auto-Submitted"] == "auto-generated"
    assert got.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in got.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_mail_server_that_nobody_vouches_for_gets_nothing(tmp_path: Path, security: Any) -> None:
    served, _ = contexts(tmp_path)
    async with mail_server(served, wrapped=security == "tls") as server:
        with pytest.raises(SendFault) as fault:
            await Email("localhost", server.port, "gsp@example.com", security, "gsp", "open sesame").send(
                message(), ["ann@example.com"]
            )
    assert "certificate" in fault.value.words.en and not server.mails and not server.logins


async def test_without_starttls_on_offer_no_password_is_sent() -> None:
    async with mail_server() as server:
        with pytest.raises(SendFault) as fault:
            await Email("localhost", server.port, "gsp@example.com", "starttls", "gsp", "open sesame").send(
                message(), ["ann@example.com"]
            )
    assert "TLS" in fault.value.words.en and not server.logins


async def test_a_wrong_password_is_said_without_the_password(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    served, trusted = contexts(tmp_path)
    caplog.set_level(logging.DEBUG)
    async with mail_server(served) as server:
        sender = Email("localhost", server.port, "gsp@example.com", "starttls", "gsp", "geheim", trusted)
        with pytest.raises(SendFault) as fault:
            await sender.send(message(), ["ann@example.com"])
    assert "535" in fault.value.words.en and not fault.value.final
    assert "geheim" not in caplog.text + repr(sender) + str(fault.value)


async def test_a_mail_server_that_hangs_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(email_module, "SOCKET_SECONDS", 0.3)
    async with mail_server() as server:
        server.hang = "DATA"
        with pytest.raises(SendFault) as fault:
            await Email("localhost", server.port, "gsp@example.com", "none").send(message(), ["ann@example.com"])
    assert "in time" in fault.value.words.en


async def test_nobody_there_is_a_fault_in_words() -> None:
    with pytest.raises(SendFault) as fault:
        await Email("localhost", 1, "gsp@example.com", "none").send(message(), ["ann@example.com"])
    assert fault.value.words.zh == "连不上邮件服务器。" and not fault.value.final


@pytest.mark.parametrize("bad", ["a@b.com\nBcc: all@b.com", "两@例.中国\r\n"])
def test_an_address_cannot_add_headers(bad: str) -> None:
    with pytest.raises(ValueError):
        mail(message(), "gsp@example.com", bad)


# ------------------------------------------------------------------ robots


def dingtalk_accepts(secret: str, now: datetime) -> Callable[[Posted], Any]:
    """The check that DingTalk makes: signature over its own time stamp, at most an hour old."""

    def answer(posted: Posted) -> Any:
        stamp = posted.query.get("timestamp", ["0"])[0]
        right = base64.b64encode(hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest())
        fresh = abs(int(stamp) / 1000 - now.timestamp()) < 3600
        good = fresh and posted.query.get("sign") == [right.decode()]
        return 200, {}, {"errcode": 0, "errmsg": "ok"} if good else {"errcode": 310000, "errmsg": "sign not match"}

    return answer


def feishu_accepts(secret: str, now: datetime) -> Callable[[Posted], Any]:
    """The check that Feishu makes."""

    def answer(posted: Posted) -> Any:
        stamp = posted.body.get("timestamp", "0")
        right = base64.b64encode(hmac.new(f"{stamp}\n{secret}".encode(), digestmod=hashlib.sha256).digest()).decode()
        good = abs(int(stamp) - now.timestamp()) < 3600 and posted.body.get("sign") == right
        return 200, {}, {"code": 0, "msg": "success"} if good else {"code": 19021, "msg": "sign match fail"}

    return answer


async def test_dingtalk_takes_our_signature_and_no_other() -> None:
    async with webhook() as robot:
        robot.answer = dingtalk_accepts("SECabc+/=", AT)
        await DingTalk(robot.url, "SECabc+/=", clock=lambda: AT).send(message(), [MOBILE])
        with pytest.raises(SendFault, match="310000"):
            await DingTalk(robot.url, "SECother", clock=lambda: AT).send(message(), [MOBILE])
        with pytest.raises(SendFault, match="310000"):
            await DingTalk(robot.url, "SECabc+/=", clock=lambda: AT - timedelta(hours=2)).send(message(), [MOBILE])
    first = robot.got[0]
    assert first.query["access_token"] == ["geheim"] and first.body["at"] == {"atMobiles": [MOBILE]}


async def test_feishu_takes_our_signature_and_no_other() -> None:
    async with webhook() as robot:
        robot.answer = feishu_accepts("geheim2", AT)
        await Feishu(robot.url, "geheim2", clock=lambda: AT).send(message(), ["ou_12345678"])
        with pytest.raises(SendFault, match="19021"):
            await Feishu(robot.url, "else", clock=lambda: AT).send(message(), ["ou_12345678"])
    assert robot.got[0].body["content"]["text"].startswith('<at user_id="ou_12345678"></at> [GSPFlow] 召回')


def test_signatures_are_those_of_the_documentation() -> None:
    seal = parse_qs(urlsplit(dingtalk_address("https://x/y?access_token=1", "SECx", 1577262236757)).query)["sign"][0]
    expected = hmac.new(b"SECx", b"1577262236757\nSECx", hashlib.sha256).digest()
    assert base64.b64decode(seal) == expected
    assert base64.b64decode(feishu_sign("demo", 100)) == hmac.new(b"100\ndemo", b"", hashlib.sha256).digest()
    assert dingtalk_address("https://x/y", "", 1) == "https://x/y"


def test_words_of_a_case_cannot_mention_everybody_in_feishu() -> None:
    body: Any = feishu_body(message(business_key='<at user_id="all">'), [], "", 1)
    assert "<at" not in body["content"]["text"] and "sign" not in body


def test_wecom_text_ends_at_a_character_within_its_limit() -> None:
    body: Any = wecom_body(message(business_key="验" * 2000), [MOBILE])
    assert 2000 < len(body["text"]["content"].encode()) <= 2048


@pytest.mark.parametrize("make", [WeCom, DingTalk, Feishu, lambda url: Sms(url, '{"to":"{to}","t":"{text}"}')])
@pytest.mark.parametrize("trouble", ["500", "429", "302", "hang", "close", "drip"])
async def test_every_webhook_in_trouble_is_a_fault_without_its_address(
    make: Callable[[str], Channel], trouble: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "services")
    monkeypatch.setattr(post_module, "SOCKET_SECONDS", 0.3)
    monkeypatch.setattr(post_module, "SEND_SECONDS", 0.6)
    async with webhook() as robot, webhook() as elsewhere:
        headers = (
            {"Retry-After": "120"} if trouble == "429" else {"Location": elsewhere.url} if trouble == "302" else {}
        )
        robot.answer = lambda _: (int(trouble), headers, {}) if trouble.isdigit() else trouble
        with pytest.raises(SendFault) as fault:
            await make(robot.url).send(message(), [MOBILE])
    assert not elsewhere.got, "a redirect is not followed: it would carry the message to a stranger"
    assert not fault.value.final and fault.value.after == (timedelta(minutes=2) if trouble == "429" else None)
    told = fault.value.words.zh + fault.value.words.en + str(fault.value) + caplog.text
    assert "geheim" not in told and str(robot.port) not in told


@pytest.mark.parametrize(("make", "code"), [(WeCom, 45009), (DingTalk, 130101), (Feishu, 11232)])
async def test_a_robot_that_asks_for_fewer_messages_gets_its_pause(make: Any, code: int) -> None:
    async with webhook() as robot:
        robot.answer = lambda _: (200, {}, {"errcode": code, "code": code})
        with pytest.raises(SendFault) as fault:
            await make(robot.url).send(message(), [MOBILE])
    assert fault.value.after == timedelta(minutes=1)


@pytest.mark.parametrize("answer", [(200, {}, []), (200, {}, {}), (200, {}, {"errcode": None})])
async def test_an_answer_that_says_nothing_is_no_yes(answer: Any) -> None:
    async with webhook() as robot:
        robot.answer = lambda _: answer
        with pytest.raises(SendFault):
            await WeCom(robot.url).send(message(), [MOBILE])


async def test_webhooks_speak_tls_with_servers_that_somebody_vouches_for(tmp_path: Path) -> None:
    served, trusted = contexts(tmp_path)
    async with webhook(served) as robot:
        url = robot.url.replace("http:", "https:")
        await WeCom(url, trusted).send(message(), [MOBILE])
        with pytest.raises(SendFault):
            await WeCom(url).send(message(), [MOBILE])
    assert len(robot.got) == 1


# ------------------------------------------------------------------ SMS


async def test_the_sms_gateway_gets_its_own_shape_and_the_key() -> None:
    template = '{"phone": "+86{to}", "params": [{"text": "{text}"}], "ref": "{key}", "n": 1}'
    async with webhook() as gateway:
        await Sms(gateway.url, template, "token-1").send(message(), [MOBILE])
    (got,) = gateway.got
    assert got.headers["authorization"] == "Bearer token-1" and got.headers["idempotency-key"] == "01KEY"
    assert got.body["phone"] == "+8613800000001" and got.body["ref"] == "01KEY" and got.body["n"] == 1
    assert got.body["params"][0]["text"].startswith("[GSPFlow] 召回 · 召回通知 · R-7")


@pytest.mark.parametrize("text", ['"}, "x": {"', "{to}{key}", "\\", "验\n收"])
def test_no_text_changes_the_shape_of_the_request(text: str) -> None:
    assert json.loads(filled('{"a": "{text}"}', "1", text, "k")) == {"a": text}
