"""A process that is killed with SIGKILL in the middle of a mail: another sends the same mail under the same key."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from domain.clock import to_text
from services.outbox import sending
from tests.outbox.conftest import NOON, House

ROOT = Path(__file__).parents[2]
SENDER = """
import asyncio, sys
from datetime import datetime
from pathlib import Path
from temporalio.client import Client
from app.settings import Settings
from app.wiring import office_of
from services.outbox import sending
from services.outbox.email import Email

async def main(folder, port, now):
    office = office_of(Settings(data=Path(folder), demo=False), await Client.connect("127.0.0.1:1", lazy=True))
    office.clock = lambda: datetime.fromisoformat(now)
    office.channels = {"email": Email("localhost", int(port), "gsp@example.com", "none")}
    await sending.turn(office)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_sender_killed_after_the_mail_was_taken_is_followed_by_the_same_mail(house: House) -> None:
    await house.reachable("ann")
    await house.tell("X1", "recall", account="ann")
    house.mail.hang = "QUIT"  # the mail is taken; the sender waits for its goodbye and has settled nothing
    folder = house.office.attachments.parent
    process = subprocess.Popen(
        [sys.executable, "-c", SENDER, str(folder), str(house.mail.port), NOON.isoformat()],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        for _ in range(400):
            if house.mail.mails:
                break
            await asyncio.sleep(0.1)
        assert house.mail.mails and process.poll() is None
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    assert [one.state for one in await house.deliveries()] == ["sending"]
    house.mail.hang = ""
    house.wait(minutes=1)
    assert await sending.turn(house.office) == 0, "its lease still holds"
    house.wait(minutes=2)
    assert await sending.turn(house.office) == 1
    (one,) = await house.deliveries()
    assert (one.state, one.sent_at) == ("sent", to_text(house.now))
    assert len(house.mail.keys) == 2 and len(set(house.mail.keys)) == 1
