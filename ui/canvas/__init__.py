"""The drawing of an SOP: an element of our own in plain JavaScript, read only, with the keyboard."""

from ui.canvas.process_canvas import STATES, ProcessCanvas, outline

__all__ = ["STATES", "ProcessCanvas", "outline"]
