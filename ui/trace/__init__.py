"""The parts of the tracing page: the picture, its twin the table, the sum, the steps."""
