"""The desk of a person at work: a task with its form, drafts, signatures and refusals; shared by inbox, task and start."""

from __future__ import annotations

from typing import Any

from ui.guard import Viewer


def office_of(viewer: Viewer) -> Any:
    """What ``services`` functions take as their office."""
    return viewer.ctx.office
