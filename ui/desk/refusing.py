"""A refusal of the services as the red panel of the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.errors import RefusedError
from ui.components.chips import role_name
from ui.components.panels import Mover, Refused, Way
from ui.desk.clock import Clock
from ui.guard import Viewer
from ui.texts import catalogue, choose


def refused_panel(
    viewer: Viewer,
    fault: RefusedError,
    clock: Clock,
    *,
    title: str,
    people: Sequence[Any] = (),
    ways: Sequence[Way] = (),
) -> Refused:
    """What the panel says of a refusal: the sentence, rule and articles, who can move it on, what to do now.

    ``people`` are those who may act at the task, with their roles; a role without a person is named itself.
    """
    refusal, lang = fault.refusal, viewer.lang
    law = refusal.rule if refusal.rule and refusal.rule.startswith("RULE-") else ""
    return Refused(
        title=title,
        why=refusal.message.said_in(lang),
        rule=law,
        rule_says=rule_words(refusal.rule, viewer),
        articles=[_number(article) for article in refusal.articles],
        override=viewer.t("common.refusal.no_override") if law and refusal.articles else "",
        who_can=movers(viewer, refusal.who_can, people),
        ways=ways,
        refusal_id=fault.refusal_id or "",
        at=f"{clock.now():%H:%M:%S}" if fault.refusal_id else "",
        by=viewer.account.name_in(lang) if fault.refusal_id else "",
        faults=[one.message.said_in(lang) for one in refusal.faults],
    )


def rule_words(rule: str | None, viewer: Viewer) -> str:
    """What a rule says, in one line; empty for a rule without words of its own."""
    key = f"task.rule.{(rule or '').replace('RULE-', 'r')}"
    return viewer.t(key) if key in catalogue() else ""


def movers(viewer: Viewer, roles: Sequence[str], people: Sequence[Any]) -> list[Mover]:
    """People by name with their post; posts that nobody at hand holds by their words."""
    found = [
        Mover(choose({"zh": one["name"], "en": one["name_en"]}, viewer.lang), role_name(one["role"], viewer.lang))
        for one in people
        if one["role"] in roles and not one.get("not") and not one.get("lacks") and one["id"] != viewer.account.id
    ]
    named = {one["role"] for one in people if not one.get("not")}
    return (
        found[:4] + [Mover(role_name(role, viewer.lang)) for role in roles if role not in named][: 4 - len(found[:4])]
    )


def _number(article: str) -> str:
    return article.removeprefix("GSP-").removeprefix("INSP-")
