"""Master data: packs and units, shelf rules, contracts and prices, papers of lots, the history of every row, search"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.search_text import PARTNER, PRODUCT, text_of
from records.triggers import append_only

revision = "0014_master"
down_revision = "0013_waking"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _text(name: str, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(), nullable=null)


def _exact(name: str, null: bool = True) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=null)


def _days(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=True)


def upgrade() -> None:
    _more_columns()
    op.create_table(
        "product_unit",
        sa.Column("product_id", BIG, nullable=False),
        _text("unit"),
        sa.Column("base_qty", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"]),
        sa.CheckConstraint("base_qty > 1", name="ck_product_unit_base_qty"),
        sa.PrimaryKeyConstraint("product_id", "unit"),
    )
    _agreements()
    _history()
    op.create_table(
        "search_text",
        *(_text(name) for name in ("kind", "company", "code")),
        sa.Column("row_id", BIG, nullable=False),
        _text("text"),
        sa.PrimaryKeyConstraint("kind", "company", "code"),
    )
    _fill_search()


def _more_columns() -> None:
    added = {
        "product": (
            _text("transport_condition", True), _exact("humidity_min"), _exact("humidity_max"),
            _days("shelf_life_months"), _days("near_expiry_days"), _days("receive_min_days"), _days("sale_min_days"),
        ),
        "partner": tuple(_text(n, True) for n in ("phone", "legal_representative", "business_scope", "retired_at")),
        "credential": (_text("issued_by", True), _text("issued_on", True)),
    }  # fmt: skip
    for table, columns in added.items():
        for column in columns:
            op.add_column(table, column)


def _agreements() -> None:
    op.create_table(
        "contract",
        sa.Column("id", BIG, nullable=False),
        _text("company"),
        _text("number"),
        sa.Column("partner_id", BIG, nullable=False),
        *(_text(name) for name in ("kind", "title")),
        _text("signed_on", True),
        _text("valid_from"),
        _text("valid_until", True),
        sa.Column("ceiling_fen", BIG, nullable=True),
        _text("file_sha256", True),
        _text("state"),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"]),
        sa.CheckConstraint("kind IN ('PURCHASE','SALE','FRAMEWORK','SERVICE')", name="ck_contract_kind"),
        sa.UniqueConstraint("company", "number", name="uq_contract_number"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_contract_partner", "contract", ["partner_id", "valid_until"])
    op.create_table(
        "price_agreement",
        sa.Column("id", BIG, nullable=False),
        _text("company"),
        sa.Column("partner_id", BIG, nullable=False),
        sa.Column("product_id", BIG, nullable=False),
        sa.Column("contract_id", BIG, nullable=True),
        _text("direction"),
        _exact("unit_price", null=False),
        *(_exact(name) for name in ("discount", "tax_rate", "ceiling_price")),
        sa.Column("min_quantity", BIG, nullable=False),
        _text("valid_from"),
        _text("valid_until", True),
        _text("state"),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"]),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"]),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"]),
        sa.CheckConstraint("direction IN ('BUY','SELL')", name="ck_price_agreement_direction"),
        sa.CheckConstraint("min_quantity > 0", name="ck_price_agreement_min_quantity"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_price_agreement_partner", "price_agreement", ["partner_id", "product_id", "direction"])
    op.create_index("ix_price_agreement_product", "price_agreement", ["product_id", "valid_until"])


def _history() -> None:
    op.create_table(
        "master_version",
        sa.Column("id", BIG, nullable=False),
        *(_text(name) for name in ("company", "subject", "table_name", "row_key")),
        sa.Column("rev", sa.Integer(), nullable=False),
        _text("action"),
        _exact("changed", null=False),
        _exact("body", null=False),
        *(_text(name) for name in ("row_sha", "by", "at", "reason")),
        _text("case_id", True),
        _text("effect_key"),
        sa.UniqueConstraint("table_name", "row_key", "rev", name="uq_master_version"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_master_version_subject", "master_version", ["company", "subject", "id"])
    op.create_index("ix_master_version_case", "master_version", ["case_id"])
    append_only(op.get_bind(), "master_version")


def _fill_search() -> None:
    """What is on file already can be found from now on."""
    connection = op.get_bind()
    others = {
        PRODUCT: ("code", "name_en", "model", "specification", "registration_no", "registrant_name"),
        PARTNER: ("code", "name_en", "uscc"),
    }
    search = sa.table("search_text", *(sa.column(name) for name in ("kind", "company", "code", "row_id", "text")))
    for kind, names in others.items():
        table = sa.table(kind, *(sa.column(name) for name in ("id", "company", "name", *names)))
        rows = [
            {
                "kind": kind, "company": row["company"], "code": row["code"], "row_id": row["id"],
                "text": text_of(row["name"], *(row[name] for name in names)),
            }
            for row in connection.execute(sa.select(table)).mappings()
        ]  # fmt: skip
        op.bulk_insert(search, rows)
