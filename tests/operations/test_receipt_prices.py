"""At which price, rate and tax goods come in."""

from everstock.core.facts import Kind
from everstock.core.quantities import SCALE
from everstock.ledger.lines import Document
from everstock.ledger.lines import Line as LedgerLine
from everstock.ledger.post import post
from everstock.masterdata import actions
from everstock.operations.documents import queries
from everstock.operations.documents.taxes import TaxKind
from everstock.operations.purchasing import suppliers
from tests.operations.buying import MONDAY, NOW
from tests.operations.receiving import TUESDAY, House, at, blind, cancel, come


def test_goods_that_nobody_ordered(house: House) -> None:
    receipt = house.take(
        blind(house, 2, unit_price=3 * SCALE, discount=500_000, tax_code=house.taxes["VAT"]),
        supplier=house.partners["SMITH"],
        location=house.dock,
    )
    [line] = house.lines(receipt.id)
    assert (line.source, line.net, line.tax, line.details) == (None, 300, 60, None)
    assert queries.chain(house.company.pk, receipt.id) == []
    assert house.balances("1200", "2100") == (300, -300)
    house.assert_lawful()


def supplier_price(house: House, supplier: str, price: float) -> None:
    house.sell(supplier=supplier)
    suppliers.set_price(
        house.boss,
        supplier=house.partners[supplier],
        item=house.items["BOLT"],
        unit_price=round(price * SCALE),
        valid_from=MONDAY,
        recorded_at=NOW,
    )


def test_a_price_that_is_not_known_is_the_suppliers(house: House) -> None:
    order = house.sent(house.line(3))
    supplier_price(house, "SMITH", 1.5)
    receipt = house.take(come(order, 2), blind(house, 4, location=house.shed))
    for line, net in zip(house.lines(receipt.id), (300, 600), strict=True):
        assert (line.unit_price, line.net, line.details) == (1_500_000, net, {"provisional": True})
    assert house.balances("1200", "2100") == (900, -900)
    house.assert_lawful()


def test_else_what_it_cost_last(house: House) -> None:
    dear = house.take(blind(house, 3, unit_price=9 * SCALE), supplier=house.partners["SMITH"], location=house.dock)
    cheap = house.take(blind(house, 4, unit_price=SCALE), supplier=house.partners["SMITH"], location=house.dock)
    invoiced = LedgerLine(
        Kind.COST_CHANGE, house.items["BOLT"], "invoice", value=1000, applies_to=f"GR/{cheap.id}/1", effective_at=None
    )
    post(house.company.pk, Document(NOW, (invoiced,), "tests"))
    boxes = blind(house, 1, unit=house.units["box"])
    receipt = house.take(boxes, supplier=house.partners["EURO"], location=house.dock)
    [line] = house.lines(receipt.id)
    # 10.00 USD for 4 pieces: 250 USD a box, at 1.2 USD for a EUR
    assert (line.unit_price, line.net, line.details) == (208_333_333, 20_833, {"provisional": True})
    assert house.balances("1200") == (2700 + 1000 + 25_000,)
    cancel(house, receipt)
    cancelled = house.take(blind(house, 1), supplier=house.partners["SMITH"], location=house.dock)
    cancel(house, cancelled)
    assert cancel(house, dear).state == "cancelled"
    house.assert_lawful()


def test_else_it_comes_in_at_current_cost(house: House) -> None:
    receipt = house.take(blind(house, 3), supplier=house.partners["SMITH"], location=house.dock)
    [line] = house.lines(receipt.id)
    assert (line.unit_price, line.net, line.details) == (None, 0, {"provisional": True})
    assert (house.stock(), house.balances("1200", "2100")) == (3, (0, 0))
    invoiced = LedgerLine(Kind.COST_CHANGE, line.item or 0, "invoice", value=750, applies_to=line.ledger_reference)
    post(house.company.pk, Document(NOW, (invoiced,), "tests"))
    assert house.balances("1200", "2100") == (750, -750)
    opened = LedgerLine(
        Kind.OPENING, house.items["NUT"], "opening", 2 * SCALE, house.dock, value=500, effective_at=at(MONDAY)
    )
    post(house.company.pk, Document(NOW, (opened,), "tests"))
    house.take(blind(house, 4, "NUT"), supplier=house.partners["SMITH"], location=house.dock)
    assert house.balances("1200", "2100") == (750 + 1500, -750 - 1000)
    house.assert_lawful()


def test_a_price_for_an_order_that_has_none(house: House) -> None:
    order = house.sent(house.line(3, item="NUT"))
    receipt = house.take(come(order, 2, unit_price=4 * SCALE))
    [line] = house.lines(receipt.id)
    assert (line.unit_price, line.net, line.details) == (4 * SCALE, 800, None)


def test_the_rate_of_the_receipts_day(house: House) -> None:
    order = house.sent(house.line(10, "3.33"), supplier="EURO")
    actions.set_exchange_rate(company=house.company, currency_code="EUR", day=TUESDAY, rate=1_234_567_891)
    receipt = house.take(come(order, 7))
    header = house.header(receipt.id)
    assert (house.header(order.id).rate, header.rate, header.currency) == (1_200_000_000, 1_234_567_891, "EUR")
    assert (header.net, house.balances("1200", "2100")) == (2331, (2878, -2878))
    house.assert_lawful()


def test_a_currency_without_cents(house: House) -> None:
    actions.set_exchange_rate(company=house.company, currency_code="JPY", day=MONDAY, rate=6_500_000)
    order = house.sent(house.line(3, "1000"), supplier="YEN")
    assert house.header(house.take(come(order, 3)).id).net == 3000
    assert house.balances("1200") == (1950,)


def test_tax_that_is_not_recovered_is_part_of_the_cost(house: House) -> None:
    house.taxes["LOST"] = house._tax("LOST", 250_000, TaxKind.NON_RECOVERABLE)
    order = house.sent(
        house.line(10, "2", tax_code=house.taxes["LOST"]),
        house.line(10, "2", "NUT", tax_code=house.taxes["VAT"]),
        house.line(10, "2", tax_code=house.taxes["REV"]),
    )
    receipt = house.take(come(order, 10), come(order, 10, line=2), come(order, 10, line=3))
    assert [line.tax for line in house.lines(receipt.id)] == [500, 400, 0]
    assert house.balances("1200", "2100", "1400") == (2500 + 2000 + 2000, -6500, 0)
    house.assert_lawful()
