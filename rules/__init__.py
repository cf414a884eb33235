"""Expressions, decision tables, text templates and dated legal parameters: pure, no clock, no I/O."""
