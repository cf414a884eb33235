"""The process owner's room: what its pages show and keep. `ui/pages/studio*.py` only declare the addresses."""
