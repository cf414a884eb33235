"""Flow: every jump lands, every outcome has a way, every step can be reached, every case can end."""

from __future__ import annotations

from workflows.language.checks.graph import Graph, message_targets
from workflows.language.checks.outcomes import may_be_unrouted, outcomes_of
from workflows.language.outline import StepView, wait_arms
from workflows.language.subject import Subject, suggestion
from workflows.language.words import END_OF_BLOCK


def check(subject: Subject) -> None:
    """Report targets, outcomes and paths that do not work out."""
    if not subject.outline.steps:
        return
    for step in subject.outline.steps:
        _targets(subject, step)
        _outcomes(subject, step)
    _message_targets(subject)
    _recovery(subject)
    _recovery_of_messages(subject)
    if all(step.kind for step in subject.outline.steps):
        _paths(subject)


# ---------------------------------------------------------------- targets
def targets_of(step: StepView) -> list[tuple[str, str]]:
    """``(pointer, target)`` of every jump a step can make, as written."""
    found = [(step.at("next"), step.text("next"))]
    found += [(step.at("on", outcome), target) for outcome, target in step.mapping("on").items()]
    for index, arm in enumerate(step.listing("branch")):
        if isinstance(arm, dict):
            found += [(step.at("branch", index, word), arm.get(word)) for word in ("to", "else")]
    arms = step.mapping("wait").get("first_of")
    for index, arm in enumerate(arms if isinstance(arms, list) else ()):
        if isinstance(arm, dict):
            found.append((step.at("wait", "first_of", index, "to"), arm.get("to")))
    return [(pointer, target) for pointer, target in found if isinstance(target, str) and target]


def _targets(subject: Subject, step: StepView) -> None:
    for pointer, target in targets_of(step):
        if target == END_OF_BLOCK:
            continue
        found = subject.outline.by_id.get(target)
        if found is None:
            zh, en = suggestion(target, set(subject.outline.by_id) | {END_OF_BLOCK})
            subject.add("unknown_step", pointer, f"没有步骤“{target}”。{zh}", f"There is no step '{target}'.{en}")
        elif found.block not in step.block.scopes():
            subject.add(
                "jump_into_block",
                pointer,
                f"“{target}”在另一组步骤里；只能跳到同组或外层的步骤。",
                f"'{target}' stands inside a group of steps: a jump goes to the same or an enclosing group only.",
            )


def _message_targets(subject: Subject) -> None:
    for pointer, _, target in message_targets(subject):
        found = subject.outline.by_id.get(target)
        if found is None:
            zh, en = suggestion(target, [step.id for step in subject.outline.root.steps])
            subject.add("unknown_step", pointer, f"没有步骤“{target}”。{zh}", f"There is no step '{target}'.{en}")
        elif found.block is not subject.outline.root:
            subject.add(
                "jump_into_block",
                pointer,
                f"“{target}”在一组步骤里；整个案卷的消息只能到最外层的步骤。",
                f"'{target}' stands inside a group of steps: a message to the whole case goes to an outermost step only.",
            )


# ---------------------------------------------------------------- outcomes
def _outcomes(subject: Subject, step: StepView) -> None:
    declared = outcomes_of(subject, step)
    routed = step.mapping("on")
    if declared is None or step.kind in ("branch", "end"):
        return
    for outcome in declared[1:]:
        if outcome not in routed and not may_be_unrouted(step, outcome):
            subject.add(
                "outcome_not_routed",
                step.at("on") if routed else step.at(step.kind),
                f"结果“{outcome}”没有去向；请在 on 里写 {outcome}: 步骤。",
                f"The outcome '{outcome}' has nowhere to go: add `on: {{{outcome}: step}}`.",
            )
    for outcome in routed:
        if outcome not in declared:
            zh, en = suggestion(outcome, declared)
            subject.add(
                "undeclared_outcome",
                step.at("on", outcome),
                f"这一步没有结果“{outcome}”。{zh}",
                f"This step has no outcome '{outcome}'.{en}",
                key=True,
            )
    if declared[0] in routed and "next" in step.raw:
        subject.add(
            "next_and_on",
            step.at("next"),
            f"成功结果“{declared[0]}”在 on 和 next 里都有去向，请只留一个。",
            f"`on` and `next` both route the success '{declared[0]}': keep one.",
            key=True,
        )


