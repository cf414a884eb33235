"""Ports to listen on."""

from __future__ import annotations

import random
import socket

LOOPBACK = "127.0.0.1"
QUIET_RANGE = range(20_000, 32_768)
"""Below the ports Linux hands out to outgoing connections, so nobody takes one between choosing and listening."""
TRIES = 50


def free_port(host: str = LOOPBACK) -> int:
    """A port of `host` that nobody listens on at this moment."""
    for port in random.sample(QUIET_RANGE, TRIES):
        if can_listen(host, port):
            return port
    raise OSError(f"no free port was found on {host}")


def can_listen(host: str, port: int) -> bool:
    """Whether we could listen there now: the address is ours and nobody else does."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
