"""Tokens move until every one of them waits or the case has ended."""

from __future__ import annotations

from workflows.engine import back, blocks, kinds, watch
from workflows.engine.turn import Place, Turn

ROUNDS_OF_WATCH = 200
"""How often one event may make a watched condition move the case on; more means that the SOP runs in a circle."""


def walk(turn: Turn) -> None:
    """Move every token as far as it goes, and look each time whether something that is watched has come true."""
    for _ in range(ROUNDS_OF_WATCH):
        _move(turn)
        if turn.state.state != "running" or not (back.go_on(turn) or watch.look(turn)):
            return
    _move(turn)


def _move(turn: Turn) -> None:
    while (turn.agenda or turn.resumes) and turn.state.state == "running":
        if turn.resumes:
            kinds.begin(turn, turn.resumes.popleft())
            turn.people = None
            continue
        scope, block, index = turn.agenda.popleft()
        if not turn.state.lives(scope):
            continue  # a jump has cancelled the blocks around it a moment ago
        if index >= len(block.steps):
            blocks.ended(turn, scope, block)
        else:
            step = block.steps[index]
            kinds.visit(turn, Place(scope, block, step, turn.state.next_round(scope, step.id)))
