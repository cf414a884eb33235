"""The only holder of a Temporal client: starts cases, sends acts, fetches histories."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowHistory,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
    WorkflowUpdateStage,
)
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from domain import ids
from domain.acts import Act
from domain.errors import GspError, Refusal, Text
from domain.json_types import JsonObject
from workflows.case import UPDATE_ACT, UPDATE_MIGRATE, WORKFLOW
from workflows.converter import EXACT_CONVERTER
from workflows.refusing import REFUSED

POLLED_SECONDS = 90
"""A poll waits a minute for work; a worker that has not asked for longer than this is not there."""
ANSWER_SECONDS = 5
"""How long a caller waits for the wave; then the act is answered as accepted and still being recorded."""
RESULT_SECONDS = 0.2
"""How long the result of an act that is accepted or refused is asked for: a refusal is there at once."""
_NUMBER = re.compile(r"\b([0-9a-f]{8})\.$")
"""Under what the log tells of a failed attempt (``activities.temporal``)."""
SPARE_SECONDS = 0.5
"""The server may answer a moment before that time that the act is accepted only; the client then asks on without a limit
of its own, so the wait as a whole has one."""
_ATTRIBUTES = {
    name: SearchAttributeKey.for_keyword(f"Gsp{name.capitalize()}")
    for name in ("process", "version", "site", "state", "mode")
}


class ActRefused(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """The case refused the act; nothing was written."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


class CaseUnknown(Exception):  # noqa: N818 - the caller decides what it means
    """Temporal knows no running case of this id."""


class EngineUnreachable(GspError):  # noqa: N818
    """The process engine does not answer; whether an act was accepted is unknown, the same act id may be sent again."""

    def __init__(self) -> None:
        super().__init__(
            "engine_unreachable",
            "流程引擎暂时没有应答，您的内容已保留；请稍后用同一操作重试。",
            "The process engine does not answer at the moment; what you entered is kept. Try the same act again.",
        )


