"""How a refusal leaves the workflow: as an ``ApplicationError`` that carries it whole."""

from __future__ import annotations

from temporalio.exceptions import ApplicationError

from domain.errors import Refusal
from domain.json_types import Json, JsonObject

REFUSED = "refused"
"""Type of the ``ApplicationError`` that carries a refusal as its detail."""


def refused(refusal: Refusal) -> ApplicationError:
    """A refusal as the failure of an Update, or of a run that must not begin."""
    return ApplicationError(refusal.message.en, refusal_json(refusal), type=REFUSED, non_retryable=True)


def refusal_json(refusal: Refusal) -> JsonObject:
    """A refusal as it travels back to ``services``."""
    articles: list[Json] = list(refusal.articles)
    who_can: list[Json] = list(refusal.who_can)
    return {
        "status": refusal.status,
        "code": refusal.code,
        "message": refusal.message.as_json(),
        "rule": refusal.rule,
        "articles": articles,
        "who_can": who_can,
        "done_by": refusal.done_by,
        "done_at": refusal.done_at,
        "outcome": refusal.outcome,
    }
