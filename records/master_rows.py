"""Rows of master data by their names: found, read as values, and written from values with their history.

Names and values are those of `domain.master_data`: codes of products and partners, never the keys of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from domain.errors import Fault, Text
from domain.master_data.entities import ENTITIES, Entity
from domain.stock import PlaceKind
from records import agreements, master, parties, products
from records.agreements import Contract, PriceAgreement
from records.base import COMPANY
from records.master import Because, MasterVersion
from records.organisation import Site
from records.parties import Credential, CredentialScope, Partner
from records.products import Product, ProductDi, ProductUnit
from records.stock import Location, Lot, Warehouse

FEN = 100


class UnknownError(LookupError):
    """A value names a row that is not on file: which field, and in words."""

    def __init__(self, key: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.fault = Fault(f"/{key}", "unknown", Text(zh, en))


@dataclass(frozen=True)
class Kept:
    """How an entity lies in the database: its table, how values become columns, and what people look it up by."""

    model: type[SQLModel]
    columns: Callable[[Session, dict[str, Any]], dict[str, Any]]
    values: Callable[[Session, Any], dict[str, Any]]
    subject: Callable[[dict[str, Any]], str]
    natural: tuple[str, ...]
    """The columns that name a row."""


def find(session: Session, entity: str, values: dict[str, Any]) -> SQLModel | None:
    """The row that these natural values name; `None` where there is none, or something they refer to is missing."""
    kept = KEPT[entity]
    try:
        columns = kept.columns(session, _with_defaults(entity, values))
    except UnknownError:
        return None
    query: Any = select(kept.model)
    for name in kept.natural:
        query = query.where(getattr(kept.model, name) == columns[name])
    return session.exec(query).first()


def by_codes(session: Session, entity: str, codes: Sequence[str]) -> dict[str, SQLModel]:
    """The rows of an entity that is named by its code, in one reading."""
    model: Any = KEPT[entity].model
    return {row.code: row for row in session.exec(select(model).where(model.company == COMPANY, model.code.in_(codes)))}


def values_of(session: Session, entity: str, row: SQLModel) -> dict[str, Any]:
    """A row as values by field."""
    return KEPT[entity].values(session, row)


def subject_of(entity: str, values: dict[str, Any]) -> str:
    """What the history of a row is looked up by: `product/P-1`."""
    return KEPT[entity].subject(values)


def write(session: Session, entity: str, values: dict[str, Any], because: Because) -> list[MasterVersion]:
    """Make or change the row that the values name; raises `UnknownError` for what they refer to and is not on file."""
    row, extra = prepared(session, entity, values)
    versions = master.write(session, subject_of(entity, values), [row], because)
    return versions + (_scoped(session, row, values, because) if extra else [])


def prepared(session: Session, entity: str, values: dict[str, Any]) -> tuple[SQLModel, bool]:
    """The row with the values, not written yet, and whether a paper's scope has to follow it."""
    kept, full = KEPT[entity], _with_defaults(entity, values)
    columns = kept.columns(session, full)
    row = find(session, entity, full) or kept.model()
    for name, value in columns.items():
        setattr(row, name, value)
    return row, entity == "credential" and "scope" in values


def _with_defaults(entity: str, values: dict[str, Any]) -> dict[str, Any]:
    return {**{field.key: None for field in ENTITIES[entity].fields}, **values}


def _scoped(session: Session, row: Any, values: dict[str, Any], because: Because) -> list[MasterVersion]:
    """The scope of a paper: `class_code:6815; product:P-1`; parts without a word are classes."""
    wanted = {_scope_part(part) for part in _parts(values.get("scope"))}
    now = {(one.kind, one.value): one for one in parties.scopes(session, [row.id]).get(row.id, [])}
    subject = subject_of("credential", values)
    gone = [one for key, one in now.items() if key not in wanted]
    versions = master.remove(session, subject, gone, because) if gone else []
    new = [CredentialScope(credential_id=row.id, kind=kind, value=value) for kind, value in sorted(wanted - now.keys())]
    return versions + (master.write(session, subject, new, because) if new else [])


