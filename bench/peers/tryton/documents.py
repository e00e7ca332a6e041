"""Tryton's side: orders, receipts or shipments, and invoices of ten lines, through the Python interface of trytond in one process.

Run by ``compare.py`` in the virtual environment that holds Tryton, never in that of Everstock. Speaks JSON, one object a line: ``prepare``
makes company, chart of accounts, fiscal year, a supplier, a customer and products; ``buy N`` and ``sell N`` make N purchases or sales and
answer with their times. Timed are calls of trytond without HTTP or client: an order is saved, quoted, confirmed and processed, its goods are
received by a shipment (or assigned, picked, packed and shipped), and the invoice that Tryton drafts is posted; order with goods and invoice
are a transaction each, as is the task in between.
"""

import datetime as dt
import json
import random
import sys
import time
from decimal import Decimal

ITEMS = 100
LINES = 10
TODAY = dt.datetime.now(dt.UTC).date()


def prepare(uri):
    """The basis, by the helpers that Tryton's own tests use."""
    from proteus import Model, config
    from trytond.modules.account.tests.tools import create_chart, create_fiscalyear, get_accounts
    from trytond.modules.account_invoice.tests.tools import create_payment_term, set_fiscalyear_invoice_sequences
    from trytond.modules.account_stock_anglo_saxon.tests.tools import add_cogs_accounts
    from trytond.modules.account_stock_continental.tests.tools import add_stock_accounts
    from trytond.modules.company.tests.tools import create_company

    config.set_trytond(database=uri)
    create_company()
    create_chart()
    year = set_fiscalyear_invoice_sequences(
        create_fiscalyear(today=(TODAY.replace(month=1, day=1), TODAY.replace(month=12, day=31)))
    )
    year.account_stock_method = "anglo_saxon"
    year.click("create_period")
    accounts = add_cogs_accounts(add_stock_accounts(get_accounts()))
    (out,) = accounts["stock_expense"].duplicate({"name": "Stock Out"})
    category = Model.get("product.category")(name="Goods", accounting=True)
    category.account_expense = accounts["expense"]
    category.account_revenue = accounts["revenue"]
    category.account_stock = accounts["stock"]
    category.account_cogs = accounts["cogs"]
    category.account_stock_in = accounts["stock_expense"]
    category.account_stock_out = out
    category.save()
    create_payment_term().save()
    for name in ("Supplier", "Customer"):
        Model.get("party.party")(name=name).save()
    (unit,) = Model.get("product.uom").find([("name", "=", "Unit")])
    for number in range(ITEMS):
        template = Model.get("product.template")(name=f"Item {number:04}")
        template.default_uom = unit
        template.type = "goods"
        template.list_price = Decimal(20)
        template.cost_price_method = "average"
        template.purchasable = True
        template.purchase_uom = unit
        template.salable = True
        template.sale_uom = unit
        template.account_category = category
        template.save()


