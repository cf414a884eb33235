"""The pure engine: ``(state, event) -> records``; applied records give the new state. No clock, no I/O, no Temporal."""
