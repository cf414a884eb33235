"""Why a test of ``cases.yaml`` cannot go on."""

from __future__ import annotations

from domain.errors import Text


class StopScenario(Exception):
    """The test cannot go on; ``text`` says why."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text