class Books:
    """A database of Tryton, and what every document names."""

    def __init__(self, name):
        from trytond.pool import Pool
        from trytond.transaction import Transaction

        Pool.start()
        self.name, self.pool, self.transaction = name, Pool(name), Transaction
        self.pool.init()
        self.user, self.context = 0, {}
        with Transaction().start(name, 0):
            self.user = self._only("res.user", ("login", "=", "admin"))
        with Transaction().start(name, self.user):
            user = self.pool.get("res.user")
            self.context = dict(user.get_preferences(context_only=True), _skip_warnings=True)
        with Transaction().start(name, self.user, context=self.context):
            self.company = self._only("company.company")
            self.currency = self.pool.get("company.company")(self.company).currency.id
            self.warehouse = self._only("stock.location", ("code", "=", "WH"))
            self.unit = self._only("product.uom", ("name", "=", "Unit"))
            self.term = self._only("account.invoice.payment_term")
            self.supplier, self.supplier_address = self._party("Supplier")
            self.customer, self.customer_address = self._party("Customer")
            self.products = [product.id for product in self.pool.get("product.product").search([])]
            stock = self.pool.get("product.category").search([("name", "=", "Goods")])[0].account_stock
            self.stock_account = stock.id
        self.random = random.Random(1)

    def _only(self, model, *domain):
        return self.pool.get(model).search(list(domain))[0].id

    def _party(self, name):
        party = self._only("party.party", ("name", "=", name))
        return party, self.pool.get("party.party")(party).addresses[0].id

    def call(self, do):
        """In one transaction, and then the tasks it left behind, as a worker of Tryton would."""
        from trytond.transaction import TransactionError
        from trytond.worker import run_task

        extras = {}
        while True:
            with self.transaction().start(self.name, self.user, context=self.context, **extras) as transaction:
                try:
                    answer = do()
                    transaction.commit()
                    break
                except TransactionError as error:  # Tryton's way to begin again with a table locked
                    transaction.rollback()
                    error.fix(extras)
        while transaction.tasks:
            run_task(self.pool, transaction.tasks.pop())
        return answer

    def lines(self):
        return [
            (product, self.random.randint(1, 20), Decimal(self.random.randint(100, 5000)) / 100)
            for product in self.random.sample(self.products, LINES)
        ]

    def ordered(self, kind, lines, **fields):
        """An order (``purchase.purchase`` or ``sale.sale``) that is processed, which books nothing but drafts what comes next."""
        order_model, line_model = self.pool.get(kind), self.pool.get(f"{kind.partition('.')[0]}.line")
        order = order_model(
            company=self.company,
            currency=self.currency,
            warehouse=self.warehouse,
            payment_term=self.term,
            invoice_method="fulfillment",
            **fields,
        )
        order.lines = [
            line_model(type="line", product=product, quantity=quantity, unit=self.unit, unit_price=price)
            for product, quantity, price in lines
        ]
        order.save()
        for verb in ("quote", "confirm"):
            getattr(order_model, verb)([order_model(order.id)])
        if order_model(order.id).state == "confirmed":
            order_model.process([order_model(order.id)])
        return order_model(order.id)

    def order_and_receive(self, lines):
        order = self.ordered(
            "purchase.purchase",
            lines,
            party=self.supplier,
            invoice_address=self.supplier_address,
            purchase_date=TODAY,
        )
        shipment_model = self.pool.get("stock.shipment.in")
        shipment = shipment_model(
            supplier=self.supplier,
            company=self.company,
            contact_address=self.supplier_address,
            warehouse=self.warehouse,
        )
        shipment.on_change_warehouse()
        shipment.incoming_moves = list(order.moves)
        shipment.save()
        for verb in ("receive", "do"):
            getattr(shipment_model, verb)([shipment_model(shipment.id)])
        return order.id

    def order_and_ship(self, lines):
        order = self.ordered(
            "sale.sale",
            lines,
            party=self.customer,
            invoice_address=self.customer_address,
            shipment_address=self.customer_address,
            sale_date=TODAY,
            shipment_method="order",
        )
        shipment_model = self.pool.get("stock.shipment.out")
        shipments = [one.id for one in order.shipments]
        assert shipments, "Tryton made no shipment"
        shipment_model.assign_try(shipment_model.browse(shipments))
        for verb in ("pick", "pack", "do"):
            getattr(shipment_model, verb)(shipment_model.browse(shipments))
        assert all(one.state == "done" for one in shipment_model.browse(shipments)), "Tryton shipped nothing"
        return order.id

    def enter_invoice(self, orders, order):
        invoice_model = self.pool.get("account.invoice")
        invoices = [invoice_model(one.id) for one in self.pool.get(orders)(order).invoices]
        assert invoices, "Tryton drafted no invoice"
        invoice_model.write(invoices, {"invoice_date": TODAY})
        invoice_model.post([invoice_model(one.id) for one in invoices])
        assert all(invoice_model(one.id).state in {"posted", "paid"} for one in invoices)

    def buy(self, count):
        """The seconds of each purchase."""
        return [self._timed(self.lines(), self.order_and_receive, "purchase.purchase") for _ in range(count)]

    def sell(self, count):
        """The seconds of each sale; what is sold is bought before, at a time that is not counted."""
        times = []
        for _ in range(count):
            lines = self.lines()
            self.call(lambda lines=lines: self.order_and_receive(lines))
            times.append(self._timed(lines, self.order_and_ship, "sale.sale"))
        return times

    def _timed(self, lines, order_with_goods, orders):
        begun = time.perf_counter()
        order = self.call(lambda: order_with_goods(lines))
        self.call(lambda: self.enter_invoice(orders, order))
        return time.perf_counter() - begun

    def checked(self):
        """What is in the books at the end, so that nobody measures nothing."""
        with self.transaction().start(self.name, self.user, context=self.context) as transaction:
            run = transaction.connection.cursor()
            counts = {}
            for table, where in (
                ("purchase_purchase", "true"),
                ("sale_sale", "true"),
                ("stock_move", "state = 'done'"),
                ("account_invoice", "state IN ('posted', 'paid')"),
                ("account_move", "true"),
            ):
                run.execute(f"SELECT count(*) FROM {table} WHERE {where}")
                counts[table] = run.fetchone()[0]
            run.execute("SELECT sum(debit - credit) FROM account_move_line WHERE account = %s", [self.stock_account])
            counts["stock account"] = str(run.fetchone()[0])
            return counts


def main():
    from trytond import config

    file, base, name = sys.argv[1:4]
    config.update_etc(file)
    if len(sys.argv) > 4:
        prepare(base + name)
        return
    books = Books(name)
    for order in sys.stdin:
        verb, *rest = order.split()
        does = {"buy": books.buy, "sell": books.sell}
        answer = {"times": does[verb](int(rest[0]))} if verb in does else books.checked()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
