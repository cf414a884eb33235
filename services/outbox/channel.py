"""What every channel offers, and the fault that says whether another attempt is worth it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from domain.errors import Text
from services.outbox.message import Message

SEND_SECONDS = 15.0
"""A message that is not accepted in this time has failed, however far it came."""


class SendFault(Exception):
    """A message was not accepted. `final`: no other attempt helps; `after`: how long the other side asks to wait.

    The words never hold a secret: no webhook address, no password.
    """

    def __init__(self, words: Text, *, final: bool = False, after: timedelta | None = None) -> None:
        super().__init__(words.en)
        self.words = words
        self.final = final
        self.after = after


class Channel(Protocol):
    """A way out of the house."""

    @property
    def name(self) -> str:
        """One of `domain.notices.CHANNELS`."""
        ...

    async def send(self, message: Message, addresses: Sequence[str]) -> None:
        """Send one message to a person (or, by a robot, to its group with these people mentioned).

        Raises `SendFault`. The message carries its key, so a second copy after a crash is known as one.
        """
        ...


@dataclass(frozen=True)
class Rules:
    """How the outbox behaves: attempts before it gives up, time unread before a second person is told, least gap."""

    attempts: int = 6
    unread: timedelta = timedelta(minutes=30)
    gap: timedelta = timedelta(minutes=5)
    lease: timedelta = timedelta(minutes=2)
