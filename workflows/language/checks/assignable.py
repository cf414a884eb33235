"""Whether a value of one type may be stored where another is expected."""

from __future__ import annotations

from rules.types import (
    Date,
    DateTime,
    Dyn,
    Integer,
    List,
    MapOf,
    Null,
    Number,
    Record,
    Text,
    Type,
    options,
)


def assignable(source: Type, target: Type) -> bool:
    """Whether every value of ``source`` has the kind that ``target`` asks for. What is not known is let pass; dates
    and texts are the same in JSON; fields that may be absent and extra fields are left to the validator in the act.
    """
    wanted = options(target)
    return any(isinstance(option, Dyn) for option in wanted) or all(
        isinstance(given, (Dyn, Null)) or any(_fits(given, option) for option in wanted) for given in options(source)
    )


def _fits(given: Type, wanted: Type) -> bool:
    if isinstance(wanted, Number):
        return isinstance(given, (Number, Integer))
    if isinstance(wanted, Text):
        return isinstance(given, (Date, DateTime)) or (isinstance(given, Text) and _values_fit(given, wanted))
    if isinstance(wanted, (Date, DateTime)):
        return isinstance(given, (type(wanted), Text))
    if isinstance(wanted, List):
        return isinstance(given, List) and assignable(given.item, wanted.item)
    if isinstance(wanted, MapOf):
        return isinstance(given, (MapOf, Record))
    if isinstance(wanted, Record):
        return isinstance(given, MapOf) or (isinstance(given, Record) and _record_fits(given, wanted))
    return type(given) is type(wanted)


def _values_fit(given: Text, wanted: Text) -> bool:
    return given.values is None or wanted.values is None or set(given.values) <= set(wanted.values)


def _record_fits(given: Record, wanted: Record) -> bool:
    for name, field in wanted.fields.items():
        there = given.fields.get(name)
        if there is None:
            if not field.optional:
                return False
        elif not assignable(there.type, field.type):
            return False
    return True
