"""In which warehouse a place is."""

from everstock.ledger.books import books_of


def warehouse_of(company_id: int, location: int) -> int:
    """Return the warehouse (an id) in which a place is."""
    books = books_of(company_id)
    if location not in books.location_codes:
        books.reload()
    return books.locations.warehouse(location)
