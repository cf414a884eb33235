"""Alembic's scripts: one revision a file, run by `records.migrate`."""
