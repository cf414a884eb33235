"""The catalogue as Temporal activities: names, threads, and which errors are worth another attempt.

Business errors end the call at once with their code as the error's type; everything else (database away,
deadlock) is
retried by the policy of the step.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.catalogue import CATALOGUE, Run
from activities.context import ActivityContext, BusinessError, Call
from activities.project import note_failure, project_wave
from activities.refusals import note_refusal

log = logging.getLogger("gspflow.activities")
UNFORESEEN = "call_failed"
"""Type of an error that no contract declares and nobody foresaw; it is tried again."""
PROJECT_WAVE = "project_wave"
RUN_SCHEDULE = "schedules.run"
QUARANTINE_RETRY = timedelta(minutes=1)
"""A quarantined wave is tried again this often, in case the database was put right."""


def build(ctx: ActivityContext) -> list[Callable[..., Any]]:
    """The synchronous activity functions of this installation; the worker runs them in threads."""
    return [_wave(ctx), _period(ctx), *(_effect(ctx, name, run) for name, (_, run) in CATALOGUE.items())]


def _wave(ctx: ActivityContext) -> Callable[..., Any]:
    @activity.defn(name=PROJECT_WAVE)
    def project(wave: dict[str, Any]) -> dict[str, Any]:
        try:
            return project_wave(ctx, wave)
        except BusinessError as error:
            # Never final: a case does not fail because of data. People compare history and database meanwhile.
            raise ApplicationError(error.message.en, type=error.code, next_retry_delay=QUARANTINE_RETRY) from error
        except Exception as error:
            note_failure(ctx, wave, "failing", f"{type(error).__name__}: {error}")
            raise

    return project


def _period(ctx: ActivityContext) -> Callable[..., Any]:
    @activity.defn(name=RUN_SCHEDULE)
    def period(given: dict[str, Any]) -> dict[str, Any]:
        return ctx.run_period(given["schedule"], given["begins"])

    return period


def _effect(ctx: ActivityContext, name: str, run: Run) -> Callable[..., Any]:
    @activity.defn(name=name)
    def effect(envelope: dict[str, Any]) -> dict[str, Any]:
        try:
            return _run(ctx, name, run, envelope)
        except BusinessError as error:
            raise _final(error) from error
        except Exception as error:
            raise _unforeseen(name, envelope, error) from error

    return effect


def _run(ctx: ActivityContext, name: str, run: Run, envelope: dict[str, Any]) -> dict[str, Any]:
    try:
        return run(ctx, envelope)
    except BusinessError as error:
        log.info("%s of case %s refused: %s, %s", name, envelope.get("case_id"), error.code, error.message.en)
        note_refusal(ctx, name, Call.from_json(envelope), error)
        raise


def _unforeseen(name: str, envelope: dict[str, Any], error: Exception) -> ApplicationError:
    """Words for people, who see them if no attempt succeeds; what happened inside is in the log under a number."""
    number, title = secrets.token_hex(4), CATALOGUE[name][0].title
    log.error("%s of case %s failed, error id %s", name, envelope.get("case_id"), number, exc_info=error)
    zh = f"系统步骤“{title.zh}”没有完成，没有记入任何数据。请稍后重试；仍不成功请把编号 {number} 告诉系统管理员。"
    en = (
        f"The automatic step '{title.en}' was not done and nothing was posted. Try it again in a while; "
        f"if it still fails, tell the administrator the number {number}."
    )
    return ApplicationError(en, {"code": UNFORESEEN, "zh": zh, "en": en, "plain": True}, type=UNFORESEEN)


def _final(error: BusinessError) -> ApplicationError:
    details = {"code": error.code, **error.message.as_json(), "details": error.details, "plain": True}
    # Benign: a refusal is an ordinary answer, which the SDK must not log as a failure with its traceback.
    return ApplicationError(
        error.message.en, details, type=error.code, non_retryable=True, category=ApplicationErrorCategory.BENIGN
    )
