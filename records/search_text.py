"""What products and partners are found by: code, names, numbers, pinyin and initials, in one narrow table.

The text is made when a row is written. A search is `LIKE` on this ordinary table: SQLite's trigram index finds no
two-character Chinese words. Source: https://sqlite.org/fts5.html#the_trigram_tokenizer, and measured.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, event
from sqlmodel import Field, SQLModel, col

from records.base import COMPANY, BigKey, Stored, Upsert
from records.parties import Partner
from records.products import Product

PRODUCT, PARTNER = "product", "partner"


class SearchText(Stored, table=True):
    """The text of one product or partner: as it is written, in pinyin, and the first letters of it."""

    kind: str = Field(primary_key=True)
    company: str = Field(default=COMPANY, primary_key=True)
    code: str = Field(primary_key=True)
    row_id: int = Field(sa_type=BigKey)  # type: ignore[call-overload]
    text: str


def folded(text: str) -> str:
    """Text as it is compared: full-width letters and digits as ordinary ones, without capitals and outer blanks."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


@lru_cache(maxsize=20_000)
def spelled(text: str) -> tuple[str, str]:
    """The pinyin of a name and its initials: 重庆 → `chongqing`, `cq`."""
    from pypinyin import lazy_pinyin  # its dictionaries take a third of a second to load: only where names are written

    syllables = [part for group in lazy_pinyin(folded(text)) for part in group.split()]
    return "".join(syllables), "".join(part[0] for part in syllables)


def text_of(name: str, *others: str) -> str:
    """The text that a row is found by."""
    pinyin, initials = spelled(name)
    return "\n".join(dict.fromkeys(part for part in (*map(folded, (name, *others)), pinyin, initials) if part))


def matches(query: str) -> Any:
    """The condition on `SearchText` for what somebody typed: every word of it occurs somewhere."""
    condition: Any = True
    for word in folded(query).split():
        escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        condition = col(SearchText.text).like(f"%{escaped}%", escape="\\") & condition
    return condition


def product_row(row: Product) -> dict[str, Any]:
    """The search row of a product."""
    others = (row.code, row.name_en, row.model, row.specification, row.registration_no, row.registrant_name)
    return _row(PRODUCT, row, text_of(row.name, *others))


def partner_row(row: Partner) -> dict[str, Any]:
    """The search row of a partner."""
    return _row(PARTNER, row, text_of(row.name, row.code, row.name_en, row.uscc))


def _row(kind: str, row: Product | Partner, text: str) -> dict[str, Any]:
    return {"kind": kind, "company": row.company, "code": row.code, "row_id": row.id, "text": text}


def _keep_product(_mapper: Any, connection: Connection, row: Product) -> None:
    _UPSERT.run(connection, [product_row(row)])


def _keep_partner(_mapper: Any, connection: Connection, row: Partner) -> None:
    _UPSERT.run(connection, [partner_row(row)])


_UPSERT = Upsert(SearchText)
_KEPT: tuple[tuple[type[SQLModel], Any], ...] = ((Product, _keep_product), (Partner, _keep_partner))
for _model, _keep in _KEPT:
    event.listen(_model, "after_insert", _keep)
    event.listen(_model, "after_update", _keep)
