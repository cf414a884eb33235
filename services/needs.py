"""What a step and the law ask of the person who acts, judged by what is on file about the person today (RULE-19)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from domain.clock import date_in_zone
from domain.errors import Refusal, Text
from domain.json_types import JsonObject
from domain.needs import NeedBook, Paper, Verdict
from records import products, staff
from services.scopes import CaseScopes

Files = Mapping[str, Sequence[staff.StaffRecord]]
"""Account → the papers on the person's file."""
ASKED_OF = frozenset({"claim", "complete"})
"""The acts for which somebody must be fit; giving a task back is open to everybody."""


@dataclass(frozen=True)
class Question:
    """Which needs, of whom: `keys` those of the step; `post` the post acted in; `rows` what the task is about."""

    keys: tuple[str, ...]
    post: str | None
    site: str
    day: str
    rows: tuple[JsonObject, ...] = ()


def met(
    session: Session, book: NeedBook, account: str, site: str, at: str, keys: Iterable[str], item: JsonObject, zone: str
) -> JsonObject:
    """Key → the last day on which the need is met (`9999-12-31`: without end; today when it is not asked), else why not
    as ``{zh, en}``. ``item`` is what the task is about, ``at`` a moment, ``zone`` the site's."""
    day = date_in_zone(at, zone).isoformat()
    question = Question(tuple(keys), None, site, day, tuple(about(session, [item])))
    found: JsonObject = {}
    for one in verdicts(session, book, [account], question)[account]:
        found[one.need] = one.why.as_json() if one.why else one.until or day
    return found


def verdicts(
    session: Session, book: NeedBook, accounts: Sequence[str], question: Question, filed: Files | None = None
) -> dict[str, tuple[Verdict, ...]]:
    """For each person what is met and what is not: the needs of the step, and those that the law has for the post.

    The law's needs bind a person from the day on which the file of the person was opened. ``filed``: the files, where
    they have been read already.
    """
    law = book.by_law(question.post) if question.post else ()
    if not question.keys and not law:
        return dict.fromkeys(accounts, ())
    filed = staff.of_people(session, accounts) if filed is None else filed
    found: dict[str, tuple[Verdict, ...]] = {}
    for account in accounts:
        papers = [staff.paper_of(row) for row in filed.get(account, ())]
        keys = dict.fromkeys((*question.keys, *(law if papers else ())))
        found[account] = tuple(_judged(book, key, papers, question) for key in keys)
    return found


def _judged(book: NeedBook, key: str, papers: list[Paper], question: Question) -> Verdict:
    return book.judge(key, papers, question.day, question.rows, question.site)


def first_unmet(found: Iterable[Verdict]) -> Verdict | None:
    """The first need that is not met."""
    return next((one for one in found if not one.met), None)


def met_keys(found: Iterable[Verdict]) -> list[str]:
    """The keys that go into the act: what is met, or not asked of this item."""
    return [one.need for one in found if one.met]


def refusal(book: NeedBook, unmet: Verdict, who_can: Iterable[str]) -> Refusal:
    """403 `need:<key>`: what is missing, by which article, who enters it."""
    need = book.needs.get(unmet.need)
    assert unmet.why is not None, "a need that is not met says why"
    text = Text(
        f"{unmet.why.zh}请先补办并由人事或培训管理员登记，或由具备资格的同事处理。",
        f"{unmet.why.en} Have it done and entered by HR or the training administrator, or let a qualified colleague act.",
    )
    basis = need.basis if need else ()
    return Refusal(403, "need_unmet", text, rule=f"need:{unmet.need}", articles=basis, who_can=tuple(who_can))


def rows_of(scopes: CaseScopes, path: str, values: Mapping[str, Any]) -> list[JsonObject]:
    """What a task is about: the item it stands in with what is entered now, else the case's data with all its lines."""
    around = scopes.items_around(path)
    if around:
        item = around[-1][1]
        return [{**(item if isinstance(item, dict) else {}), **values}]
    whole: JsonObject = {**scopes.start, **scopes.data(), **values}
    lines = [line for value in whole.values() if isinstance(value, list) for line in value]
    return [whole, *(line for line in lines if isinstance(line, dict))]


def about(session: Session, rows: list[JsonObject]) -> list[JsonObject]:
    """The same rows with the facts of the product file, which go before anything that was typed."""
    codes = {str(row["product_code"]) for row in rows if isinstance(row.get("product_code"), str)}
    known = products.by_codes(session, codes) if codes else {}
    return [_with_product(row, known.get(str(row.get("product_code")))) for row in rows]


def _with_product(row: JsonObject, product: products.Product | None) -> JsonObject:
    if product is None:
        return row
    return {
        **row, "is_ivd": product.is_ivd, "is_cold_chain": product.is_cold_chain, "is_implant": product.is_implant,
        "is_sterile": product.is_sterile,
    }  # fmt: skip
