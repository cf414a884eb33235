"""A number for every posting, also for those made before, prints counted, reservations with a state"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from domain.clock import date_in_zone
from records.triggers import append_only

revision = "0018_vouchers"
down_revision = "0017_moves"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DRILLS = {"live": "", "drill": "DRILL-", "sandbox": "TEST-"}
PLACED = ("company", "site", "mode")


def upgrade() -> None:
    vouchers = op.create_table(
        "voucher",
        *(sa.Column(name, sa.String(), nullable=False) for name in PLACED),
        sa.Column("posting_id", KEY, nullable=False),
        sa.Column("warehouse_id", KEY, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["posting_id"], ["posting.id"]),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouse.id"]),
        sa.UniqueConstraint("warehouse_id", "mode", "year", "no", name="uq_voucher_no"),
        sa.UniqueConstraint("company", "number", name="uq_voucher_number"),
        sa.PrimaryKeyConstraint("posting_id"),
    )
    op.create_table(
        "voucher_print",
        *(sa.Column(name, sa.String(), nullable=False) for name in PLACED),
        sa.Column("id", KEY, nullable=False),
        sa.Column("posting_id", KEY, nullable=False),
        sa.Column("copy_no", sa.Integer(), nullable=False),
        sa.Column("printed_at", sa.String(), nullable=False),
        sa.Column("printed_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["posting_id"], ["posting.id"]),
        sa.UniqueConstraint("posting_id", "copy_no", name="uq_voucher_print"),
        sa.PrimaryKeyConstraint("id"),
    )
    _number_what_is_there(vouchers)
    append_only(op.get_bind(), "voucher")
    append_only(op.get_bind(), "voucher_print")
    op.drop_table("reservation")  # nothing has ever been reserved
    _reservations()


def _number_what_is_there(vouchers: sa.Table) -> None:
    connection = op.get_bind()
    query = sa.text(
        "SELECT p.id, p.company, p.site, p.mode, p.recorded_at, p.warehouse_id, w.code, s.zone FROM posting p "
        "JOIN warehouse w ON w.id = p.warehouse_id LEFT JOIN site s ON s.key = w.site ORDER BY p.id"
    )
    last: dict[tuple[int, str, int], int] = {}
    rows = []
    for posting in connection.execute(query):
        year = date_in_zone(posting.recorded_at, posting.zone or "Asia/Shanghai").year
        series = (posting.warehouse_id, posting.mode, year)
        last[series] = no = last.get(series, 0) + 1
        rows.append(
            {
                **{name: getattr(posting, name) for name in PLACED},
                "posting_id": posting.id,
                "warehouse_id": posting.warehouse_id,
                "year": year,
                "no": no,
                "number": f"{posting.code}-{year}-{DRILLS[posting.mode]}{no:06d}",
            }
        )
    if rows:
        connection.execute(sa.insert(vouchers), rows)


def _reservations() -> None:
    op.create_table(
        "reservation",
        *(sa.Column(name, sa.String(), nullable=False) for name in PLACED),
        sa.Column("id", KEY, nullable=False),
        sa.Column("effect_key", sa.String(), nullable=False),
        sa.Column("task_id", sa.String(), nullable=False),
        sa.Column("lot_id", KEY, nullable=False),
        sa.Column("location_id", KEY, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("qty", KEY, nullable=False),
        sa.Column("consumed", KEY, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("made_at", sa.String(), nullable=False),
        sa.Column("expires_at", sa.String(), nullable=False),
        sa.Column("closed_at", sa.String(), nullable=True),
        sa.CheckConstraint("qty > 0 AND consumed >= 0 AND consumed <= qty", name="ck_reservation_qty"),
        sa.CheckConstraint("state IN ('open','consumed','released','expired','broken')", name="ck_reservation_state"),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"]),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"]),
        sa.UniqueConstraint("effect_key"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_reservation_key", "reservation", ["lot_id", "location_id", "status", "owner"])
    op.create_index("ix_reservation_task", "reservation", ["task_id"])
    op.create_index("ix_reservation_end", "reservation", ["state", "expires_at"])
