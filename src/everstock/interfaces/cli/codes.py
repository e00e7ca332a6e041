"""Codes that people type, to ids. What is unknown is refused with what may have been meant."""

from collections.abc import Collection
from typing import NamedTuple

from everstock.core.posting import LocationKind
from everstock.core.problems import Refusal
from everstock.core.quantities import parse_money
from everstock.masterdata.currencies import CURRENCIES, check_currency
from everstock.masterdata.models import Company, ItemCategory, Location, Partner, Purpose, Unit
from everstock.operations.documents.kinds import PREFIX, DocumentKind
from everstock.operations.documents.models import Document, TaxCode
from everstock.operations.identity.actor import Actor
from everstock.operations.sales.delivery_models import Carrier
from everstock.operations.sales.models import PriceList, SalesChannel
from everstock.reports.names import Names

_KIND_OF = {prefix: kind for kind, prefix in PREFIX.items()}


class Codes(Names):
    """What is called how in a company."""

    def supplier(self, code: str) -> Partner:
        """The supplier with this code; refused: ``partner.unknown``, ``supplier.not_one``."""
        partner = Partner.objects.get(pk=self.partner(code))
        if not partner.is_supplier:
            raise Refusal("supplier.not_one", f"{code} is not a supplier.", "Mark the partner as a supplier first.")
        return partner

    def customer(self, code: str) -> Partner:
        """The customer with this code; refused: ``partner.unknown``, ``customer.not_one``."""
        partner = Partner.objects.get(pk=self.partner(code))
        if not partner.is_customer:
            raise Refusal("customer.not_one", f"{code} is not a customer.", "Mark the partner as a customer first.")
        return partner

    def price_list(self, code: str) -> PriceList:
        """The price list with this code; refused: ``price_list.unknown``."""
        return PriceList.objects.get(pk=self._id(PriceList.objects.all(), "code", code, "price list"))

    def channel(self, code: str) -> int:
        """The id of a sales channel; refused: ``sales_channel.unknown``."""
        return self._id(SalesChannel.objects.all(), "code", code, "sales channel")

    def carrier(self, code: str) -> int:
        """The id of a carrier."""
        return self._id(Carrier.objects.all(), "code", code, "carrier")

    def category(self, code: str) -> int:
        """The id of a category of items."""
        return self._id(ItemCategory.objects.all(), "code", code, "category")

    def location(self, code: str) -> int:
        """The id of a location, whatever its kind."""
        return self._id(Location.objects.all(), "code", code, "location")

    def unit(self, code: str) -> int:
        """The id of a unit."""
        return self._id(Unit.objects.all(), "code", code, "unit")

    def tax(self, code: str) -> int:
        """The id of a tax code."""
        return self._id(TaxCode.objects.all(), "code", code, "tax")

    def dock(self) -> int | None:
        """Where goods come in if nobody says where: the only dock there is, else the only place for stock; or ``None``."""
        return self._only_place(Purpose.DOCK)

    def warehouse(self) -> int | None:
        """Where goods leave from if nobody says where: the only warehouse there is, else the only place for stock; or ``None``."""
        return self._only_place(Purpose.WAREHOUSE)

    def quality(self) -> int | None:
        """Where goods are looked at if nobody says where: the only place for quality control, else the only place for stock; or ``None``."""
        return self._only_place(Purpose.QUALITY)

    def _only_place(self, purpose: Purpose) -> int | None:
        places = Location.objects.filter(company=self.company, kind=LocationKind.INTERNAL.value, active=True)
        for candidates in (places.filter(purpose=purpose.value), places):
            found = list(candidates.values_list("id", flat=True)[:2])
            if found:
                return found[0] if len(found) == 1 else None
        return None

    def place_in(self, code: str | None) -> int | None:
        """The id of the location where goods shall come in; if nobody says where, as ``dock``."""
        return self.dock() if code is None else self.location(code)

    def place_out(self, code: str | None) -> int | None:
        """The id of the location where goods will leave from; if nobody says where, as ``warehouse``."""
        return self.warehouse() if code is None else self.location(code)

    def document(self, number: str, kinds: Collection[DocumentKind] = ()) -> tuple[DocumentKind, int]:
        """Kind and id of the document with this number, of one of ``kinds`` (none: any); refused: ``document.unknown``."""
        kind = _KIND_OF.get(number.partition("-")[0].upper())
        wanted = list(kinds) or list(DocumentKind)
        if kind is None or kind not in wanted:
            begins = " or ".join(f"{PREFIX[one]}-" for one in wanted)
            some = wanted[0].words if kinds else "document"
            raise Refusal(
                "document.unknown",
                f"{number} is no number of a {some}.",
                f"Such numbers begin with {begins}." if kinds else "Look it up with `everstock document list`.",
            )
        found = Document.objects.filter(company=self.company, kind=kind.value, number=number.upper())
        key = found.values_list("id", flat=True).first()
        if key is None:
            raise Refusal(
                "document.unknown",
                f"There is no {kind.words} {number}.",
                f"Look it up with `everstock document list --kind {kind.value}`.",
            )
        return kind, int(key)


class Desk(NamedTuple):
    """Who acts in which company, and what is called how there."""

    actor: Actor
    company: Company
    codes: Codes

    def currency(self, partner: Partner | None, said: str | None) -> str:
        """The currency in which amounts are typed: as it was said, else the partner's, else the company's."""
        return said or (None if partner is None else partner.currency_id) or self.company.currency_id


def money_of(text: str, currency: str, what: str) -> int:
    """Return an amount that was typed, in minor units of its currency; refuse ``amount.invalid``, ``currency.unknown``."""
    check_currency(currency)
    try:
        return parse_money(text, CURRENCIES[currency][1])
    except ValueError as error:
        raise Refusal(
            "amount.invalid", f"The {what} {text} {currency} {error}.", "Enter it with the currency's decimals."
        ) from None
