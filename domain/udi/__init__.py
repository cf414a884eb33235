"""Unique device identification: codes of every issuer accepted in China or met on imported goods, read strictly.

Nothing is guessed: what does not follow its standard is refused with the place where it stops doing so.
``building`` makes GS1 codes of fields, by the same table.
"""

from domain.udi.building import UnbuildableError
from domain.udi.code import Code, Element, UdiFault, Warned
from domain.udi.reading import read

__all__ = ["Code", "Element", "UdiFault", "UnbuildableError", "Warned", "read"]
