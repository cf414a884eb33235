"""The catalogue: every activity a step can call, by name, with its contract."""

from __future__ import annotations

from collections.abc import Callable

from activities import (
    access,
    cases,
    cold_chain,
    master_data,
    orders,
    papers,
    people,
    purchasing,
    qualification,
    stock,
    stock_counts,
    stock_disposals,
    stock_rounds,
    stock_rulings,
)
from activities.context import ActivityContext
from activities.contracts import CONTRACTS, Contract
from domain.json_types import JsonObject

Run = Callable[[ActivityContext, JsonObject], JsonObject]

_RUNS: dict[str, Run] = {
    "orders.expected_lines": orders.expected_lines,
    "orders.line_facts": orders.line_facts,
    "stock.receive": stock.stock_receive,
    "stock.change_status": stock.stock_change_status,
    "stock.move": stock.stock_move,
    "stock.hold": stock.stock_hold,
    "stock.reverse": stock.stock_reverse,
    "cold_chain.read_log": cold_chain.read_log,
    "cases.start": cases.start,
    "cases.cancel": cases.cancel,
    "people.everyone": people.everyone,
    "orders.quote": purchasing.quote,
    "orders.place": purchasing.place,
    "orders.cancel": purchasing.cancel,
    "orders.close": purchasing.close,
    "stock.suspect": stock_rulings.suspect,
    "stock.nonconforming": stock_rulings.nonconforming,
    "stock.relocate": stock_rulings.relocate,
    "stock.release_hold": stock_rulings.release_hold,
    "stock.reject": stock_rulings.reject,
    "suppliers.facts": qualification.suppliers_facts,
    "suppliers.check": qualification.suppliers_check,
    "suppliers.qualify": qualification.suppliers_qualify,
    "purchasers.facts": qualification.purchasers_facts,
    "purchasers.check": qualification.purchasers_check,
    "purchasers.qualify": qualification.purchasers_qualify,
    "products.facts": qualification.products_facts,
    "products.check": qualification.products_check,
    "products.qualify": qualification.products_qualify,
    "qualification.reject": qualification.qualification_reject,
    "qualification.undo": qualification.qualification_undo,
    "papers.due": papers.papers_due,
    "papers.check": papers.papers_check,
    "papers.renew": papers.papers_renew,
    "partners.suspend": papers.partners_suspend,
    "letters.facts": papers.letters_facts,
    "letters.issue": papers.letters_issue,
    "letters.withdraw": papers.letters_withdraw,
    "stock.count_list": stock_counts.count_list,
    "stock.count_check": stock_counts.count_check,
    "stock.count_differences": stock_counts.count_differences,
    "stock.adjust": stock_counts.adjust,
    "stock.route": stock_rounds.route,
    "stock.expiry_scan": stock_rounds.expiry_scan,
    "stock.destroy": stock_disposals.destroy,
    "stock.return_supplier": stock_disposals.return_supplier,
    "master.check": master_data.check,
    "master.apply": master_data.apply,
    "master.changes_between": master_data.changes_between,
    "access.check": access.check,
    "access.apply": access.apply,
}

CATALOGUE: dict[str, tuple[Contract, Run]] = {contract.name: (contract, _RUNS[contract.name]) for contract in CONTRACTS}
"""Contract and function by name."""
