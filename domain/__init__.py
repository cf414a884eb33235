"""The words and laws of the trade: pure values, no I/O, standard library and ``cryptography`` only."""
