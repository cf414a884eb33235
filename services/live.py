"""A count that moves whenever the database changed, so that open pages look again without asking it all the time."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from records.signal import ChangeSignal
from services.office import Office


@dataclass
class Pulse:
    """``beat`` moves after commits of any process; several commits may move it once."""

    signal: ChangeSignal
    beat: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def tell(self) -> None:
        """The database changed (called by the signal's thread)."""
        with self._lock:
            self.beat += 1


_pulses: dict[int, Pulse] = {}
_starting = threading.Lock()


async def pulse(office: Office) -> Pulse:
    """The pulse of an office's database; the first caller starts to watch it."""
    found = _pulses.get(id(office.db))
    return found if found is not None else await office.db.run(_start, office)


def _start(office: Office) -> Pulse:
    with _starting:
        found = _pulses.get(id(office.db))
        if found is None:
            found = _pulses[id(office.db)] = Pulse(ChangeSignal(office.db))
            found.signal.start(found.tell)
        return found
