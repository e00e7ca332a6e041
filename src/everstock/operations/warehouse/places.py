"""In which warehouse a place is, and whether goods may leave from it."""

from everstock.core.problems import Refusal
from everstock.ledger.books import Books, books_of


def warehouse_of(company_id: int, location: int) -> int:
    """Return the warehouse (an id) in which a place is."""
    return _books(company_id, location).locations.warehouse(location)


def _books(company_id: int, location: int) -> Books:
    """What is remembered of the company, this place included."""
    books = books_of(company_id)
    if location not in books.location_codes:
        books.reload()
    return books


def refuse_drop_shipped(company_id: int, location: int, goods: str) -> None:
    """Refuse (``receipt.drop_shipped``) to receive ``goods`` (words for them) where nothing ever lies: the supplier sends them to the customer."""
    if location in _books(company_id, location).locations.apart:
        raise Refusal(
            "receipt.drop_shipped",
            f"{goods} is sent to the customer by the supplier, and never lies in our stock.",
            "Note that it was sent (everstock so dispatched), or if it came here, name the place where it is.",
        )


def refuse_on_hold(company_id: int, location: int | None, goods: str) -> None:
    """Refuse (``stock.on_hold``) to take ``goods`` (words for them) for a customer where they are held for quality.

    To be asked when the ledger has computed what leaves: then what is remembered of the places is what holds under its locks.
    """
    books = books_of(company_id)
    if location in books.locations.held:
        raise Refusal(
            "stock.on_hold",
            f"{goods} at {books.location_codes[location]} is held for quality control.",
            "Have it released first, or take what lies elsewhere.",
        )


def refuse_other_warehouse(company_id: int, location: int, warehouse: int, goods: str) -> None:
    """Refuse (``shipment.other_warehouse``) to ship ``goods`` (words for them) from elsewhere than where they are promised; as ``refuse_on_hold``."""
    books = books_of(company_id)
    if books.locations.warehouse(location) != warehouse:
        there, here = books.location_codes[warehouse], books.location_codes[location]
        raise Refusal(
            "shipment.other_warehouse",
            f"{goods} is promised from {there}, and {here} is in another warehouse.",
            f"Name a place of {there}, or change the order: take off the line what shall leave from elsewhere, and add a line for it.",
        )
