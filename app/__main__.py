"""`python -m app`: what the launcher calls, and what `up` starts its parts with."""

import atexit
import os
import sys

from app.cli import main
from app.faults import Exit


def leave(code: int) -> None:
    """End with this exit code for certain.

    The threads of the workflow engine's library may be at work while the interpreter is taken down, and then abort the
    process (134 instead of 1, seen once in some hundred runs); so what is registered for the end is done, and no more.
    """
    atexit._run_exitfuncs()
    os._exit(code if said_all() else Exit.NOT_SO)


def said_all() -> bool:
    """Whether somebody reads what is still to be said."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        return False
    return True


if __name__ == "__main__":
    try:
        main()
    except SystemExit as ended:
        if "temporalio.bridge" not in sys.modules or not isinstance(ended.code, int):
            raise
        leave(ended.code)
