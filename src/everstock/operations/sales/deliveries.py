"""Where an order is delivered: the address that it names, or the customer's default one on the day it is confirmed, kept as it was then."""

from everstock.core.problems import Refusal
from everstock.operations.documents.records import Details, Header
from everstock.operations.sales.facts import Facts
from everstock.operations.sales.models import AddressKind, CustomerAddress

DELIVERY = "delivery"
"""Key in an order's details: where it is delivered, as ``models.CustomerAddress``."""
_KEPT = ("code", "name", "lines", "postcode", "city", "country")


def delivered_to(header: Header, address: str) -> Details:
    """Return the details of an order that is delivered to its customer's ``address`` (a code); refuse ``address.unknown``."""
    found = (
        CustomerAddress.objects.filter(
            partner=header.partner, kind=AddressKind.DELIVERY.value, code=address, active=True
        )
        .values(*_KEPT)
        .first()
    )
    if found is None:
        raise Refusal(
            "address.unknown",
            f"The customer has no delivery address {address}.",
            "Look its addresses up with the customer, or add this one.",
        )
    return {**(header.details or {}), DELIVERY: dict(found)}


def confirmed_to(header: Header, facts: Facts) -> Details | None:
    """Return the details of an order that is confirmed now; ``facts`` were loaded with ``credit``."""
    details = header.details or {}
    if DELIVERY in details or facts.delivery is None:
        return header.details
    return {**details, DELIVERY: dict(zip(_KEPT, facts.delivery, strict=True))}