class Gateway:
    """Cases as Temporal workflows."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self.client = client
        self.task_queue = task_queue

    async def start(self, case_id: str, given: JsonObject, about: dict[str, str]) -> None:
        """Start the workflow of a case; starting it twice is the same as once."""
        await self._start(case_id, given, about, WorkflowIDReusePolicy.REJECT_DUPLICATE)

    async def bring_back(self, case_id: str, given: JsonObject, about: dict[str, str], reason: str) -> None:
        """End the run that Temporal has of a case, which is behind the database, and start one from stored records.

        Raises ``EngineUnreachable``.
        """
        there = await self.describe(case_id)
        try:
            if there is not None and there.status is WorkflowExecutionStatus.RUNNING:
                await self.client.get_workflow_handle(there.id, run_id=there.run_id).terminate(reason=reason)
        except RPCError as error:
            raise EngineUnreachable from error
        await self._start(case_id, given, about, WorkflowIDReusePolicy.ALLOW_DUPLICATE)

    async def _start(
        self, case_id: str, given: JsonObject, about: dict[str, str], reuse: WorkflowIDReusePolicy
    ) -> None:
        try:
            await self.client.start_workflow(
                WORKFLOW,
                given,
                id=ids.workflow_id(case_id),
                task_queue=self.task_queue,
                id_reuse_policy=reuse,
                search_attributes=_attributes(about),
            )
        except WorkflowAlreadyStartedError:
            return
        except RPCError as error:
            raise _unreachable(error) from error

    async def ending(self, case_id: str) -> tuple[bool, str | None]:
        """Whether the latest run of a case has ended, and why when it ended badly."""
        found = await self.describe(case_id)
        if found is None or found.status is WorkflowExecutionStatus.RUNNING:
            return False, None
        try:
            await self.client.get_workflow_handle(found.id, run_id=found.run_id).result(follow_runs=False)
        except WorkflowFailureError as error:
            return True, str(error.cause)
        return True, None

    async def act(self, case_id: str, act: Act) -> JsonObject | None:
        """Send an act; its answer, or ``None`` when it is accepted and its wave is late.

        The same act sealed again is refused as ``act_repeated`` once the case has taken it (``Act.update_id``).
        Raises ``ActRefused``, ``CaseUnknown`` (no running workflow), ``EngineUnreachable``.
        """
        return await self._update(UPDATE_ACT, case_id, act, {})

    async def migrate(self, case_id: str, act: Act, pinned: JsonObject) -> JsonObject | None:
        """Send the act that changes a case to the rules ``pinned``; otherwise like ``act``."""
        return await self._update(UPDATE_MIGRATE, case_id, act, {"pinned": pinned})

    async def wake(self, case_id: str, given: JsonObject, about: dict[str, str], act: Act) -> JsonObject | None:
        """Send an act to a case that has ended: in one step with the run that is ``given`` its records."""
        start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            WORKFLOW,
            given,
            id=ids.workflow_id(case_id),
            task_queue=self.task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            search_attributes=_attributes(about),
        )
        wish = {"act_id": act.envelope["act"], "act": act.as_json()}
        try:
            async with asyncio.timeout(ANSWER_SECONDS + SPARE_SECONDS):
                answer: Any = await self.client.execute_update_with_start_workflow(
                    UPDATE_ACT,
                    wish,
                    start_workflow_operation=start,
                    id=act.update_id,
                    rpc_timeout=timedelta(seconds=ANSWER_SECONDS),
                )
        except WorkflowUpdateFailedError as error:
            raise _refused(error) from error
        except (WorkflowUpdateRPCTimeoutOrCancelledError, TimeoutError):
            handle = self.client.get_workflow_handle(ids.workflow_id(case_id))
            return await self._late(UPDATE_ACT, handle, act.update_id, wish)
        except RPCError as error:
            raise _unreachable(error) from error
        return answer

    async def _update(self, name: str, case_id: str, act: Act, beside: JsonObject) -> JsonObject | None:
        handle = self.client.get_workflow_handle(ids.workflow_id(case_id))
        given: JsonObject = {"act_id": act.envelope["act"], "act": act.as_json(), **beside}
        try:
            async with asyncio.timeout(ANSWER_SECONDS + SPARE_SECONDS):
                answer: Any = await handle.execute_update(
                    name, given, id=act.update_id, rpc_timeout=timedelta(seconds=ANSWER_SECONDS)
                )
        except WorkflowUpdateFailedError as error:
            raise _refused(error) from error
        except (WorkflowUpdateRPCTimeoutOrCancelledError, TimeoutError):
            return await self._late(name, handle, act.update_id, given)
        except RPCError as error:
            raise _unreachable(error) from error
        return answer

    async def _late(self, name: str, handle: Any, update_id: str, given: JsonObject) -> JsonObject | None:
        """Accepted is what history has: ask for exactly that, under the same id; the answer, or ``None`` while it is late.

        The server says so too of an act that the case refused meanwhile: only its result tells them apart.
        """
        try:
            async with asyncio.timeout(ANSWER_SECONDS + SPARE_SECONDS):
                update = await handle.start_update(
                    name,
                    given,
                    id=update_id,
                    wait_for_stage=WorkflowUpdateStage.ACCEPTED,
                    rpc_timeout=timedelta(seconds=ANSWER_SECONDS),
                )
        except WorkflowUpdateFailedError as error:
            raise _refused(error) from error
        except (WorkflowUpdateRPCTimeoutOrCancelledError, TimeoutError, asyncio.CancelledError) as error:
            raise EngineUnreachable from error
        except RPCError as error:
            raise _unreachable(error) from error
        return await self._result(update)

    async def _result(self, update: Any) -> JsonObject | None:
        """What became of an update that the server has; ``None`` while nothing has, which is how an accepted act waits."""
        try:
            async with asyncio.timeout(RESULT_SECONDS + SPARE_SECONDS):
                answer: Any = await update.result(rpc_timeout=timedelta(seconds=RESULT_SECONDS))
        except WorkflowUpdateFailedError as error:
            raise _refused(error) from error
        except (WorkflowUpdateRPCTimeoutOrCancelledError, TimeoutError, RPCError):
            return None
        return answer

    async def describe(self, case_id: str) -> WorkflowExecutionDescription | None:
        """The latest run of a case, or ``None``."""
        try:
            return await self.client.get_workflow_handle(ids.workflow_id(case_id)).describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise _unreachable(error) from error

    async def attempts(self, case_id: str) -> dict[str, tuple[int, Text | None]]:
        """The calls of a case that run now: activity id → number of the attempt, what the one before it failed of."""
        found = await self.describe(case_id)
        pending = found.raw_description.pending_activities if found is not None else ()
        return {one.activity_id: (one.attempt, _fault(one)) for one in pending}

    async def histories(self, case_id: str) -> list[WorkflowHistory]:
        """The histories of all runs of a case, first run first; empty when Temporal has none."""
        runs = [run async for run in self._runs(case_id)]
        return list(reversed(runs))

    async def _runs(self, case_id: str) -> AsyncIterator[WorkflowHistory]:
        run_id: str | None = None
        while True:
            handle = self.client.get_workflow_handle(ids.workflow_id(case_id), run_id=run_id)
            try:
                history = await handle.fetch_history()
            except RPCError as error:
                if error.status is RPCStatusCode.NOT_FOUND:
                    return
                raise _unreachable(error) from error
            yield history
            run_id = await run_before(history)
            if not run_id:
                return

    async def is_polled(self) -> bool:
        """Whether a worker asked for work within ``POLLED_SECONDS``: one that hangs stops asking."""
        answer = await self.client.workflow_service.describe_task_queue(
            DescribeTaskQueueRequest(
                namespace=self.client.namespace,
                task_queue=TaskQueue(name=self.task_queue),
                task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
            ),
            timeout=timedelta(seconds=3),
        )
        oldest = datetime.now(UTC) - timedelta(seconds=POLLED_SECONDS)
        return any(poller.last_access_time.ToDatetime(UTC) >= oldest for poller in answer.pollers)


async def run_before(history: WorkflowHistory) -> str | None:
    """The run whose end led to this one: it was continued as new, or its case was called back after its end."""
    started = history.events[0].workflow_execution_started_event_attributes
    if started.continued_execution_run_id:
        return started.continued_execution_run_id
    (given,) = await EXACT_CONVERTER.decode(started.input.payloads)
    return given.get("after_run") if isinstance(given, dict) else None


def _attributes(about: dict[str, str]) -> TypedSearchAttributes:
    return TypedSearchAttributes([SearchAttributePair(_ATTRIBUTES[name], value) for name, value in about.items()])


def _fault(pending: PendingActivityInfo) -> Text | None:
    """Why the last attempt of a call failed, for people: what it says of the machine stays in the log, under its number.

    The server keeps little of a failure: it leaves the details away and wraps what is too long.
    """
    if not pending.HasField("last_failure"):
        return None
    failure = pending.last_failure
    while failure.HasField("cause") and not failure.HasField("application_failure_info"):
        failure = failure.cause
    number = _NUMBER.search(failure.message) if failure.HasField("application_failure_info") else None
    if number is None:
        return Text("执行中断或超时", "it was interrupted or took too long")
    zh, en = (
        f"没有完成，没有记入任何数据（日志编号 {number[1]}）",
        f"not done, nothing was posted (number {number[1]} in the log)",
    )
    return Text(zh, en)


def _refused(error: WorkflowUpdateFailedError) -> Exception:
    cause = error.cause
    if isinstance(cause, ApplicationError) and cause.type == REFUSED and cause.details:
        return ActRefused(refusal_from(cause.details[0]))
    if isinstance(cause, ApplicationError) and cause.type == "AcceptedUpdateCompletedWorkflow":
        return CaseUnknown()
    return ActRefused(
        Refusal(
            409,
            "act_failed",
            Text(f"流程引擎未接受此操作：{cause}", f"The process engine did not accept the act: {cause}"),
        )
    )


def refusal_from(raw: Any) -> Refusal:
    """The refusal that the workflow sent (``workflows.refusing.refusal_json``)."""
    return Refusal(
        status=int(raw["status"]),
        code=raw["code"],
        message=Text(raw["message"]["zh"], raw["message"]["en"]),
        rule=raw["rule"],
        articles=tuple(raw["articles"]),
        who_can=tuple(raw["who_can"]),
        done_by=raw["done_by"],
        done_at=raw["done_at"],
        outcome=raw["outcome"],
    )


def _unreachable(error: RPCError) -> Exception:
    return CaseUnknown() if error.status is RPCStatusCode.NOT_FOUND else EngineUnreachable()
