"""The demo company: data files, and the loader that puts them to work. Never loaded with real data."""
