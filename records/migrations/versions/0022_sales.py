"""Sales orders, what is promised to them, what left and what came back; what purchasers may owe and have paid"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.triggers import append_only

revision = "0022_sales"
down_revision = "0024_documents"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("shipment", "shipment_line", "customer_payment", "sales_allocation")


def _text(name: str, *, empty: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(), nullable=empty)


def _texts(names: str) -> tuple[sa.Column, ...]:
    return tuple(_text(name) for name in names.split())


def _key(name: str, *, empty: bool = False) -> sa.Column:
    return sa.Column(name, KEY, nullable=empty)


def _json(name: str, *, empty: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=empty)


def _flag(name: str) -> sa.Column:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _to(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target])


def upgrade() -> None:
    _orders()
    _credit()
    _shipments()
    _returns()
    for table in APPEND_ONLY:
        append_only(op.get_bind(), table)


def _orders() -> None:
    op.create_table(
        "sales_order",
        *_texts("company site mode"),
        _key("id"),
        _text("number"),
        _key("purchaser_id"),
        *_texts("ordered_on state effect_key case_id kind contract_no online_order_no delivery_way delivery_address"),
        *_texts("purchaser_contact purchaser_license_no"),
        _text("requested_on", empty=True),
        _flag("is_urgent"),
        *_texts("urgent_reason salesperson"),
        _key("total_fen"),
        _text("ended_on", empty=True),
        _text("end_reason"),
        sa.CheckConstraint("state IN ('open','closed','cancelled')", name="ck_sales_order_state"),
        sa.CheckConstraint("delivery_way IN ('delivery','pickup')", name="ck_sales_order_way"),
        _to("purchaser_id", "partner.id"),
        sa.UniqueConstraint("company", "number", name="uq_sales_order_number"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("uq_sales_order_effect_key", "sales_order", ["effect_key"], unique=True)
    op.create_index("ix_sales_order_purchaser", "sales_order", ["purchaser_id", "state"])
    op.create_index("ix_sales_order_case", "sales_order", ["case_id"])
    op.create_table(
        "sales_order_line",
        _key("order_id"),
        sa.Column("line_no", sa.Integer(), nullable=False),
        _key("product_id"),
        _key("quantity"),
        _json("unit_price"),
        _json("agreed_price", empty=True),
        _text("lot_no"),
        sa.CheckConstraint("quantity > 0", name="ck_sales_order_line_quantity"),
        _to("order_id", "sales_order.id"),
        _to("product_id", "product.id"),
        sa.PrimaryKeyConstraint("order_id", "line_no"),
    )
    op.create_index("ix_sales_order_line_product", "sales_order_line", ["product_id"])
    op.create_table(
        "sales_allocation",
        _key("order_id"),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        *(_key(name) for name in ("lot_id", "location_id", "qty")),
        _text("reservation_key"),
        _to("order_id", "sales_order.id"),
        _to("lot_id", "lot.id"),
        _to("location_id", "location.id"),
        sa.UniqueConstraint("reservation_key", name="uq_sales_allocation_key"),
        sa.PrimaryKeyConstraint("order_id", "seq"),
    )
    op.create_index("ix_sales_allocation_lot", "sales_allocation", ["lot_id"])


def _credit() -> None:
    op.create_table(
        "credit_term",
        _key("partner_id"),
        _key("limit_fen", empty=True),
        sa.Column("payment_days", sa.Integer(), nullable=False),
        _flag("on_hold"),
        *_texts("reason set_by set_at"),
        _to("partner_id", "partner.id"),
        sa.PrimaryKeyConstraint("partner_id"),
    )
    op.create_table(
        "customer_payment",
        *_texts("company site mode"),
        _key("id"),
        _text("effect_key"),
        _key("order_id"),
        _key("amount_fen"),
        *_texts("received_on note case_id recorded_at"),
        _to("order_id", "sales_order.id"),
        sa.UniqueConstraint("effect_key", name="uq_customer_payment_effect_key"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_customer_payment_order", "customer_payment", ["order_id"])


def _shipments() -> None:
    op.create_table(
        "shipment",
        *_texts("company site mode"),
        _key("posting_id"),
        *_texts("number kind effect_key case_id"),
        _key("partner_id", empty=True),
        _key("order_id", empty=True),
        *_texts("shipped_on consignee_name delivery_address consignee_contact purchaser_license_no delivery_way"),
        *_texts("storage_transport_provider online_order_no"),
        _flag("outbound_seal"),
        *_texts("picker reviewer"),
        _json("review"),
        sa.CheckConstraint(
            "kind IN ('sale','purchase_return','transfer','kit','consignment')", name="ck_shipment_kind"
        ),
        _to("posting_id", "posting.id"),
        _to("partner_id", "partner.id"),
        _to("order_id", "sales_order.id"),
        sa.UniqueConstraint("company", "number", name="uq_shipment_number"),
        sa.UniqueConstraint("effect_key", name="uq_shipment_effect_key"),
        sa.PrimaryKeyConstraint("posting_id"),
    )
    op.create_index("ix_shipment_order", "shipment", ["order_id"])
    op.create_index("ix_shipment_partner", "shipment", ["partner_id", "shipped_on"])
    op.create_index("ix_shipment_case", "shipment", ["case_id"])
    op.create_table(
        "shipment_line",
        *_texts("company site mode"),
        _key("posting_id"),
        _text("line_no"),
        _key("reverses_posting_id", empty=True),
        sa.Column("order_line_no", sa.Integer(), nullable=True),
        *(_key(name) for name in ("product_id", "lot_id", "location_id", "quantity")),
        _json("serial_nos"),
        _text("udi"),
        _json("unit_price", empty=True),
        _key("amount_fen", empty=True),
        _json("told"),
        _to("posting_id", "posting.id"),
        _to("product_id", "product.id"),
        _to("lot_id", "lot.id"),
        _to("location_id", "location.id"),
        sa.PrimaryKeyConstraint("posting_id", "line_no"),
    )
    op.create_index("ix_shipment_line_lot", "shipment_line", ["lot_id"])
    op.create_index("ix_shipment_line_product", "shipment_line", ["product_id"])
    op.create_index("ix_shipment_line_reverses", "shipment_line", ["reverses_posting_id"])


def _returns() -> None:
    op.create_table(
        "sales_return",
        *_texts("company site mode"),
        _key("id"),
        _text("number"),
        _key("partner_id"),
        *_texts("effect_key case_id"),
        _key("posting_id", empty=True),
        *_texts("returned_on return_reason"),
        _flag("without_papers"),
        _text("state"),
        _to("partner_id", "partner.id"),
        _to("posting_id", "posting.id"),
        sa.UniqueConstraint("company", "number", name="uq_sales_return_number"),
        sa.UniqueConstraint("effect_key", name="uq_sales_return_effect_key"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_sales_return_partner", "sales_return", ["partner_id", "returned_on"])
    op.create_index("ix_sales_return_case", "sales_return", ["case_id"])
    op.create_table(
        "sales_return_line",
        _key("return_id"),
        _text("line_no"),
        _key("shipment_posting_id"),
        *_texts("shipment_line_no original_outbound_no"),
        *(_key(name) for name in ("product_id", "lot_id", "quantity")),
        _json("serial_nos"),
        _text("udi"),
        _json("unit_price", empty=True),
        _json("told"),
        _json("sold_log", empty=True),
        _text("quality_status"),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        *_texts("inspector inspected_at nonconformity_description disposition"),
        sa.CheckConstraint("quantity > 0", name="ck_sales_return_line_quantity"),
        _to("return_id", "sales_return.id"),
        _to("shipment_posting_id", "shipment.posting_id"),
        _to("product_id", "product.id"),
        _to("lot_id", "lot.id"),
        sa.PrimaryKeyConstraint("return_id", "line_no"),
    )
    op.create_index(
        "ix_sales_return_line_shipped", "sales_return_line", ["shipment_posting_id", "shipment_line_no"]
    )
    op.create_index("ix_sales_return_line_lot", "sales_return_line", ["lot_id"])
