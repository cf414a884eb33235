"""One function for each thing that a person or a system may ask for: the only door for ``ui`` and ``api``."""