# ---------------------------------------------------------------- recovery steps
def _recovery(subject: Subject) -> None:
    for step in subject.outline.steps:
        success = (outcomes_of(subject, step) or ("done",))[0]
        for outcome, target in step.mapping("on").items():
            found = subject.outline.by_id.get(target) if isinstance(target, str) else None
            if found is None or outcome == success or found.index == 0 or not _stands_later(step, found):
                continue
            before = found.block.steps[found.index - 1]
            if _falls_through(before, success_of(subject, before)):
                subject.add(
                    "falls_into_recovery",
                    found.pointer,
                    f"上一步“{before.id}”完成后会落入“{found.id}”，而它是“{step.id}”结果为“{outcome}”时的去向；"
                    f"如非本意，请给“{before.id}”写 next。",
                    f"'{before.id}' falls into '{found.id}', which is where '{step.id}' goes on '{outcome}': "
                    f"give '{before.id}' a `next` unless you mean it.",
                )


def _recovery_of_messages(subject: Subject) -> None:
    for pointer, name, target in message_targets(subject):
        found = subject.outline.by_id.get(target)
        if found is None or found.block is not subject.outline.root or found.index == 0:
            continue
        before = found.block.steps[found.index - 1]
        if _falls_through(before, success_of(subject, before)):
            subject.add(
                "falls_into_message",
                pointer,
                f"消息“{name}”去往“{target}”，但上一步“{before.id}”完成后也会落入它：没有消息也会执行。"
                f"请给“{before.id}”写 next，或在“{target}”之前放 end。",
                f"The message '{name}' leads to '{target}', but '{before.id}' falls into it too: it would run without the "
                f"message. Give '{before.id}' a `next`, or put an `end` before '{target}'.",
            )


def success_of(subject: Subject, step: StepView) -> str:
    """The success outcome of a step (``done`` when it is not known)."""
    return (outcomes_of(subject, step) or ("done",))[0]


def _stands_later(step: StepView, target: StepView) -> bool:
    inner: StepView | None = step
    while inner is not None and inner.block is not target.block:
        inner = inner.block.owner
    return inner is not None and target.index > inner.index


def _falls_through(step: StepView, success: str) -> bool:
    if step.kind == "wait" and all("to" in arm for arm in wait_arms(step)):
        return False
    return step.kind not in ("end", "branch") and "next" not in step.raw and success not in step.mapping("on")


# ---------------------------------------------------------------- paths
def _paths(subject: Subject) -> None:
    graph = Graph(subject)
    reached = graph.reached()
    for step in subject.outline.steps:
        if step not in reached and (step.block.owner is None or step.block.owner in reached):
            subject.add(
                "unreachable_step",
                step.pointer,
                f"没有路径能到“{step.id}”；请从某一步跳到它，或删去它。",
                f"No path reaches '{step.id}': let a step go there, or remove it.",
            )
    _ends(subject, graph, reached)
    for step in graph.automatic_cycles(reached):
        subject.add(
            "loop_without_person",
            step.pointer,
            f"从“{step.id}”起有一个没有人工步骤的循环，可能空转到轮次上限。",
            f"From '{step.id}' a cycle runs without a person acting: it may spin until the limit of rounds.",
        )


def _ends(subject: Subject, graph: Graph, reached: set[StepView]) -> None:
    for step in graph.run_off(reached):
        subject.add(
            "no_end_step",
            step.pointer,
            f"“{step.id}”之后没有步骤：案卷按 completed 结束但不封存；请明确写 {{id: done, end: completed, seal: true}}。",
            f"After '{step.id}' nothing follows: the case ends as completed, unsealed. Say so: {{id: done, end: completed, seal: true}}.",
        )
    stuck = [step for step in subject.outline.steps if step in reached and step not in graph.can_end(reached)]
    if stuck:
        step = stuck[0]
        subject.add(
            "cannot_end",
            step.pointer,
            f"从“{step.id}”起没有路径通向 end，案卷永远无法结束。",
            f"From '{step.id}' no path leads to an `end`: the case could never end.",
        )
