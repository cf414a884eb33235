"""Parts of a sentence in both languages: lists of names, clauses behind one another, moments at the site's clock."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from domain import roles
from domain.clock import from_text
from domain.errors import Text

LISTED_MAX = 5
"""So many names are said; of more only how many they are."""
_STOPS = "。.；; "


def listed(words: Sequence[Text]) -> Text:
    """Some names in one phrase."""
    shown, rest = words[:LISTED_MAX], len(words) - LISTED_MAX
    zh, en = "、".join(one.zh for one in shown), ", ".join(one.en for one in shown)
    return Text(f"{zh}等共 {len(words)} 项", f"{en} and {rest} more") if rest > 0 else Text(zh, en)


def either(words: Sequence[Text]) -> Text:
    """Some alternatives in one phrase."""
    return Text("，或".join(one.zh for one in words), ", or ".join(one.en for one in words))


def plain(names: Sequence[str]) -> Text:
    """Keys as they are, in one phrase."""
    return listed([Text(name, name) for name in names])


def quoted(title: Text) -> Text:
    """The title of a step inside a sentence."""
    return Text(f"“{title.zh}”", f"“{title.en}”")


def posts(keys: Sequence[str]) -> Text:
    """Posts in one phrase."""
    return listed([roles.role_text(key) for key in dict.fromkeys(keys)])


def sentence(*clauses: Text | None) -> Text:
    """One sentence of those clauses that there are."""
    told = [one for one in clauses if one is not None]
    return Text("；".join(one.zh.strip(_STOPS) for one in told), "; ".join(one.en.strip(_STOPS) for one in told))


def begun(text: Text) -> Text:
    """The sentence with a capital at its beginning."""
    return Text(text.zh, text.en[:1].upper() + text.en[1:])


def moment(at: str, zone: str) -> str:
    """``2026-11-30 09:00`` at the clock of the site."""
    return f"{from_text(at).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
