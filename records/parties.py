"""Partners (suppliers, customers, makers, carriers), their papers, and the decisions that qualified them
(GSP 53, 82)."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, Session, col, select

from records.base import COMPANY, BigKey, Stored

PARTNER_KINDS = ("SUPPLIER", "CUSTOMER", "MAKER", "CARRIER")
CREDENTIAL_KINDS = (
    "business_license",
    "operation_license",
    "production_license",
    "registration_certificate",
    "authorization_letter",
    "quality_agreement",
    "certificate_of_analysis",
    "certificate_of_conformity",
    "customs_declaration",
    "inspection_report",
)
"""The papers of a partner's or product's file, and those that travel with a lot (COA, certificate, customs)."""
CREDENTIAL_OWNERS = ("partner", "product", "lot", "company")


class Partner(Stored, table=True):
    """A company we deal with. `internal_company` points to our own company for an inter-company partner.

    `supplier_type` is `dealer` or `registrant`; `purchaser_type` `dealer`, `manufacturer`, `medical_institution` or `other`.
    """

    __table_args__ = (
        UniqueConstraint("company", "code", name="uq_partner_code"),
        Index("ix_partner_uscc", "uscc"),
        CheckConstraint("kind IN ('SUPPLIER','CUSTOMER','MAKER','CARRIER')", name="ck_partner_kind"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)  # type: ignore[call-overload]
    company: str = COMPANY
    code: str
    kind: str = "SUPPLIER"
    name: str
    name_en: str = ""
    uscc: str = ""
    supplier_type: str = "dealer"
    address: str = ""
    contact: str = ""
    internal_company: str | None = None
    phone: str | None = None
    legal_representative: str | None = None
    business_scope: str | None = None
    retired_at: str | None = None
    purchaser_type: str | None = None


class Credential(Stored, table=True):
    """A paper, in force from `valid_from` to `valid_until` (`YYYY-MM-DD`, both days included; `None`: no
    limit).

    `owner_type` is one of `CREDENTIAL_OWNERS`; `status` is `valid` or `withdrawn`.
    """

    __table_args__ = (
        Index("ix_credential_owner", "owner_type", "owner_id", "kind"),
        Index("ix_credential_end", "valid_until"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)  # type: ignore[call-overload]
    company: str = COMPANY
    owner_type: str = "partner"
    owner_id: int = Field(sa_type=BigKey)  # type: ignore[call-overload]
    kind: str
    number: str = ""
    valid_from: str | None = None
    valid_until: str | None = None
    file_sha256: str | None = None
    status: str = "valid"
    issued_by: str | None = None
    issued_on: str | None = None


class CredentialScope(Stored, table=True):
    """What a paper covers: `kind` is `class_code`, `product`, `region` or `brand`."""

    credential_id: int = Field(primary_key=True, foreign_key="credential.id", sa_type=BigKey)  # type: ignore[call-overload]
    kind: str = Field(primary_key=True)
    value: str = Field(primary_key=True)


class Qualification(Stored, table=True):
    """A decision that a partner or product may be dealt with: `state` is `approved`, `rejected` or
    `suspended`.

    `case_id` and `signature_seq` name the signed record it comes from, where the case ran here.
    """

    __table_args__ = (Index("ix_qualification_subject", "subject_type", "subject_id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)  # type: ignore[call-overload]
    company: str = COMPANY
    subject_type: str = "partner"
    subject_id: int = Field(sa_type=BigKey)  # type: ignore[call-overload]
    state: str
    valid_from: str | None = None
    valid_until: str | None = None
    decided_at: str
    decided_by: str = ""
    case_id: str | None = None
    signature_seq: int | None = None


def by_code(session: Session, code: str, company: str = COMPANY) -> Partner | None:
    """The partner with this code."""
    return session.exec(select(Partner).where(Partner.company == company, Partner.code == code)).first()


def listing(session: Session, kind: str | None = None, company: str = COMPANY) -> list[Partner]:
    """Partners by code, of one kind if given."""
    statement = select(Partner).where(Partner.company == company).order_by(Partner.code)
    return list(session.exec(statement.where(Partner.kind == kind) if kind else statement))


def credentials(session: Session, owner_type: str, owner_id: int) -> list[Credential]:
    """The papers of an owner that are not withdrawn."""
    statement = select(Credential).where(
        Credential.owner_type == owner_type, Credential.owner_id == owner_id, Credential.status == "valid"
    )
    return list(session.exec(statement.order_by(col(Credential.id))))


def of_company(session: Session, company: str = COMPANY) -> list[Credential]:
    """The papers of our own company that are not withdrawn: licences, and the letters of our sales staff."""
    mine = select(Credential).where(
        Credential.company == company, Credential.owner_type == "company", Credential.status == "valid"
    )
    return list(session.exec(mine.order_by(col(Credential.id))))


def qualifications(session: Session, subject_type: str, subject_id: int) -> list[Qualification]:
    """The decisions on a subject, oldest first."""
    statement = select(Qualification).where(
        Qualification.subject_type == subject_type, Qualification.subject_id == subject_id
    )
    return list(session.exec(statement.order_by(Qualification.decided_at, col(Qualification.id))))


def scopes(session: Session, credential_ids: list[int]) -> dict[int, list[CredentialScope]]:
    """What papers cover, by paper."""
    found: dict[int, list[CredentialScope]] = {}
    statement = select(CredentialScope).where(col(CredentialScope.credential_id).in_(credential_ids))
    for row in session.exec(statement.order_by(CredentialScope.kind, CredentialScope.value)):
        found.setdefault(row.credential_id, []).append(row)
    return found
