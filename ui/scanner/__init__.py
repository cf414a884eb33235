"""The page that tests a scanner: what arrives, and what to change."""
