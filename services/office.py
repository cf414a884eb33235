"""What every service function works with: databases, Temporal, keys, folders, the clock, the shipped library."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from domain import ids
from domain.clock import to_text
from domain.holidays import Holidays
from domain.json_types import JsonObject
from domain.legal_records import LegalBook
from domain.needs import NeedBook
from records import cases
from records.database import Database
from records.drafts import Drafts
from rules.parameters import Parameters
from services.gateway import Gateway
from services.keys import KeyRing
from services.outbox.channel import Channel, Rules
from workflows.language.catalogue import Catalogue
from workflows.language.model import Model, load_model

_MODELS_MAX = 256


@dataclass
class Office:
    """One installation as its services see it; made once by ``app.wiring``."""

    db: Database
    drafts: Drafts
    gateway: Gateway
    keys: KeyRing
    attachments: Path
    checkpoints: Path
    catalogue: Catalogue
    parameters: Parameters
    needs: NeedBook = field(default_factory=NeedBook)
    holidays: Holidays = field(default_factory=Holidays)
    legal: LegalBook = field(default_factory=LegalBook)
    """The record sets of the law and the words of their fields."""
    company: str = "main"
    public_url: str = ""
    demo: bool = False
    continue_after: int = 0
    """History length at which cases continue as new; 0 leaves it to the server's suggestion."""
    channels: Mapping[str, Channel] = field(default_factory=dict)
    """The ways out of the house that are set up, by name."""
    rules: Rules = Rules()
    claim_hours: int = 8
    """So long a claim holds; afterwards anybody with the post may take the task over."""
    attachment_max_bytes: int = 50 * 1024 * 1024
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _models: OrderedDict[str, Model] = field(default_factory=OrderedDict)

    def now(self) -> str:
        """The server's time as text."""
        return to_text(self.clock())

    def new_id(self) -> str:
        """A new ULID."""
        return ids.ulid(int(self.clock().timestamp() * 1000), os.urandom(10))

    def model(self, session: Any, pinned_sha: str) -> Model:
        """The model of a case's pinned set, kept for the next caller."""
        found = self._known(pinned_sha)
        if found is not None:
            return found
        pinned = cases.pinned(session, pinned_sha)
        if pinned is None:
            raise LookupError(f"no pinned set {pinned_sha}")
        return self.keep_model(pinned_sha, pinned)

    def keep_model(self, pinned_sha: str, pinned: JsonObject) -> Model:
        """The model of a pinned set that the caller has, loaded once and kept."""
        found = self._known(pinned_sha)
        if found is not None:
            return found
        model = self._models[pinned_sha] = load_model(pinned)
        while len(self._models) > _MODELS_MAX:
            self._models.popitem(last=False)
        return model

    def _known(self, pinned_sha: str) -> Model | None:
        found = self._models.get(pinned_sha)
        if found is not None:
            self._models.move_to_end(pinned_sha)
        return found
