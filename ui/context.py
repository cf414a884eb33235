"""What the pages get from the composition root: the office, the session lookup, and facts about this installation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ui.texts import Lang


@dataclass(frozen=True)
class Site:
    """A place a person works at; `name` in both languages."""

    id: str
    name: dict[str, str]


@dataclass(frozen=True)
class Account:
    """The signed-in person as pages show him or her.

    `actor` is what `services` functions take as their caller; pages hand it on and never look inside.
    `roles` are role keys (`domain.roles.ROLES`), `number` the staff number, `lang` the stored setting; `name_en` is
    shown on English pages.
    """

    id: str
    name: str
    roles: tuple[str, ...]
    sites: tuple[Site, ...] = ()
    number: str = ""
    lang: Lang | None = None
    actor: object = None
    name_en: str = ""

    def name_in(self, lang: Lang) -> str:
        """The name as written in the language of the page."""
        return self.name_en if lang == "en" and self.name_en else self.name


@dataclass(frozen=True)
class DemoAccount:
    """A row of the demo panel of the login page."""

    username: str
    name: str
    post: dict[str, str]
    sees: dict[str, str]


@dataclass(frozen=True)
class SignIn:
    """What the login form sent; `method` is `password` (username, password) or `badge` (badge, pin).

    `device` is the token of a registered shared tablet, `source` the address it came from.
    """

    method: str
    name: str
    secret: str = field(repr=False)
    device: str = field(default="", repr=False)
    source: str = ""


@dataclass(frozen=True)
class SignInAnswer:
    """A session token, or why not: `code` is `wrong` or `locked` (then `until` as `HH:MM`, server's zone)."""

    token: str = field(default="", repr=False)
    code: str = ""
    until: str = ""


#: Finds the account of a session token; None when the session is over, locked or unknown.
AccountOf = Callable[[str], Awaitable[Account | None]]


async def _nobody(_token: str) -> str | None:
    """No session waits behind a lock."""
    return None


async def _keeps_nothing(_account: Account, _lang: Lang) -> None:
    """The language is kept by the browser only."""


@dataclass
class UiContext:
    """Everything pages need that is not in the request. Made once, at wiring.

    `locked_name` finds the username of a session that waits behind its idle lock, `keep_language` stores a person's
    choice. `paths` collects the addresses that have a page, so that the rail never shows a dead button, `titles` their text keys.
    """

    office: object
    account_of: AccountOf
    sign_in: Callable[[SignIn], Awaitable[SignInAnswer]]
    sign_out: Callable[[str], Awaitable[None]]
    locked_name: Callable[[str], Awaitable[str | None]] = _nobody
    keep_language: Callable[[Account, Lang], Awaitable[None]] = _keeps_nothing
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC).astimezone())
    company: dict[str, str] = field(default_factory=lambda: {"zh": "", "en": ""})
    sites: Sequence[Site] = ()
    demo_accounts: Sequence[DemoAccount] = ()
    version: str = ""
    paths: set[str] = field(default_factory=set)
    titles: dict[str, str] = field(default_factory=dict)

    def server_time(self, zone: str | None = None) -> str:
        """The server's time to the minute with its offset, e.g. `2026-12-08 08:58 UTC+8`, at an IANA zone if given."""
        now = self.now().astimezone(ZoneInfo(zone)) if zone else self.now()
        offset = int((now.utcoffset() or timedelta()).total_seconds()) // 3600
        return f"{now:%Y-%m-%d %H:%M} UTC{offset:+d}"
