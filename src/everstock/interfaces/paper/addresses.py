"""Where customers are, as a letter says it: in the order of lines that is usual in the country, with the country's name in the reader's language."""

from collections.abc import Iterable

from babel import Locale

from everstock.interfaces.paper.rows import Party
from everstock.interfaces.paper.texts import Language
from everstock.masterdata.models import Partner
from everstock.operations.documents.records import Header
from everstock.operations.sales.deliveries import DELIVERY
from everstock.operations.sales.models import AddressKind, CustomerAddress, CustomerTerms

_POSTCODE_LAST = frozenset({"AU", "CA", "GB", "ID", "IE", "IN", "NZ", "PK", "SG", "TH", "TW", "US", "ZA"})


def lines_of(address: CustomerAddress, language: Language) -> tuple[str, ...]:
    """The lines of an address below the name."""
    place = [address.postcode, address.city]
    if address.country in _POSTCODE_LAST:
        place.reverse()
    country = Locale(language.value).territories.get(address.country, address.country)
    return (*address.lines.splitlines(), " ".join(part for part in place if part), country)


def default_address(partner: int, *kinds: AddressKind) -> CustomerAddress | None:
    """The default address of a customer (a partner's id) of the first of ``kinds`` that has one."""
    found = {row.kind: row for row in CustomerAddress.objects.filter(partner_id=partner, default=True)}
    return next((found[kind.value] for kind in kinds if kind.value in found), None)


def customer_at(partner: int, address: CustomerAddress | None, language: Language) -> Party:
    """A customer (a partner's id) at an address; without one no more is known than the name."""
    row = Partner.objects.get(pk=partner)
    terms = CustomerTerms.objects.filter(partner_id=partner).first()
    return Party(
        name=(address.name if address is not None else "") or row.name or row.code,
        address=() if address is None else lines_of(address, language),
        tax_number="" if terms is None else terms.tax_number,
    )


def billed(partner: int, language: Language) -> Party:
    """Who gets the bills of a customer: at the billing address, else where the goods go to."""
    return customer_at(partner, default_address(partner, AddressKind.BILLING, AddressKind.DELIVERY), language)


def delivered(partner: int, language: Language, orders: Iterable[Header] = ()) -> Party:
    """Who gets the goods of ``orders``: where the first says that it is delivered, else at the customer's address."""
    kept = next((kept for order in orders if (kept := (order.details or {}).get(DELIVERY))), None)
    if kept is not None:
        return customer_at(partner, CustomerAddress(**kept), language)
    return customer_at(partner, default_address(partner, AddressKind.DELIVERY, AddressKind.BILLING), language)
