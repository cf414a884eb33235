"""The parts of the page about the national UDI database."""
