"""The stock board: zone tiles, location map, expiry ladder, table, and the hold of goods."""
