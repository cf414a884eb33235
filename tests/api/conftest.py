"""A whole installation for the tests of the REST interface: Temporal, worker, SQLite, demo company, the application."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

import api
from app import web
from app.demo.values import CHECKS
from app.settings import Settings
from domain.clock import to_text
from records.people import Account, RoleGrant
from services import credentials
from services.office import Office
from tests.installed import at_work, put_demo

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
PATIENCE = 15.0
_NUMBERS = itertools.count(1)


@dataclass
class Answers:
    """A client of one account."""

    username: str
    client: httpx.AsyncClient

    async def get(self, path: str, **more: Any) -> httpx.Response:
        """GET below `/api/v1`."""
        return await self.client.get(path, **more)

    async def post(self, path: str, body: Any = None, *, key: str | None = None, lang: str = "en") -> httpx.Response:
        """POST JSON below `/api/v1`."""
        headers = {"Accept-Language": lang} | ({"Idempotency-Key": key} if key else {})
        return await self.client.post(path, json={} if body is None else body, headers=headers)

    async def ok(self, response: Awaitable[httpx.Response]) -> Any:
        """The body of an answer that has to be good."""
        answer = await response
        assert answer.status_code in (200, 201), answer.text
        return answer.json()


@dataclass
class Stack:
    """The running installation."""

    office: Office
    app: FastAPI
    settings: Settings
    _clients: dict[str, Answers] = field(default_factory=dict)

    def stranger(self, **headers: str) -> httpx.AsyncClient:
        """A client that is nobody."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=True)
        return httpx.AsyncClient(transport=transport, base_url="http://test/api/v1", headers=headers)

    async def as_(self, username: str, password: str = "demo") -> Answers:
        """A client of one of the accounts, with its token."""
        if username not in self._clients:
            client = self.stranger()
            answer = await client.post("/auth/token", data={"username": username, "password": password})
            assert answer.status_code == 200, answer.text
            client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            self._clients[username] = Answers(username, client)
        return self._clients[username]

    async def note_file(self) -> dict[str, Any]:
        """A photographed delivery note."""
        receiver = await self.as_("receiver")
        answer = await receiver.client.post("/attachments", files={"file": ("note.png", PNG, "image/png")})
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def start(
        self,
        *,
        supplier: str = "SUP-003",
        order: str = "PO-2026-1104",
        key: str | None = None,
        definition: str = "receiving_inspection",
    ) -> Any:
        """A delivery that arrived; returns the started case."""
        receiver = await self.as_("receiver")
        body = {"definition": definition, "start": await self.arrival(supplier, order)}
        return await receiver.ok(receiver.post("/cases", body, key=key))

    async def arrival(self, supplier: str, order: str) -> dict[str, Any]:
        """The start form."""
        return {
            "supplier_code": supplier,
            "delivery_note_no": f"T-{next(_NUMBERS):04d}",
            "delivery_note_file": await self.note_file(),
            "purchase_orders": [{"purchase_order_no": order}],
            "transport_mode": "ordinary",
            "arrival_time": to_text(datetime.now(UTC) - timedelta(minutes=10)),
            "vehicle_plate_no": "浙A·8K217",
        }

    async def publish_changed(self, name: str, *changes: tuple[str, str]) -> None:
        """The shipped SOP under another name, with changes of its text, published by both signatures."""
        owner, director, head = await self.as_("owner"), await self.as_("director"), await self.as_("head")
        shipped = await owner.ok(owner.get("/definitions/receiving_inspection/versions/1.0.0"))
        text = shipped["yaml"]
        for old, new in (("process: receiving_inspection", f"process: {name}"), *changes):
            assert old in text, old
            text = text.replace(old, new, 1)
        source = {"yaml": text, **{part: shipped[part] for part in ("forms", "tables", "cases")}}
        answer = await owner.post("/definitions", source)
        assert answer.status_code == 201, answer.text
        place = f"/definitions/{name}/versions/1.0.0"
        sign = {"signature": {"meaning": "approve", "password": "demo"}}
        await owner.ok(owner.post(f"{place}:submit", {"reason": "test"}))
        await director.ok(director.post(f"{place}:publish", {"role": "quality_director", **sign}))
        await head.ok(head.post(f"{place}:publish", {"role": "company_head", **sign}))

    async def task(self, who: str, case: str, step: str, line: str | None = None) -> str:
        """The id of an open task of a case, once it is there."""
        person = await self.as_(who)

        async def look() -> str | None:
            found = (await person.ok(person.get(f"/cases/{case}")))["tasks"]
            same = [task for task in found if task["step"] == step and task["state"] == "open"]
            return next((task["id"] for task in same if line in (None, task["item_key"])), None)

        return await until(look, f"{step} of {case} did not open")

    async def receipt(self, line: dict[str, Any], outcome: str = "accepted") -> dict[str, Any]:
        """What the receiver completes: form, outcome, both signatures."""
        note = await self.note_file()
        return {
            "data": {"lines": [line]},
            "outcome": outcome,
            "signature": {"meaning": "received"},
            "external_signature": {"name": "送货员", "attachment_sha256": note["sha256"], "how": "note"},
        }

    async def at_inspection(self, definition: str = "receiving_inspection") -> tuple[str, str]:
        """A case whose one line waits for the inspector: case id, task id."""
        case = (await self.start(definition=definition))["id"]
        receiver = await self.as_("receiver")
        task = await self.task("receiver", case, "receive")
        await receiver.ok(receiver.post(f"/tasks/{task}:complete", await self.receipt(row())))
        return case, await self.task("inspector", case, "inspect")


def row(**changes: Any) -> dict[str, Any]:
    """One line of a receipt: cotton swabs, which carry no UDI."""
    today = date.today()
    line: dict[str, Any] = {
        "line_no": "L1",
        "purchase_order_no": "PO-2026-1104",
        "product_code": "P-1007",
        "lot_no": f"TEST{next(_NUMBERS):04d}",
        "production_date": (today - timedelta(days=30)).isoformat(),
        "expiry_date": (today + timedelta(days=600)).isoformat(),
        "received_quantity": 5,
        "quarantine_location": "HZ-Q-02",
    }
    return {key: value for key, value in {**line, **changes}.items() if value is not None}


def passed(password: str = "demo", **data: Any) -> dict[str, Any]:
    """The inspector's completion of a good line."""
    values = {**dict.fromkeys(CHECKS, "pass"), "accepted_quantity": 5, "rejected_quantity": 0, **data}
    return {"data": values, "outcome": "pass", "signature": {"meaning": "inspected", "password": password}}


async def until(look: Callable[[], Awaitable[Any]], otherwise: str) -> Any:
    """What `look` finds, as soon as it finds something."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE
    while not (found := await look()):
        assert loop.time() < deadline, otherwise
        await asyncio.sleep(0.05)
    return found


@pytest.fixture(scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """The demo company, at work."""
    async with at_work(put_demo(tmp_path_factory.mktemp("api"), tmp_path_factory)) as made:
        office = made.office
        office.attachment_max_bytes = 1024 * 1024
        await office.db.writing(_second_inspector, office.now(), credentials.make_hash_now("demo"))
        app = web.bare(office)
        api.build(app, office)
        yield Stack(office, app, made.settings)


def _second_inspector(session: Any, now: str, password: str) -> None:
    for name in ("inspector2", "locked", "throttled"):  # a door that a test closes is nobody else's
        session.add(Account(username=name, name="钱二", password_hash=password, created_at=now))
        session.flush()
        grant = RoleGrant(
            account=name, role="inspector", site="hangzhou", valid_from=now[:10], granted_by="system", granted_at=now
        )
        session.add(grant)
