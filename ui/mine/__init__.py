"""A person's own page: where word reaches them outside the screen, and when."""
