"""The definition language: text → model, with findings at line and column. Source of meaning: docs/how-it-works.md."""
