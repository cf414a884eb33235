"""Every table of the database in one place: importing this module fills `METADATA`."""

from __future__ import annotations

from sqlmodel import SQLModel

from records import (
    acts,
    agreements,
    attachments,
    audit,
    calendars,
    case_tables,
    contacts,
    definitions,
    deputies,
    file_effects,
    keys,
    master,
    messages,
    migration_runs,
    orders,
    organisation,
    outbox,
    parties,
    people,
    products,
    repeats,
    schedules,
    search_text,
    staff,
    stock,
    talk,
    vouchers,
    waking,
)

MODULES = (
    organisation,
    people,
    definitions,
    case_tables,
    acts,
    audit,
    attachments,
    keys,
    parties,
    products,
    orders,
    stock,
    repeats,
    outbox,
    contacts,
    staff,
    calendars,
    schedules,
    messages,
    deputies,
    talk,
    migration_runs,
    waking,
    agreements,
    master,
    search_text,
    file_effects,
    vouchers,
)
METADATA = SQLModel.metadata
"""What migrations must arrive at."""
