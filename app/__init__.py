"""Composition root: settings, the supervised process tree of `up`, and the command line."""
