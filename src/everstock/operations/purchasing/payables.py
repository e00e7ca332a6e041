"""Payables: what is owed to suppliers, document by document, by age; see ``documents.open_items``."""

import datetime as dt

from everstock.ledger.queries import Basis
from everstock.masterdata.models import Company
from everstock.operations.documents import open_items
from everstock.operations.documents.open_items import AgeRow, OpenRow
from everstock.operations.documents.sides import BUYING


def payable_accounts(company: Company) -> list[int]:
    """Return the accounts that suppliers are owed on."""
    return open_items.item_accounts(company, BUYING)


def open_payables(
    company: Company,
    *,
    as_of: dt.date,
    known_at: int | None = None,
    partner: int | None = None,
    basis: Basis = "effective",
) -> list[OpenRow]:
    """Return what was owed to suppliers at the end of ``as_of``, as ``open_items.open_items``."""
    return open_items.open_items(company, BUYING, as_of=as_of, known_at=known_at, partner=partner, basis=basis)


def ageing(
    company: Company, *, as_of: dt.date, known_at: int | None = None, basis: Basis = "effective"
) -> list[AgeRow]:
    """Return what was owed to each supplier at the end of ``as_of``, by how long it was overdue."""
    return open_items.ageing(company, BUYING, as_of=as_of, known_at=known_at, basis=basis)