def _parts(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").replace("；", ";").replace("\n", ";").split(";") if part.strip()]


def _scope_part(part: str) -> tuple[str, str]:
    kind, _, value = part.replace("：", ":").partition(":")
    return (
        (kind.strip(), value.strip())
        if value and kind in ("class_code", "product", "region", "brand")
        else ("class_code", part)
    )


# ------------------------------------------------------------------ what values refer to


def _product(session: Session, code: Any, key: str = "product_code") -> Product:
    found = products.by_code(session, str(code or ""))
    if found is None:
        raise UnknownError(key, f"产品 {code} 没有档案。", f"Product {code} is not on file.")
    return found


def _partner(session: Session, code: Any, key: str = "partner_code") -> Partner:
    found = parties.by_code(session, str(code or ""))
    if found is None:
        raise UnknownError(key, f"单位 {code} 没有档案。", f"Partner {code} is not on file.")
    return found


def _owner(session: Session, kind: str, code: str) -> int:
    if kind == "partner":
        return _partner(session, code, "owner_code").id or 0
    if kind == "product":
        return _product(session, code, "owner_code").id or 0
    product_code, _, lot_no = code.partition("/")
    product = _product(session, product_code, "owner_code")
    lot = session.exec(
        select(Lot).where(Lot.mode == "live", Lot.product_id == product.id, Lot.lot_no == lot_no)
    ).first()
    if lot is None or lot.id is None:
        zh = f"批号 {code} 不存在，请写成 产品编码/批号。"
        raise UnknownError("owner_code", zh, f"Lot {code} does not exist; write product code/lot no.")
    return lot.id


def _owner_code(session: Session, row: Credential) -> str:
    if row.owner_type == "lot":
        lot = session.get(Lot, row.owner_id)
        return f"{_code_of(session, Product, lot.product_id)}/{lot.lot_no}" if lot else ""
    return _code_of(session, Partner if row.owner_type == "partner" else Product, row.owner_id)


def _code_of(session: Session, model: Any, key: int | None) -> str:
    row = session.get(model, key) if key is not None else None
    return row.code if row is not None else ""


# ------------------------------------------------------------------ entity by entity


def _plain(entity: str, defaults: dict[str, Any]) -> Callable[[Session, dict[str, Any]], dict[str, Any]]:
    keys = [field.key for field in ENTITIES[entity].fields]

    def columns(_session: Session, values: dict[str, Any]) -> dict[str, Any]:
        return {key: defaults.get(key) if values[key] is None else values[key] for key in keys}

    return columns


def _back(entity: str) -> Callable[[Session, Any], dict[str, Any]]:
    keys = [field.key for field in ENTITIES[entity].fields]
    return lambda _session, row: {key: _empty(getattr(row, key)) for key in keys}


def _empty(value: Any) -> Any:
    return None if value == "" else value


_PRODUCT_DEFAULTS: dict[str, Any] = {
    **dict.fromkeys(
        (
            "name_en model specification classification_code registration_no registrant_name contract_manufacturer_name "
            "production_license_no unit service_life storage_condition"
        ).split(),
        "",
    ),
    "tracking": "LOT", "shelf_rule": "EXPIRY", "udi_required": True, "status": "DRAFT",
    **dict.fromkeys("is_cold_chain is_ivd is_implant is_sterile".split(), False),
}  # fmt: skip


def _di_columns(session: Session, values: dict[str, Any]) -> dict[str, Any]:
    return {
        "di": values["di"],
        "product_id": _product(session, values["product_code"]).id if values["product_code"] else None,
        "issuing_agency": values["issuing_agency"] or "GS1",
        "level": values["level"] or 1,
        "contains_di": values["contains_di"],
        "contains_qty": values["contains_qty"] or 1,
    }


def _di_values(session: Session, row: ProductDi) -> dict[str, Any]:
    same = ("di", "issuing_agency", "level", "contains_di", "contains_qty")
    return {"product_code": _code_of(session, Product, row.product_id), **{key: getattr(row, key) for key in same}}


def _unit_columns(session: Session, values: dict[str, Any]) -> dict[str, Any]:
    product = _product(session, values["product_code"])
    return {"product_id": product.id, "unit": values["unit"], "base_qty": values["base_qty"]}


def _unit_values(session: Session, row: ProductUnit) -> dict[str, Any]:
    code = _code_of(session, Product, row.product_id)
    return {"product_code": code, "unit": row.unit, "base_qty": row.base_qty}


_PARTNER_DEFAULTS: dict[str, Any] = {
    **dict.fromkeys("name_en uscc address contact".split(), ""),
    "supplier_type": "dealer",
}
_PAPER_SAME = ("kind", "valid_from", "valid_until", "issued_by", "issued_on", "file_sha256")


def _paper_columns(session: Session, values: dict[str, Any]) -> dict[str, Any]:
    return {
        "owner_type": values["owner_type"],
        "owner_id": _owner(session, str(values["owner_type"]), str(values["owner_code"] or "")),
        "number": values["number"] or "",
        "status": values["status"] or "valid",
        **{key: values[key] for key in _PAPER_SAME},
    }


def _paper_values(session: Session, row: Credential) -> dict[str, Any]:
    scopes = parties.scopes(session, [row.id or 0]).get(row.id or 0, [])
    return {
        "owner_type": row.owner_type,
        "owner_code": _owner_code(session, row),
        "number": row.number,
        "status": row.status,
        "scope": "; ".join(f"{one.kind}:{one.value}" for one in scopes) or None,
        **{key: getattr(row, key) for key in _PAPER_SAME},
    }


def _paper_subject(values: dict[str, Any]) -> str:
    code = str(values["owner_code"])
    return f"product/{code.partition('/')[0]}" if values["owner_type"] == "lot" else f"{values['owner_type']}/{code}"


_CONTRACT_SAME = ("number", "signed_on", "valid_from", "valid_until", "file_sha256")


def _contract_columns(session: Session, values: dict[str, Any]) -> dict[str, Any]:
    ceiling = values["ceiling"]
    return {
        "partner_id": _partner(session, values["partner_code"]).id if values["partner_code"] else None,
        "kind": values["kind"] or "PURCHASE",
        "title": values["title"] or "",
        "state": values["state"] or "valid",
        "ceiling_fen": None if ceiling is None else int(Decimal(ceiling) * FEN),
        **{key: values[key] for key in _CONTRACT_SAME},
    }


def _contract_values(session: Session, row: Contract) -> dict[str, Any]:
    return {
        "partner_code": _code_of(session, Partner, row.partner_id),
        "kind": row.kind,
        "title": row.title or None,
        "state": row.state,
        "ceiling": None if row.ceiling_fen is None else Decimal(row.ceiling_fen) / FEN,
        **{key: getattr(row, key) for key in _CONTRACT_SAME},
    }


_PRICE_SAME = ("direction", "valid_from", "valid_until", "unit_price", "discount", "tax_rate", "ceiling_price")


def _price_columns(session: Session, values: dict[str, Any]) -> dict[str, Any]:
    number = values["contract_no"]
    contract = agreements.contract(session, number) if number else None
    if number and contract is None:
        raise UnknownError("contract_no", f"合同 {number} 没有登记。", f"Contract {number} is not on file.")
    return {
        "partner_id": _partner(session, values["partner_code"]).id,
        "product_id": _product(session, values["product_code"]).id,
        "contract_id": contract.id if contract else None,
        "min_quantity": int(values["min_quantity"] or 1),
        "state": values["state"] or "valid",
        **{key: values[key] for key in _PRICE_SAME},
    }


def _price_values(session: Session, row: PriceAgreement) -> dict[str, Any]:
    contract = session.get(Contract, row.contract_id) if row.contract_id else None
    return {
        "partner_code": _code_of(session, Partner, row.partner_id),
        "product_code": _code_of(session, Product, row.product_id),
        "contract_no": contract.number if contract else None,
        "min_quantity": row.min_quantity,
        "state": row.state,
        **{key: getattr(row, key) for key in _PRICE_SAME},
    }


def _warehouse_columns(session: Session, values: dict[str, Any]) -> dict[str, Any]:
    if values["site"] and session.get(Site, values["site"]) is None:
        raise UnknownError("site", f"没有机构 {values['site']}。", f"There is no site {values['site']}.")
    blank = {key: values[key] or "" for key in ("name_en", "address")}
    return {**{key: values[key] for key in ("code", "site", "name", "retired_at")}, **blank}


def _location_columns(session: Session, values: dict[str, Any]) -> dict[str, Any]:
    code, house = values["warehouse"], None
    if code:
        house = session.exec(select(Warehouse).where(Warehouse.company == COMPANY, Warehouse.code == code)).first()
        if house is None:
            raise UnknownError("warehouse", f"没有仓库 {code}。", f"There is no warehouse {code}.")
    return {
        "warehouse_id": house.id if house else None,
        "kind": values["kind"] or PlaceKind.INTERNAL.value,
        **{key: values[key] or "" for key in ("name", "name_en")},
        **{key: values[key] for key in ("code", "zone", "temp_min", "temp_max", "capacity", "retired_at")},
    }


def _location_values(session: Session, row: Location) -> dict[str, Any]:
    same = ("code", "name", "name_en", "kind", "zone", "temp_min", "temp_max", "capacity", "retired_at")
    return {"warehouse": _code_of(session, Warehouse, row.warehouse_id), **{k: _empty(getattr(row, k)) for k in same}}


def _of_partner(values: dict[str, Any]) -> str:
    return f"partner/{values['partner_code']}"


def _of_product(values: dict[str, Any]) -> str:
    return f"product/{values['product_code']}"


def _own(kind: str) -> Callable[[dict[str, Any]], str]:
    return lambda values: f"{kind}/{values['code']}"


KEPT: dict[str, Kept] = {
    "product": Kept(Product, _plain("product", _PRODUCT_DEFAULTS), _back("product"), _own("product"), ("code",)),
    "product_di": Kept(ProductDi, _di_columns, _di_values, _of_product, ("di",)),
    "product_unit": Kept(ProductUnit, _unit_columns, _unit_values, _of_product, ("product_id", "unit")),
    "partner": Kept(Partner, _plain("partner", _PARTNER_DEFAULTS), _back("partner"), _own("partner"), ("code",)),
    "credential": Kept(
        Credential, _paper_columns, _paper_values, _paper_subject, ("owner_type", "owner_id", "kind", "number")
    ),
    "contract": Kept(Contract, _contract_columns, _contract_values, _of_partner, ("number",)),
    "price_agreement": Kept(
        PriceAgreement, _price_columns, _price_values, _of_partner,
        ("partner_id", "product_id", "direction", "min_quantity", "valid_from"),
    ),
    "warehouse": Kept(Warehouse, _warehouse_columns, _back("warehouse"), _own("warehouse"), ("code",)),
    "location": Kept(Location, _location_columns, _location_values, _own("location"), ("code",)),
}  # fmt: skip


def named(session: Session, entity: Entity, name: str) -> SQLModel | None:
    """The row of a name (`SUP-001|P-1001|BUY|1|2026-01-01`)."""
    return find(session, entity.key, dict(entity.named(name)))


def locations(session: Session, company: str = COMPANY) -> list[tuple[Location, Warehouse]]:
    """Every real place with its warehouse, by code."""
    joined = select(Location, Warehouse).join(Warehouse, col(Warehouse.id) == col(Location.warehouse_id))
    return list(session.exec(joined.where(Location.company == company).order_by(Location.code)))
