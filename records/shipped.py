"""What shipments and returns say of moves: the papers of that day, frozen, under the names of the glossary.

A shipped line holds what the product's file said when it left; registers and documents take it from here before the file
as it stands now. Source: GSP 2023 arts. 84, 88, 92, 107.
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from records.sales import SalesOrder
from records.sales_returns import SalesReturn, SalesReturnLine
from records.shipments import Shipment, ShipmentLine

Facts = dict[tuple[int, str], dict[str, Any]]
"""By posting and line."""


def facts(session: Session, posting_ids: Collection[int]) -> Facts:
    """What is known of the lines of these postings; postings that are neither shipment nor return are not in it."""
    wanted = sorted(posting_ids)
    return {**_shipped(session, wanted), **_returned(session, wanted)}


def _shipped(session: Session, posting_ids: list[int]) -> Facts:
    query = (
        select(Shipment, ShipmentLine, SalesOrder)
        .join(ShipmentLine, col(ShipmentLine.posting_id) == col(Shipment.posting_id))
        .join(SalesOrder, col(SalesOrder.id) == col(Shipment.order_id), isouter=True)
        .where(col(Shipment.posting_id).in_(posting_ids))
    )
    return {(head.posting_id, line.line_no): _line_of(head, line, order) for head, line, order in session.exec(query)}


def _line_of(head: Shipment, line: ShipmentLine, order: SalesOrder | None) -> dict[str, Any]:
    amount = None if line.amount_fen is None else Decimal(line.amount_fen) / 100
    return {
        **line.told,
        "quantity": line.quantity,
        "serial_no": "、".join(str(number) for number in line.serial_nos),
        "udi": line.udi,
        "unit_price": line.unit_price,
        "amount": None if amount is None else amount.quantize(Decimal("0.01")),
        "outbound_order_no": head.number,
        "outbound_date": head.shipped_on,
        "ship_date": head.shipped_on,
        "sale_date": order.ordered_on if order else head.shipped_on,
        "sales_order_no": order.number if order else "",
        "purchaser_name": head.consignee_name,
        "purchaser_contact": head.consignee_contact,
        "consignee_name": head.consignee_name,
        "consignee_contact": head.consignee_contact,
        "delivery_address": head.delivery_address,
        "delivery_way": head.delivery_way,
        "purchaser_license_no": head.purchaser_license_no,
        "storage_transport_provider": head.storage_transport_provider,
        "online_order_no": head.online_order_no,
        "outbound_review_result": _result(head.review),
        "outbound_stop_reason": head.review.get("outbound_stop_reason"),
    }


def _result(review: dict[str, Any]) -> Any:
    """The result of the review: as told, else that all its checks passed, for nothing else leaves (GSP 87)."""
    checks = [value for name, value in review.items() if name.endswith("_check")]
    return review.get("outbound_review_result") or ("pass" if checks and set(checks) == {"pass"} else None)


def _returned(session: Session, posting_ids: list[int]) -> Facts:
    query = (
        select(SalesReturn, SalesReturnLine)
        .join(SalesReturnLine, col(SalesReturnLine.return_id) == col(SalesReturn.id))
        .where(col(SalesReturn.posting_id).in_(posting_ids))
    )
    found: Facts = {}
    for head, line in session.exec(query):
        found[head.posting_id or 0, line.line_no] = {
            **line.told,
            "udi": line.udi,
            "return_date": head.returned_on,
            "return_reason": head.return_reason,
            "original_outbound_no": line.original_outbound_no,
            "return_quality_status": line.quality_status,
            "return_quantity": line.quantity,
            "sold_period_temp_log": line.sold_log,
            "nonconformity_description": line.nonconformity_description,
            "disposition": line.disposition,
        }
    return found
