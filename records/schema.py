"""Every table of the database in one place: importing this module fills `METADATA`."""

from __future__ import annotations

from sqlmodel import SQLModel

from records import (
    acts,
    attachments,
    audit,
    calendars,
    case_tables,
    contacts,
    definitions,
    deputies,
    keys,
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
    staff,
    stock,
    talk,
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
)
METADATA = SQLModel.metadata
"""What migrations must arrive at."""
