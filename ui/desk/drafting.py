"""Keeps what is typed: a draft is saved within a second of each change, and before the page is left."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from nicegui import background_tasks, ui
from nicegui.client import Client

from domain.json_types import JsonObject
from ui.guard import Viewer

#: Seconds between the first change that is not saved yet and its saving.
PAUSE_SECONDS = 0.5


class Draft:
    """Saves ``values()`` through ``save`` soon after ``changed``; ``on_saved`` is told when it is done."""

    def __init__(
        self,
        viewer: Viewer,
        values: Callable[[], JsonObject],
        save: Callable[[JsonObject], Awaitable[object]],
        on_saved: Callable[[], object],
    ) -> None:
        self._viewer, self._values, self._save, self._on_saved = viewer, values, save, on_saved
        self._client: Client = ui.context.client
        self._changes = self._saved = self._seq = 0
        self._running = False
        self.closed = False
        viewer.leaving.append(self.flush)

    @property
    def is_dirty(self) -> bool:
        """Whether something typed is not saved yet."""
        return self._changes > self._saved

    @property
    def has_saved(self) -> bool:
        """Whether anything was saved since the page was opened."""
        return self._saved > 0

    def changed(self, seq: int = 0) -> None:
        """Something was typed; ``seq`` is the browser's count of changes."""
        self._changes += 1
        self._seq = max(self._seq, seq)
        if not self._running and not self.closed:
            self._running = True
            background_tasks.create(self._soon(), name="draft")

    async def _soon(self) -> None:
        try:
            await asyncio.sleep(PAUSE_SECONDS)
        finally:
            self._running = False
        await self.flush()

    async def flush(self) -> None:
        """Save now what is not saved yet."""
        if self.closed or not self.is_dirty:
            return
        changes, seq = self._changes, self._seq
        await self._save(self._values())
        self._saved = max(self._saved, changes)
        if not self._client.is_deleted:
            with self._client:
                ui.run_javascript(f"gspDesk.isSaved({int(seq)})")
                self._on_saved()

    def close(self) -> None:
        """The task is done or another one is opened: nothing more is saved."""
        self.closed = True
        if self.flush in self._viewer.leaving:
            self._viewer.leaving.remove(self.flush)
        if not self._client.is_deleted:
            with self._client:
                ui.run_javascript("gspDesk.saved = gspDesk.seq")
