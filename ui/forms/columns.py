"""The order of columns: a stored form has its names in the order of the alphabet, hands have another one."""

from __future__ import annotations

from forms.model import Field

#: The names of the glossary in the order in which goods are handled: which line, what it is, which lot, how much, where.
HANDLED = """line_no udi udi_di purchase_order_no product_code product_name model specification registration_no registrant_name
unit lot_no serial_no production_date expiry_date service_life ordered_quantity open_quantity quantity received_quantity
accepted_quantity refused_quantity rejected_quantity excess_quantity rejection_reason receiving_result location_code
quarantine_location storage_condition is_cold_chain transit_temp_log remark""".split()
_PLACE = {name: place for place, name in enumerate(HANDLED)}
#: Of rows that are given: what tells them apart, before what is to be entered in them.
TOLD_APART = frozenset("product_name lot_no serial_no location_code quantity picked_quantity return_quantity".split())


def are_given(columns: tuple[Field, ...], row_key: str | None) -> bool:
    """Whether the rows come with the case, so that nobody adds or removes one."""
    return any(one.name == row_key and one.read_only for one in columns)


def in_hand_order(columns: tuple[Field, ...], row_key: str | None) -> list[Field]:
    """The row key first, then the names of the glossary, then all others in the order they came.

    Where the rows are given, what is to be entered stands directly after what tells the rows apart.
    """
    given = are_given(columns, row_key)

    def place(one: Field) -> tuple[int, int]:
        if one.name == row_key:
            return (0, 0)
        group = 3 if not given else 1 if one.name in TOLD_APART and one.read_only else 2 if not one.read_only else 3
        return (group, _PLACE.get(one.name, len(HANDLED)))

    return sorted(columns, key=place)
