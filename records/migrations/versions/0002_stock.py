"""Stock: partners, products, orders, places, and the ledger"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.triggers import append_only

revision = "0002_stock"
down_revision = "0001_core"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("posting", "stock_move", "move_serial", "lot_link", "order_receipt", "tombstone")
VIRTUAL_PLACES = ("SUPPLIER", "CUSTOMER", "ADJUST", "REPACK", "DESTROYED", "EMPLOYEE_HOLD")


def upgrade() -> None:
    op.create_table(
        "partner",
        sa.Column("id", KEY, nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("uscc", sa.String(), nullable=False),
        sa.Column("supplier_type", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("internal_company", sa.String(), nullable=True),
        sa.CheckConstraint("kind IN ('SUPPLIER','CUSTOMER','MAKER','CARRIER')", name="ck_partner_kind"),
        sa.UniqueConstraint("company", "code", name="uq_partner_code"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_partner_uscc", "partner", ["uscc"])

    op.create_table(
        "credential",
        sa.Column("id", KEY, nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("owner_type", sa.String(), nullable=False),
        sa.Column("owner_id", KEY, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("valid_from", sa.String(), nullable=True),
        sa.Column("valid_until", sa.String(), nullable=True),
        sa.Column("file_sha256", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_credential_end", "credential", ["valid_until"])
    op.create_index("ix_credential_owner", "credential", ["owner_type", "owner_id", "kind"])

    op.create_table(
        "credential_scope",
        sa.Column("credential_id", KEY, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["credential_id"], ["credential.id"]),
        sa.PrimaryKeyConstraint("credential_id", "kind", "value"),
    )

    op.create_table(
        "qualification",
        sa.Column("id", KEY, nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("subject_type", sa.String(), nullable=False),
        sa.Column("subject_id", KEY, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("valid_from", sa.String(), nullable=True),
        sa.Column("valid_until", sa.String(), nullable=True),
        sa.Column("decided_at", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=True),
        sa.Column("signature_seq", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_qualification_subject", "qualification", ["subject_type", "subject_id"])

    op.create_table(
        "product",
        sa.Column("id", KEY, nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("specification", sa.String(), nullable=False),
        sa.Column("device_class", sa.String(), nullable=False),
        sa.Column("classification_code", sa.String(), nullable=False),
        sa.Column("registration_no", sa.String(), nullable=False),
        sa.Column("registration_valid_from", sa.String(), nullable=True),
        sa.Column("registration_valid_until", sa.String(), nullable=True),
        sa.Column("registrant_name", sa.String(), nullable=False),
        sa.Column("contract_manufacturer_name", sa.String(), nullable=False),
        sa.Column("production_license_no", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("tracking", sa.String(), nullable=False),
        sa.Column("shelf_rule", sa.String(), nullable=False),
        sa.Column("service_life", sa.String(), nullable=False),
        sa.Column("storage_condition", sa.String(), nullable=False),
        sa.Column("temp_min", sa.Text(), nullable=True),
        sa.Column("temp_max", sa.Text(), nullable=True),
        sa.Column("is_cold_chain", sa.Boolean(), nullable=False),
        sa.Column("is_ivd", sa.Boolean(), nullable=False),
        sa.Column("is_implant", sa.Boolean(), nullable=False),
        sa.Column("is_sterile", sa.Boolean(), nullable=False),
        sa.Column("udi_required", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("approved_at", sa.String(), nullable=True),
        sa.CheckConstraint("status IN ('DRAFT','APPROVED','STOPPED')", name="ck_product_status"),
        sa.CheckConstraint("tracking IN ('NONE','LOT','SERIAL','LOT_SERIAL')", name="ck_product_tracking"),
        sa.UniqueConstraint("company", "code", name="uq_product_code"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_product_registration", "product", ["registration_no"])

    op.create_table(
        "product_di",
        sa.Column("di", sa.String(), nullable=False),
        sa.Column("product_id", KEY, nullable=False),
        sa.Column("issuing_agency", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("contains_di", sa.String(), nullable=True),
        sa.Column("contains_qty", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"]),
        sa.PrimaryKeyConstraint("di"),
    )
    op.create_index("ix_product_di_product", "product_di", ["product_id"])

    op.create_table(
        "warehouse",
        sa.Column("id", KEY, nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("retired_at", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["site"], ["site.key"]),
        sa.UniqueConstraint("company", "code", name="uq_warehouse_code"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_warehouse_site", "warehouse", ["site"])

    op.create_table(
        "location",
        sa.Column("id", KEY, nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("warehouse_id", KEY, nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=True),
        sa.Column("temp_min", sa.Text(), nullable=True),
        sa.Column("temp_max", sa.Text(), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("retired_at", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouse.id"]),
        sa.CheckConstraint(
            "kind IN ('INTERNAL','DOCK','TRANSIT','SUPPLIER','CUSTOMER','ADJUST','REPACK','DESTROYED','EMPLOYEE_HOLD')",
            name="ck_location_kind",
        ),
        sa.CheckConstraint(
            "zone IS NULL OR zone IN ('pending','qualified','dispatch','returns','rejected')", name="ck_location_zone"
        ),
        sa.UniqueConstraint("company", "code", name="uq_location_code"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_location_warehouse", "location", ["warehouse_id", "zone"])

    op.create_table(
        "lot",
        sa.Column("id", KEY, nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("product_id", KEY, nullable=False),
        sa.Column("lot_no", sa.String(), nullable=False),
        sa.Column("expiry", sa.String(), nullable=False),
        sa.Column("made_on", sa.String(), nullable=True),
        sa.Column("sterile_lot", sa.String(), nullable=True),
        sa.Column("first_effect_key", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"]),
        sa.UniqueConstraint("company", "mode", "product_id", "lot_no", "expiry", name="uq_lot"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_lot_no", "lot", ["lot_no"])
    op.create_index("ix_lot_product", "lot", ["product_id", "expiry"])

    op.create_table(
        "serial",
        sa.Column("id", KEY, nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("product_id", KEY, nullable=False),
        sa.Column("lot_id", KEY, nullable=False),
        sa.Column("serial_no", sa.String(), nullable=False),
        sa.Column("udi", sa.String(), nullable=True),
        sa.Column("current_location_id", KEY, nullable=False),
        sa.Column("current_status", sa.String(), nullable=False),
        sa.Column("current_move_id", KEY, nullable=True),
        sa.ForeignKeyConstraint(["current_location_id"], ["location.id"]),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"]),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"]),
        sa.UniqueConstraint("company", "mode", "product_id", "serial_no", name="uq_serial"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_serial_lot", "serial", ["lot_id"])
    op.create_index("ix_serial_no", "serial", ["serial_no"])

    op.create_table(
        "posting",
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("effect_key", sa.String(), nullable=False),
        sa.Column("request_sha", sa.String(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("warehouse_id", KEY, nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("document_type", sa.String(), nullable=False),
        sa.Column("document_id", sa.String(), nullable=False),
        sa.Column("business_at", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouse.id"]),
        sa.UniqueConstraint("effect_key", name="uq_posting_effect_key"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_posting_case", "posting", ["case_id"])
    op.create_index("ix_posting_warehouse", "posting", ["warehouse_id", "id"])

    op.create_table(
        "stock_move",
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("posting_id", KEY, nullable=False),
        sa.Column("line_no", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("business_at", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.String(), nullable=False),
        sa.Column("product_id", KEY, nullable=False),
        sa.Column("lot_id", KEY, nullable=False),
        sa.Column("from_location_id", KEY, nullable=False),
        sa.Column("to_location_id", KEY, nullable=False),
        sa.Column("from_status", sa.String(), nullable=False),
        sa.Column("to_status", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("package_from", sa.String(), nullable=True),
        sa.Column("package_to", sa.String(), nullable=True),
        sa.Column("partner_id", KEY, nullable=True),
        sa.Column("qty", KEY, nullable=False),
        sa.Column("unit_cost", sa.Integer(), nullable=True),
        sa.Column("reverses_move_id", KEY, nullable=True),
        sa.ForeignKeyConstraint(["from_location_id"], ["location.id"]),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"]),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"]),
        sa.ForeignKeyConstraint(["posting_id"], ["posting.id"]),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"]),
        sa.ForeignKeyConstraint(["reverses_move_id"], ["stock_move.id"]),
        sa.ForeignKeyConstraint(["to_location_id"], ["location.id"]),
        sa.CheckConstraint(
            "from_location_id <> to_location_id OR from_status <> to_status", name="ck_stock_move_changes"
        ),
        sa.CheckConstraint(
            "from_status IN ('PENDING','QUALIFIED','REJECTED','HOLD','RECALLED','RETURN_PENDING')",
            name="ck_stock_move_from_status",
        ),
        sa.CheckConstraint("qty > 0", name="ck_stock_move_qty"),
        sa.CheckConstraint(
            "to_status IN ('PENDING','QUALIFIED','REJECTED','HOLD','RECALLED','RETURN_PENDING')",
            name="ck_stock_move_to_status",
        ),
        sa.UniqueConstraint("reverses_move_id", name="uq_stock_move_reverses"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_stock_move_lot", "stock_move", ["lot_id", "business_at", "id"])
    op.create_index("ix_stock_move_posting", "stock_move", ["posting_id"])
    op.create_index("ix_stock_move_product", "stock_move", ["product_id", "business_at"])

    op.create_table(
        "move_serial",
        sa.Column("serial_id", KEY, nullable=False),
        sa.Column("move_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["move_id"], ["stock_move.id"]),
        sa.ForeignKeyConstraint(["serial_id"], ["serial.id"]),
        sa.PrimaryKeyConstraint("serial_id", "move_id"),
    )
    op.create_index("ix_move_serial_move", "move_serial", ["move_id"])

    op.create_table(
        "lot_link",
        sa.Column("parent_lot_id", KEY, nullable=False),
        sa.Column("child_lot_id", KEY, nullable=False),
        sa.Column("posting_id", KEY, nullable=False),
        sa.Column("qty_parent", KEY, nullable=False),
        sa.Column("qty_child", KEY, nullable=False),
        sa.ForeignKeyConstraint(["child_lot_id"], ["lot.id"]),
        sa.ForeignKeyConstraint(["parent_lot_id"], ["lot.id"]),
        sa.ForeignKeyConstraint(["posting_id"], ["posting.id"]),
        sa.PrimaryKeyConstraint("parent_lot_id", "child_lot_id", "posting_id"),
    )
    op.create_index("ix_lot_link_child", "lot_link", ["child_lot_id", "parent_lot_id"])

    op.create_table(
        "stock_balance",
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("lot_id", KEY, nullable=False),
        sa.Column("location_id", KEY, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("product_id", KEY, nullable=False),
        sa.Column("warehouse_id", KEY, nullable=True),
        sa.Column("expiry", sa.String(), nullable=False),
        sa.Column("is_virtual", sa.Boolean(), nullable=False),
        sa.Column("qty", KEY, nullable=False),
        sa.Column("reserved", KEY, nullable=False),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"]),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"]),
        sa.CheckConstraint(
            "is_virtual OR (qty >= 0 AND reserved >= 0 AND reserved <= qty)", name="ck_stock_balance_qty"
        ),
        sa.PrimaryKeyConstraint("lot_id", "location_id", "status", "owner"),
    )
    op.create_index(
        "ix_stock_balance_expiry", "stock_balance", ["warehouse_id", "expiry", "product_id", "lot_id", "qty"]
    )
    op.create_index("ix_stock_balance_location", "stock_balance", ["location_id"])
    op.create_index("ix_stock_balance_product", "stock_balance", ["product_id"])

    op.create_table(
        "reservation",
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("effect_key", sa.String(), nullable=False),
        sa.Column("task_id", sa.String(), nullable=False),
        sa.Column("lot_id", KEY, nullable=False),
        sa.Column("location_id", KEY, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("qty", KEY, nullable=False),
        sa.Column("expires_at", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"]),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"]),
        sa.UniqueConstraint("effect_key"),
        sa.CheckConstraint("qty > 0", name="ck_reservation_qty"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_reservation_key", "reservation", ["lot_id", "location_id", "status", "owner"])

    op.create_table(
        "tombstone",
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("effect_key", sa.String(), nullable=False),
        sa.Column("undo_key", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("effect_key"),
    )

    op.create_table(
        "purchase_order",
        sa.Column("id", KEY, nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("supplier_id", KEY, nullable=False),
        sa.Column("ordered_on", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["supplier_id"], ["partner.id"]),
        sa.UniqueConstraint("company", "number", name="uq_purchase_order_number"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_purchase_order_supplier", "purchase_order", ["supplier_id", "state"])

    op.create_table(
        "purchase_order_line",
        sa.Column("order_id", KEY, nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("product_id", KEY, nullable=False),
        sa.Column("quantity", KEY, nullable=False),
        sa.Column("unit_price", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["purchase_order.id"]),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"]),
        sa.CheckConstraint("quantity > 0", name="ck_purchase_order_line_quantity"),
        sa.PrimaryKeyConstraint("order_id", "line_no"),
    )

    op.create_table(
        "order_receipt",
        sa.Column("posting_id", KEY, nullable=False),
        sa.Column("line_no", sa.String(), nullable=False),
        sa.Column("order_id", KEY, nullable=False),
        sa.Column("product_id", KEY, nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("quantity", KEY, nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["purchase_order.id"]),
        sa.ForeignKeyConstraint(["posting_id"], ["posting.id"]),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"]),
        sa.PrimaryKeyConstraint("posting_id", "line_no"),
    )
    op.create_index("ix_order_receipt_order", "order_receipt", ["order_id", "product_id"])
    # Consignees of a lot are read from the index alone; only moves with a partner are in it.
    op.create_index(
        "ix_stock_move_partner",
        "stock_move",
        ["lot_id", "partner_id", "kind", "qty", "business_at"],
        sqlite_where=sa.text("partner_id IS NOT NULL"),
        postgresql_where=sa.text("partner_id IS NOT NULL"),
    )
    for table in APPEND_ONLY:
        append_only(op.get_bind(), table)
    locations = sa.table("location", *(sa.column(name) for name in ("company", "code", "name", "name_en", "kind")))
    rows = [{"company": "main", "code": f"~{kind}", "name": "", "name_en": "", "kind": kind} for kind in VIRTUAL_PLACES]
    op.bulk_insert(locations, rows)
