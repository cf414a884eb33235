"""What the files say about a delivery: reads only, so that nobody types what is known."""

from __future__ import annotations

from sqlmodel import Session, col, select

from activities.context import ActivityContext, BusinessError, Call
from domain.canonical import normalize
from domain.errors import Text
from domain.json_types import JsonObject
from records import orders, parties, products
from records.parties import Partner
from records.products import Product, ProductDi


def expected_lines(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`orders.expected_lines`: the supplier's file and the lines of the named orders, with what is still to
    come."""
    call = Call.from_json(envelope)
    with ctx.database.read() as session:
        partner = _supplier(session, call)
        listed = call.input.get("purchase_orders")
        numbers = (
            [str(o["purchase_order_no"]) for o in listed if isinstance(o, dict)] if isinstance(listed, list) else []
        )
        found = orders.by_numbers(session, numbers, call.company)
        lines: list[JsonObject] = []
        for number in dict.fromkeys(numbers):
            order = found.get(number)
            if order is not None and order.id is not None and order.supplier_id == partner.id:
                lines += _order_lines(session, number, order.id, call.mode)
    return {**_supplier_file(partner), "expected_lines": list(lines)}


def line_facts(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`orders.line_facts`: what product file, order and supplier file say about one line; unknown parts are
    left out."""
    call = Call.from_json(envelope)
    with ctx.database.read() as session:
        product = products.by_code(session, str(call.input["product_code"]), call.company)
        number = str(call.input["purchase_order_no"])
        order = orders.by_numbers(session, [number], call.company).get(number)
        partner = parties.by_code(session, str(call.input["supplier_code"]), call.company)
        if product is None:
            raise BusinessError(
                "unknown_product",
                Text(
                    f"产品 {call.input['product_code']} 没有档案。请质量管理人员核对。",
                    f"There is no file for product {call.input['product_code']}. Quality staff must look into it.",
                ),
            )
        values = _product_file(session, product)
        values["purchase_date"] = order.ordered_on if order else None
        values |= _supplier_file(partner) if partner else {}
    return {key: normalize(value) for key, value in values.items() if value is not None and value != ""}


def _supplier(session: Session, call: Call) -> Partner:
    code = str(call.input["supplier_code"])
    partner = parties.by_code(session, code, call.company)
    if partner is None or partner.kind not in ("SUPPLIER", "MAKER"):
        raise BusinessError(
            "unknown_supplier",
            Text(f"供货者 {code} 没有档案。", f"Supplier {code} is not on file."),
            {"supplier_code": code},
        )
    return partner


def _supplier_file(partner: Partner) -> JsonObject:
    return {
        "supplier_name": partner.name,
        "supplier_address": partner.address,
        "supplier_contact": partner.contact,
    }


def _order_lines(session: Session, number: str, order_id: int, mode: str) -> list[JsonObject]:
    ordered: dict[int, int] = {}
    for line in orders.lines(session, order_id):
        ordered[line.product_id] = ordered.get(line.product_id, 0) + line.quantity
    left = orders.remaining(session, order_id, mode)
    rows: list[JsonObject] = []
    for product_id, quantity in ordered.items():
        product = session.get(Product, product_id)
        assert product is not None
        rows.append(
            {
                "purchase_order_no": number,
                "product_code": product.code,
                "product_name": product.name,
                "model": product.model,
                "specification": product.specification,
                "registration_no": product.registration_no,
                "unit": product.unit,
                "ordered_quantity": quantity,
                "open_quantity": max(left[product_id], 0),
                "is_cold_chain": product.is_cold_chain,
                "storage_condition": product.storage_condition,
            }
        )
    return rows


def _product_file(session: Session, product: Product) -> JsonObject:
    first_di = select(ProductDi.di).where(ProductDi.product_id == product.id).order_by(col(ProductDi.level))
    return {
        "product_id": str(product.id),
        "udi_di": session.exec(first_di).first(),
        "device_class": product.device_class,
        "registrant_name": product.registrant_name,
        "contract_manufacturer_name": product.contract_manufacturer_name,
        "production_license_no": product.production_license_no,
        "registration_valid_until": product.registration_valid_until,
        "storage_condition": product.storage_condition,
        "service_life": product.service_life,
        "temp_min": product.temp_min,
        "temp_max": product.temp_max,
        "is_cold_chain": product.is_cold_chain,
        "is_implant": product.is_implant,
        "is_ivd": product.is_ivd,
        "is_sterile": product.is_sterile,
    }
