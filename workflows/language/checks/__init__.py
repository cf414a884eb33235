"""The checks, one file per family. Each takes a ``Subject``, reports all it finds, and never raises on bad input."""
