"""Processes: the definition language (``language``), the pure engine (``engine``) and the thin Temporal shell around it."""
