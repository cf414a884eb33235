"""The seats of a step: one for each entry of ``by``, one for each holder where it says ``everyone(role)``."""

from __future__ import annotations

import re
from typing import Any

from domain.json_types import JsonObject
from workflows.language.model import Step

_EVERYONE = re.compile(r"everyone\(([a-z_]+)\)")
Holders = dict[str, list[Any]]
"""Role → the people ``{id, name, name_en}`` who hold it, as an activity found them."""


def everyone_of(entry: str) -> str | None:
    """The role in ``everyone(role)``; ``None`` for a plain role."""
    found = _EVERYONE.fullmatch(entry)
    return found.group(1) if found else None


def roles_to_resolve(step: Step) -> list[str]:
    """The roles whose holders must be known before the step can open."""
    return [role for entry in step.roles if (role := everyone_of(entry))]


def of_step(step: Step, holders: Holders, prefix: str = "s") -> list[JsonObject]:
    """The seats of a step in the order of ``by``. With nobody behind an ``everyone`` there is no seat for it."""
    found: list[JsonObject] = []
    for entry in step.roles:
        role = everyone_of(entry)
        if role is None:
            found.append({"key": f"{prefix}{len(found) + 1}", "roles": [entry]})
            continue
        for person in holders.get(role, ()):
            found.append({"key": f"{prefix}{len(found) + 1}", "roles": [role], "person": person["id"]})
    return found
