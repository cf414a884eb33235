"""EPCIS 2.0: what happened to goods, written as the events that any partner's system can read (ISO/IEC 19987)."""
