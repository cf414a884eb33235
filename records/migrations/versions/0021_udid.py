"""The national UDI database as taken in: imports, rows that came back, versions of records, devices and packs"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.triggers import append_only

revision = "0021_udid"
down_revision = "0020_holds"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "udid_import",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", KEY, nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("started_at", sa.String(), nullable=False),
        sa.Column("progress_at", sa.String(), nullable=False),
        sa.Column("finished_at", sa.String(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_udid_import_started", "udid_import", ["started_at"])
    op.create_table(
        "udid_fault",
        sa.Column("import_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("record_key", sa.String(), nullable=False),
        sa.Column("di", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("zh", sa.String(), nullable=False),
        sa.Column("en", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["udid_import.id"]),
        sa.PrimaryKeyConstraint("import_id", "number"),
    )
    op.create_table(
        "udid_version",
        sa.Column("id", KEY, nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("record_key", sa.String(), nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.Column("correction_number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("import_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["udid_import.id"]),
        sa.UniqueConstraint("company", "record_key", "version_number", "sha256", name="uq_udid_version"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "udid_device",
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("record_key", sa.String(), nullable=False),
        sa.Column("di", sa.String(), nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.Column("correction_number", sa.Integer(), nullable=False),
        sa.Column("version_id", KEY, nullable=False),
        sa.Column("registration_no", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["udid_version.id"]),
        sa.PrimaryKeyConstraint("company", "record_key"),
    )
    op.create_index("ix_udid_device_di", "udid_device", ["di"])
    op.create_index("ix_udid_device_registration", "udid_device", ["registration_no"])
    op.create_table(
        "udid_pack",
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("di", sa.String(), nullable=False),
        sa.Column("record_key", sa.String(), nullable=False),
        sa.Column("contains_di", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("company", "di", "record_key", "contains_di"),
    )
    op.create_index("ix_udid_pack_record", "udid_pack", ["company", "record_key"])
    append_only(op.get_bind(), "udid_version")
