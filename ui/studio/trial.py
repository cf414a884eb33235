"""The trial tab: what the SOP on the bench would do, before it does it. Nothing real is touched here."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from domain.errors import RefusedError
from services.play import Game
from ui.components.panels import note
from ui.elements import Text, attrs, box, icon
from ui.guard import acting
from ui.studio import trial_backtest, trial_forecast, trial_play, trial_tests

if TYPE_CHECKING:
    from ui.studio.bench import Bench

MODES = {
    "tests": trial_tests.draw,
    "play": trial_play.draw,
    "forecast": trial_forecast.draw,
    "backtest": trial_backtest.draw,
}
MODE_ICONS = {"tests": "rule", "play": "play", "forecast": "reports", "backtest": "replay"}


class Trial:
    """What was tried on this bench: it stays while other tabs are looked at."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.mode = "tests"
        self.last = 50
        self.backtest: Any = None
        self.routes: Any = None
        self.game: Game | None = None
        self.game_of: dict[str, str] = {}
        """The texts of which the game was made."""
        self.task: tuple[str, str] | None = None
        """The task in hand: path and seat."""
        self.wish: Any = None
        self.forecast: Any = None

    async def draw(self) -> None:
        """The choice of what to try, then that."""
        bench = self.bench
        with box("trial"):
            with box("trialbar"), attrs(box("seg"), role="group", aria_label=bench.t("trial.modes")):
                for mode in MODES:
                    choice = attrs(
                        box(tag="button"),
                        type="button",
                        aria_pressed=str(mode == self.mode).lower(),
                        data_testid=f"trial.{mode}",
                    )
                    with choice:
                        icon(MODE_ICONS[mode], "s")
                        Text("span", bench.t(f"trial.mode.{mode}"))
                    choice.on("click", acting(partial(self.go, mode)), js_handler="() => emit()")
            try:
                await MODES[self.mode](self)
            except RefusedError as error:
                with box("trialpad"):
                    note(error.refusal.message.said_in(bench.viewer.lang), tone="red", icon_of="refused")

    async def go(self, mode: str) -> None:
        """Try another way."""
        self.mode = mode
        await self.bench.draw_tab()


async def draw(bench: Bench) -> None:
    """Draw the tab; what was tried before on this page is still there."""
    if bench.trial is None:
        bench.trial = Trial(bench)
    await bench.trial.draw()
