"""What the command line says when something cannot be done, and the exit code that goes with it."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of every command."""

    DONE = 0
    NOT_SO = 1
    """The thing checked is not so: a finding, a broken chain, a failed test."""
    USAGE = 2
    UNREACHABLE = 3
    """A needed server does not answer."""


class CommandFault(Exception):
    """One clear line for the person at the terminal, what to do next, and the exit code."""

    def __init__(self, message: str, *, hint: str = "", code: Exit = Exit.NOT_SO) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code
