"""Progress lines of `up`: coloured in a terminal, plain in a pipe, one line for each thing that happened."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text


class _Paper(Console):
    """Standard output whose reader may go away."""

    def on_broken_pipe(self) -> None:
        """Whoever read the lines has left (`up | head -1`): nothing more is written, and everything goes on."""
        self.quiet = True
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())


class Progress:
    """Writes to standard output, each line at once."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or _Paper(highlight=False, soft_wrap=True, markup=False)

    def done(self, name: str, place: str, seconds: float | None = None) -> None:
        """One step is finished."""
        time = "" if seconds is None else f"{seconds:.1f} s"
        line = Text.assemble(("  ✓ ", "green"), f"{name:<24}", (f"{place}  ", "bold"), (time, "dim"))
        self.console.print(line)

    def trouble(self, message: str) -> None:
        """Something went wrong that is being dealt with."""
        self.console.print(Text.assemble(("  ! ", "yellow"), message))

    def ready(self, url: str, lines: Sequence[str] = ()) -> None:
        """Everything runs; the very last line carries the address."""
        for line in lines:
            self.console.print(line)
        self.console.print(Text.assemble(("ready: ", "bold green"), (url, "bold")))
