"""Forms on a page: ``FormView`` draws any form of the dialect, for filling in or for reading. It knows no process."""

from ui.forms.view import FormContext, FormView

__all__ = ["FormContext", "FormView"]
