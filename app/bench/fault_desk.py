"""The desk of a fault run stands for the web process: it sends acts to cases and does the office's own work.

Reads one act a line (``{n, case, act}``) and writes one answer a line (``{n, said, code}``).
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any, TextIO

from app.background import working
from app.settings import Settings
from app.wiring import client_of, office_of
from domain.acts import Act
from domain.canonical import dumps, loads
from domain.json_types import JsonObject
from services.gateway import ActRefused, CaseUnknown, EngineUnreachable, Gateway


async def main() -> None:
    """Work until standard input ends."""
    answers = _answers_only()
    settings = Settings()
    office = office_of(settings, await client_of(settings))
    lines = asyncio.StreamReader(limit=2**22)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    async with working(office), asyncio.TaskGroup() as group:
        while line := await lines.readline():
            group.create_task(_answer(office.gateway, answers, loads(line)))


def _answers_only() -> TextIO:
    """Standard output for answers alone: whatever a library prints from now on goes to the log."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


async def _answer(gateway: Gateway, answers: TextIO, wish: Any) -> None:
    said = await _sent(gateway, wish["case"], Act.from_json(wish["act"]))
    answers.write(dumps({"n": wish["n"], **said}) + "\n")
    answers.flush()


async def _sent(gateway: Gateway, case_id: str, act: Act) -> JsonObject:
    try:
        await gateway.act(case_id, act)
    except ActRefused as refused:
        return {"said": "refused", "code": refused.refusal.code}
    except CaseUnknown:
        return {"said": "unknown", "code": "case_unknown"}
    except EngineUnreachable:
        return {"said": "lost", "code": "engine_unreachable"}
    return {"said": "accepted", "code": ""}


if __name__ == "__main__":
    asyncio.run(main())
