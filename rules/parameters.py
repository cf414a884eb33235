"""Legal parameters with dates: a number of the law is what it was on the day it is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from domain.errors import GspError
from domain.json_types import Json
from rules.values import read_date

__all__ = ["ParameterError", "ParameterValue", "Parameters", "load_parameters", "value_on"]


class ParameterError(GspError):
    """Parameter data that cannot be used, or a question it does not answer.

    Codes: `parameter_data`, `parameter_unknown`, `parameter_not_yet`.
    """


@dataclass(frozen=True, slots=True)
class ParameterValue:
    """One value of a parameter, valid from `since` until the next one; `source` names the law and the article."""

    since: date
    value: Json
    unit: str
    source: str


@dataclass(frozen=True)
class Parameters:
    """All parameters by name, each with its values in order of date."""

    values: Mapping[str, tuple[ParameterValue, ...]]

    def value_on(self, name: str, day: date) -> ParameterValue:
        """The value in force on `day`. Raises `ParameterError` when the name or the time is unknown."""
        if name not in self.values:
            raise ParameterError(
                "parameter_unknown", f"没有法规参数“{name}”。", f"There is no legal parameter '{name}'."
            )
        in_force = [value for value in self.values[name] if value.since <= day]
        if not in_force:
            first = self.values[name][0].since
            raise ParameterError(
                "parameter_not_yet",
                f"法规参数“{name}”自 {first} 起才有值，{day} 没有。",
                f"The legal parameter '{name}' has values from {first} on, none for {day}.",
            )
        return in_force[-1]

    def all_on(self, day: date) -> dict[str, Json]:
        """Name and value of every parameter in force on `day`, for the pinned set of a case."""
        found: dict[str, Json] = {}
        for name, values in sorted(self.values.items()):
            in_force = [value for value in values if value.since <= day]
            if in_force:
                found[name] = in_force[-1].value
        return found


def value_on(parameters: Parameters, name: str, day: date) -> Json:
    """The bare value in force on `day`."""
    return parameters.value_on(name, day).value


def load_parameters(*documents: object) -> Parameters:
    """Parameters from plain data, one or more documents `{name: [{from, value, unit, source}, …], …}`.

    Raises `ParameterError` naming the first parameter that is wrong: no date, no source, dates that do not rise.
    """
    found: dict[str, tuple[ParameterValue, ...]] = {}
    for document in documents:
        if not isinstance(document, Mapping):
            raise _wrong("", "文件应为“名称: 列表”", "a document maps names to lists")
        for name, entries in cast("Mapping[str, object]", document).items():
            if name in found:
                raise _wrong(name, "名称重复", "the name is given twice")
            found[name] = _values(name, entries)
    return Parameters(found)


def _values(name: str, entries: object) -> tuple[ParameterValue, ...]:
    if not isinstance(entries, Sequence) or isinstance(entries, str) or not entries:
        raise _wrong(name, "应为非空列表", "it needs a list with at least one value")
    found = tuple(_value(name, entry) for entry in entries)
    if any(later.since <= earlier.since for earlier, later in zip(found, found[1:], strict=False)):
        raise _wrong(name, "生效日期应逐条递增", "the dates must rise from value to value")
    return found


def _value(name: str, entry: object) -> ParameterValue:
    plain = cast("Mapping[str, object]", entry) if isinstance(entry, Mapping) else {}
    if set(plain) != {"from", "value", "unit", "source"}:
        raise _wrong(name, "每个值应有 from、value、unit、source", "a value is written from, value, unit, source")
    since = plain["from"] if type(plain["from"]) is date else read_date(str(plain["from"]))
    if not isinstance(since, date):
        raise _wrong(name, "from 应写作 YYYY-MM-DD", "from is written YYYY-MM-DD")
    if isinstance(plain["value"], float) or not str(plain["source"]).strip():
        raise _wrong(name, "value 不能是浮点数，source 不能为空", "value may not be a float, source not empty")
    return ParameterValue(since, cast("Json", plain["value"]), str(plain["unit"] or ""), str(plain["source"]))


def _wrong(name: str, zh: str, en: str) -> ParameterError:
    return ParameterError("parameter_data", f"法规参数“{name}”：{zh}。", f"Legal parameter '{name}': {en}.")
