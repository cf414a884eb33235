"""More kinds of places and moves: consigned goods, kits at a hospital, transit between warehouses, packing in place"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.triggers import append_only

revision = "0017_moves"
down_revision = "0016_qualification"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PLACES = (
    "kind IN ('INTERNAL','DOCK','TRANSIT','SUPPLIER','CUSTOMER','ADJUST','REPACK','DESTROYED','EMPLOYEE_HOLD',"
    "'CONSIGNMENT','KIT_OUT')"
)
CHANGES = (
    "from_location_id <> to_location_id OR from_status <> to_status "
    "OR COALESCE(package_from, '') <> COALESCE(package_to, '')"
)


def upgrade() -> None:
    with op.batch_alter_table("location") as table:
        table.add_column(sa.Column("partner_id", KEY, nullable=True))
        table.add_column(sa.Column("bound_for_id", KEY, nullable=True))
        table.create_foreign_key("fk_location_partner", "partner", ["partner_id"], ["id"])
        table.create_foreign_key("fk_location_bound_for", "warehouse", ["bound_for_id"], ["id"])
        table.drop_constraint("ck_location_kind", type_="check")
        table.create_check_constraint("ck_location_kind", PLACES)
    with op.batch_alter_table("stock_move") as table:
        table.drop_constraint("ck_stock_move_changes", type_="check")
        table.create_check_constraint("ck_stock_move_changes", CHANGES)
    append_only(op.get_bind(), "stock_move")  # SQLite wrote the table anew
