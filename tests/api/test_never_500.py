"""Whatever is sent along the description of the interface, the server never fails."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager

import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from tests.api.conftest import Stack

EXAMPLES = 4
"""Requests made up for each call; each is sent as one of several accounts."""
WHO = ("owner", "inspector", "guest", "director")


async def test_no_made_up_request_makes_the_server_fail(stack: Stack) -> None:
    tokens = [(await stack.as_(name)).client.headers["Authorization"] for name in WHO]
    async with served(stack) as address:
        case, task = await stack.at_inspection()
        failures, seen = await asyncio.to_thread(made_up_requests, address, tokens, [case, task])
    assert failures == []
    assert {200, 404, 422} <= seen.keys() and seen[401] < seen.total() / 2, seen


def made_up_requests(address: str, tokens: list[str], ids: list[str]) -> tuple[list[str], Counter[int]]:
    """Send generated requests to every call, about known `ids` too: those answered with 5xx, how often each status."""
    seen: Counter[int] = Counter()
    schema = schemathesis.openapi.from_url(f"{address}/api/v1/openapi.json")
    failures: list[str] = []
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()

        made_up = st.one_of([operation.as_strategy(generation_mode=mode) for mode in GenerationMode])

        @given(case=made_up, token=st.sampled_from(tokens), known=st.sampled_from([None, *ids]))
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
            derandomize=True,
        )
        def send(case: schemathesis.Case, token: str, known: str | None) -> None:
            if known and "id" in (case.path_parameters or {}):
                case.path_parameters["id"] = known
            answer = case.call(base_url=f"{address}/api/v1", headers={"Authorization": token}, timeout=30)
            seen[answer.status_code] += 1
            if answer.status_code >= 500:
                failures.append(f"{answer.status_code} {case.as_curl_command()}")

        send()
    return failures, seen


class Quiet(uvicorn.Server):
    """A server that leaves signals to whoever runs the tests."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Capture none."""
        yield


@asynccontextmanager
async def served(stack: Stack) -> AsyncIterator[str]:
    """The application on a port of this machine, in this event loop."""
    server = Quiet(uvicorn.Config(stack.app, port=0, lifespan="off", log_level="warning", access_log=False))
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await running
