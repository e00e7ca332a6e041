"""What the ids in a document stand for, and what stands around its lines: for the papers of buying and of selling."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from everstock.core.problems import Refusal
from everstock.core.quantities import round_half_up
from everstock.interfaces.paper.rows import Letterhead, Lot, Money, Party, TaxRow
from everstock.interfaces.paper.texts import PAYMENT_AT_ONCE, PAYMENT_DAYS, Language
from everstock.masterdata import models as masterdata
from everstock.masterdata.currencies import CURRENCIES
from everstock.operations.documents.models import TaxCode
from everstock.operations.documents.queries import notes
from everstock.operations.documents.read import read
from everstock.operations.documents.records import Header, Line
from everstock.operations.documents.states import State
from everstock.operations.documents.taxes import TaxKind
from everstock.operations.identity.actor import Actor
from everstock.operations.identity.models import User
from everstock.operations.purchasing.models import SupplierItem
from everstock.operations.sales.models import CustomerTerms


class ItemNames(NamedTuple):
    """What an item is called: by us, in which base unit, by the supplier (empty where there is none)."""

    sku: str
    name: str
    unit: str
    theirs: str
    serial: bool = False


class Names(NamedTuple):
    """What the ids in a document stand for."""

    items: Mapping[int, ItemNames]
    units: Mapping[int, str]
    places: Mapping[int, str]
    lots: Mapping[int, masterdata.Lot]
    taxes: Mapping[int, TaxCode]

    def unit(self, line: Line) -> str:
        """The unit of a line; empty for what is no item."""
        if line.unit is not None:
            return self.units[line.unit]
        return "" if line.item is None else self.items[line.item].unit

    def item(self, line: Line) -> ItemNames:
        """The item of a line, by what the line itself calls it."""
        if line.item is None:
            return ItemNames("", line.description, "", "")
        found = self.items[line.item]
        return found._replace(name=line.description or found.name)

    def of_lot(self, line: Line) -> tuple[Lot, ...]:
        """The lot of a line, if it has one."""
        if line.lot is None:
            return ()
        return (self.lot(line.lot),)

    def lot(self, lot: int, quantity: int | None = None) -> Lot:
        """A lot (its id), with how much of it where that is to be said."""
        row = self.lots[lot]
        serial = row.item_id in self.items and self.items[row.item_id].serial
        told = None if serial else quantity
        return Lot(code=row.code, serial=serial, quantity=told, made_on=row.manufactured_on, expires_on=row.expires_on)

    def tax(self, line: Line) -> tuple[str, int] | None:
        """Name and rate of the tax of a line, as the seller charges it."""
        if line.tax_code is None:
            return None
        code = self.taxes[line.tax_code]
        return code.name or code.code, _charged(code)


def letterhead(actor: Actor) -> Letterhead:
    """Return the letterhead of a company of which no more is known than its name."""
    company = masterdata.Company.objects.get(pk=actor.company_id)
    return Letterhead(name=company.name or company.code)


def language_of(partner: int | None, company_language: str) -> Language:
    """The language in which papers for a partner (an id) are written: the customer's own, else the company's, else English."""
    terms = CustomerTerms.objects.filter(partner_id=partner or 0).first()
    for tag in ("" if terms is None else terms.language, company_language):
        spoken = tag[:2].lower()
        if spoken in {language.value for language in Language}:
            return Language(spoken)
    return Language.ENGLISH


def in_unit(base: int, line: Line) -> int:
    """Base units in the unit of a line; what does not come out even is rounded, as it is only read."""
    return round_half_up(base * line.denominator, line.numerator)


def taxes_of(lines: Sequence[Line], names: Names) -> Iterable[TaxRow]:
    """What each tax code makes of the lines that have it, in the order of their rates."""
    by_code: dict[int, tuple[int, int]] = {}
    for line in lines:
        if line.tax_code is not None:
            net, tax = by_code.get(line.tax_code, (0, 0))
            by_code[line.tax_code] = net + line.net, tax + line.tax
    for code in sorted(by_code, key=lambda code: (names.taxes[code].rate, names.taxes[code].code)):
        tax_code = names.taxes[code]
        net, tax = by_code[code]
        yield TaxRow(
            name=tax_code.name or tax_code.code,
            rate=_charged(tax_code),
            net=net,
            tax=tax,
            reverse_charge=tax_code.kind == TaxKind.REVERSE_CHARGE,
            exempt=tax_code.kind == TaxKind.EXEMPT,
        )


def _charged(tax_code: TaxCode) -> int:
    return 0 if tax_code.kind == TaxKind.REVERSE_CHARGE else tax_code.rate


def names_of(lines: Sequence[Line], supplier: int | None = None) -> Names:
    """What the ids in lines stand for, and how their ``supplier`` (a partner's id) calls the items."""
    items = {line.item for line in lines if line.item is not None}
    sold = SupplierItem.objects.filter(partner_id=supplier or 0, item_id__in=items)
    theirs = dict(sold.values_list("item_id", "code"))
    rows = masterdata.Item.objects.filter(pk__in=items).select_related("base_unit")
    units = {line.unit for line in lines if line.unit is not None}
    places = {line.location for line in lines if line.location is not None}
    lots = {line.lot for line in lines if line.lot is not None}
    taxes = {line.tax_code for line in lines if line.tax_code is not None}
    return Names(
        {
            row.pk: ItemNames(
                row.sku,
                row.name or row.sku,
                row.base_unit.code,
                theirs.get(row.pk, ""),
                row.tracking == masterdata.Tracking.SERIAL,
            )
            for row in rows
        },
        dict(masterdata.Unit.objects.filter(pk__in=units).values_list("id", "code")),
        {row.pk: row.name or row.code for row in masterdata.Location.objects.filter(pk__in=places)},
        masterdata.Lot.objects.in_bulk(lots),
        TaxCode.objects.in_bulk(taxes),
    )


def sources_of(actor: Actor, lines: Sequence[Line]) -> dict[int, tuple[Line, str]]:
    """The lines these were made from, by id, each with the number of its document."""
    wanted = {line.source for line in lines if line.source is not None}
    if not wanted:
        return {}
    found = read(actor.company_id, [lines[0].document], predecessors=True)
    return {
        line.id: (line, found.headers[header].number)
        for header, of_document in found.lines.items()
        for line in of_document
        if line.id in wanted
    }


def check_stands(header: Header) -> None:
    """Nobody shall act on the paper of what does not hold any more."""
    if header.state == State.CANCELLED:
        raise Refusal("paper.cancelled", f"{header.number} is cancelled.", "Print the document that replaces it.")


def party_of(header: Header) -> Party:
    """The partner of a document, of whom no more is known than the name."""
    assert header.partner is not None, "what is bought is bought from somebody"
    partner = masterdata.Partner.objects.get(pk=header.partner)
    return Party(name=partner.name or partner.code)


def money_of(header: Header) -> Money:
    """The currency of a document."""
    return Money(currency=header.currency, digits=CURRENCIES[header.currency][1])


def author(header: Header) -> str:
    """Who made a document."""
    user = None if header.created_by is None else User.objects.filter(pk=header.created_by).first()
    return "" if user is None else user.full_name or user.name


def payment(days: int | None, language: Language) -> str:
    """Terms of payment in words; nothing where nothing was agreed."""
    if days is None:
        return ""
    return PAYMENT_DAYS[language].format(days=days) if days else PAYMENT_AT_ONCE[language]


def notes_on(actor: Actor, of: int) -> str:
    """What was written about a document, one note a line."""
    return "\n".join(note.text for note in notes(actor.company_id, of))
