"""Writing what an application decided into the files: partner or product, papers with scope, the decision.

Everything goes through `records.master`, so that who, when and why stand beside each row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, select

from domain.json_types import JsonObject
from records import master, parties, products
from records.master import Because
from records.parties import Credential, CredentialScope, Partner, Qualification
from records.products import Product, ProductDi

Scope = tuple[str, str]
_NEVER = "9999-12-31"


@dataclass(frozen=True)
class NewPaper:
    """A paper to put on file, with what it covers."""

    kind: str
    number: str = ""
    valid_until: str | None = None
    file_sha256: str | None = None
    scopes: tuple[Scope, ...] = ()


@dataclass(frozen=True)
class Owner:
    """Whose paper it is; `subject` names the file in the history."""

    type: str
    id: int
    subject: str


def keep_partner(session: Session, code: str, values: JsonObject, because: Because, company: str) -> Partner:
    """The partner with these values, made if it is not there."""
    row = parties.by_code(session, code, company) or Partner(company=company, code=code, name=code)
    for name, value in values.items():
        setattr(row, name, value)
    master.write(session, f"partner/{code}", [row], because)
    return row


def keep_product(session: Session, code: str, values: JsonObject, di: str, because: Because, company: str) -> Product:
    """The product with these values, made if it is not there, and its UDI-DI."""
    row = products.by_code(session, code, company) or Product(company=company, code=code, name=code)
    for name, value in values.items():
        setattr(row, name, value)
    master.write(session, f"product/{code}", [row], because)
    assert row.id is not None
    if di and session.get(ProductDi, di) is None:
        master.write(session, f"product/{code}", [ProductDi(di=di, product_id=row.id)], because)
    return row


def keep_papers(
    session: Session, owner: Owner, papers: Iterable[NewPaper], because: Because, company: str
) -> list[int]:
    """Put papers on file; the numbers of those that are new. A paper that is on file with the same scan stays as it is."""
    made: list[int] = []
    for paper in papers:
        if _on_file(session, owner, paper) is None:
            made.append(_keep(session, owner, paper, because, company))
    return made


def _on_file(session: Session, owner: Owner, paper: NewPaper) -> Credential | None:
    same = (row for row in parties.credentials(session, owner.type, owner.id) if row.kind == paper.kind)
    wanted = (paper.number, paper.valid_until, paper.file_sha256)
    row = next((row for row in same if (row.number, row.valid_until, row.file_sha256) == wanted), None)
    if row is None or row.id is None:
        return None
    held = {(one.kind, one.value) for one in parties.scopes(session, [row.id]).get(row.id, ())}
    return row if held == set(paper.scopes) else None


def _keep(session: Session, owner: Owner, paper: NewPaper, because: Because, company: str) -> int:
    row = Credential(
        company=company,
        owner_type=owner.type,
        owner_id=owner.id,
        kind=paper.kind,
        number=paper.number,
        valid_until=paper.valid_until,
        file_sha256=paper.file_sha256,
    )
    master.write(session, owner.subject, [row], because)
    assert row.id is not None
    covered = [
        CredentialScope(credential_id=row.id, kind=kind, value=value) for kind, value in dict.fromkeys(paper.scopes)
    ]
    master.write(session, owner.subject, covered, because)
    return row.id


def withdraw_papers(session: Session, numbers: Sequence[int], because: Because) -> int:
    """Take papers out of force; how many there were."""
    rows = [row for row in (session.get(Credential, number) for number in numbers) if row is not None]
    for row in rows:
        row.status = "withdrawn"
        master.write(session, subject_of(session, row), [row], because)
    return len(rows)


def subject_of(session: Session, paper: Credential) -> str:
    """The file that a paper belongs to, as the history names it."""
    owner: Any = None
    if paper.owner_type == "partner":
        owner = session.get(Partner, paper.owner_id)
    elif paper.owner_type == "product":
        owner = session.get(Product, paper.owner_id)
    return f"{paper.owner_type}/{owner.code if owner else 'main'}"


def decide(
    session: Session, owner: Owner, state: str, because: Because, *, day: str, until: str | None = None,
    seq: int | None = None, company: str,
) -> int:  # fmt: skip
    """Put a decision on file: approved, rejected or suspended from `day` on."""
    row = Qualification(
        company=company,
        subject_type=owner.type,
        subject_id=owner.id,
        state=state,
        valid_from=day,
        valid_until=until,
        decided_at=because.at,
        decided_by=because.by,
        case_id=because.case_id,
        signature_seq=seq,
    )
    master.write(session, owner.subject, [row], because)
    assert row.id is not None
    return row.id


def standing(session: Session, owner: Owner) -> str:
    """What was decided last: `approved`, `rejected`, `suspended`; `known` where nothing was."""
    decided = parties.qualifications(session, owner.type, owner.id)
    return decided[-1].state if decided else "known"


def earliest_end(session: Session, owner: Owner, kinds: Iterable[str]) -> str | None:
    """The day on which the first kind of paper runs out; of each kind the one that lasts longest counts."""
    ends: dict[str, str] = {}
    for row in parties.credentials(session, owner.type, owner.id):
        ends[row.kind] = max(ends.get(row.kind, ""), row.valid_until or _NEVER)
    return min((day for kind, day in ends.items() if kind in set(kinds) and day != _NEVER), default=None)


def others_with_uscc(session: Session, uscc: str, code: str, company: str) -> list[str]:
    """Codes of other partners with the same credit code."""
    mine = select(Partner.code).where(Partner.company == company, Partner.uscc == uscc, Partner.code != code)
    return sorted(session.exec(mine)) if uscc else []


def others_with_di(session: Session, di: str, code: str) -> list[str]:
    """Codes of other products that carry the same UDI-DI."""
    row = products.by_di(session, di) if di else None
    return [row.code] if row is not None and row.code != code else []
