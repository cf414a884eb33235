"""Decision tables: `load_table` (data to table), `evaluate_table` (what it says), `check_table` (is it sound)."""

from rules.table_check import TableFinding, check_table
from rules.table_model import (
    DecisionTable,
    TableDecision,
    TableError,
    TableInput,
    TableRule,
    evaluate_table,
    load_table,
)

__all__ = [
    "DecisionTable",
    "TableDecision",
    "TableError",
    "TableFinding",
    "TableInput",
    "TableRule",
    "check_table",
    "evaluate_table",
    "load_table",
]
