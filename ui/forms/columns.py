"""The order of columns: a stored form has its names in the order of the alphabet, hands have another one."""

from __future__ import annotations

from forms.model import Field

#: The names of the glossary in the order in which goods are handled: which line, what it is, which lot, how much, where.
HANDLED = """line_no udi udi_di purchase_order_no product_code product_name model specification registration_no registrant_name
unit lot_no serial_no production_date expiry_date service_life ordered_quantity open_quantity quantity received_quantity
accepted_quantity refused_quantity rejected_quantity excess_quantity rejection_reason receiving_result location_code
quarantine_location storage_condition is_cold_chain transit_temp_log remark""".split()
_PLACE = {name: place for place, name in enumerate(HANDLED)}


def in_hand_order(columns: tuple[Field, ...], row_key: str | None) -> list[Field]:
    """The row key first, then the names of the glossary, then all others in the order they came."""

    def place(one: Field) -> tuple[int, int]:
        return (0, 0) if one.name == row_key else (1, _PLACE.get(one.name, len(HANDLED)))

    return sorted(columns, key=place)
