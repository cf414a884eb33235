"""Parts of the pages of master data."""
