"""The JSON values that travel between rooms. Numbers are ``int`` or ``Decimal``, never a binary float."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

Json: TypeAlias = "None | bool | int | Decimal | str | list[Json] | dict[str, Json]"
JsonObject: TypeAlias = "dict[str, Json]"
