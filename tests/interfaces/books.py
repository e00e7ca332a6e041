"""What tests of the interfaces ask of the books, in plain SQL."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from everstock.masterdata.models import Company

NOW = 1_800_000_000_000_000
"""A moment of recording in 2027, in microseconds UTC."""


def select(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def total(company: "Company") -> tuple[Any, ...]:
    """Quantity and value of all stock."""
    ((quantity, value),) = select(
        "SELECT coalesce(sum(quantity), 0), coalesce(sum(value), 0) FROM pool WHERE company_id = %s AND NOT retired",
        company.pk,
    )
    return Decimal(quantity) / 10**6, Decimal(value) / company.currency.minor_per_major


def pools(company: "Company") -> dict[tuple[str, str], tuple[int, int]]:
    """Quantity and value by item and warehouse."""
    rows = select(
        "SELECT i.sku, coalesce(l.code, ''), p.quantity, p.value FROM pool p JOIN item i ON i.id = p.item_id"
        " LEFT JOIN location l ON l.id = p.warehouse_id WHERE p.company_id = %s AND NOT p.retired",
        company.pk,
    )
    return {(sku, place): (int(quantity), int(value)) for sku, place, quantity, value in rows}


def movements(company: "Company", columns: str = "kind, quantity, value, reference") -> list[tuple[Any, ...]]:
    return select(f"SELECT {columns} FROM movement WHERE company_id = %s ORDER BY id", company.pk)


def balance(company: "Company", account: str) -> Decimal:
    """Debits minus credits of an account."""
    ((amount,),) = select(
        "SELECT coalesce(sum(CASE WHEN a.id = e.account_id THEN e.amount ELSE -e.amount END), 0)"
        " FROM entry e JOIN account a ON a.id IN (e.account_id, e.contra_id) AND e.account_id <> e.contra_id"
        " WHERE e.company_id = %s AND a.code = %s",
        company.pk,
        account,
    )
    return Decimal(amount) / company.currency.minor_per_major


def counts(company: "Company") -> dict[str, int]:
    """Rows of the tables that an import may fill."""
    tables = ("item", "location", "partner", "unit", "movement", "posting", "entry", "pool")
    found = {table: select(f"SELECT count(*) FROM {table} WHERE company_id = %s", company.pk)[0][0] for table in tables}
    ((found["lot"],),) = select(
        "SELECT count(*) FROM lot JOIN item ON item.id = lot.item_id WHERE item.company_id = %s", company.pk
    )
    return found
