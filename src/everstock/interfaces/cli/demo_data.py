"""``everstock demo-data``: companies that are made up, to try things and to measure."""

import time

import click

from everstock.core.facts import Method
from everstock.interfaces.cli.output import Column, emit, format_option, progress, say
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.setup import upgrade

_METHODS = tuple(method.value for method in Method if method not in {Method.STANDARD, Method.SPECIFIC})
_CODE = "DEMO"


@click.group("demo-data")
def demo_data() -> None:
    """Make up a company with a history, in a company of its own: to try things, and to measure.

    \b
    Example:
      everstock demo-data trading --orders 2000 --company DEMO
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped


@demo_data.command()
@click.option(
    "--orders", type=click.IntRange(1), default=1500, show_default=True, help="About how many customers order."
)
@click.option(
    "--days", type=click.IntRange(60), default=731, show_default=True, help="In how many days, from 2024-01-01 on."
)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed and size make the same history.")
@click.option("--costing", type=click.Choice(_METHODS), default="average", show_default=True, help="Costing method.")
@format_option
@click.pass_obj
def trading(program: Program, orders: int, days: int, seed: int, costing: str, format: str) -> None:  # noqa: A002 - the option's name
    """Let a company that does not exist buy and sell for two years, by the same verbs as everybody else.

    Customers of a web shop, a marketplace, a counter and the trade: quotes, orders, promotions, kits, backorders, pick lists with
    short picks, partial shipments, drop shipments, invoices by shipment and by month, goods that come back and are repaired or scrapped,
    returns at the till, advances that are paid back. Purchase orders that follow what is sold, approvals, partial and late receipts, lots, quality control, goods at
    sea, returns, invoices before and after the goods at other prices, credit notes, payments in four currencies, freight billed months
    later, closed months, mistakes, and what people may not do. The company is that of --company (default: DEMO), which must not exist yet.
    Its users are bea, max, wim, ada, sam and shop, each followed by a dash and the company's code.

    \b
    Example:
      everstock demo-data trading --orders 3000 --seed 7 --company WHOLESALE
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    program.database(create=True)
    upgrade()
    from everstock.interfaces.demo.trading import tell_trading

    begun = time.monotonic()
    code = program.company_code or _CODE
    with progress("Trading", "orders", total=orders) as bar:
        told = tell_trading(
            code=code, orders=orders, seed=seed, method=costing, days=days, progress=lambda _: bar.advance()
        )
    seconds = time.monotonic() - begun
    rows = [("done", what, count) for what, count in sorted(told.done.items())]
    rows += [("refused", what, count) for what, count in sorted(told.refused.items())]
    emit([Column("outcome"), Column("what"), Column("count", numeric=True)], rows, format)
    if format == "table":
        verbs, rate = sum(told.done.values()), told.lines / max(seconds, 0.001)
        say()
        say(
            f"{code}: {orders:,} customers' orders, {verbs:,} verbs, {told.lines:,} lines in {seconds:.1f} s ({rate:,.0f} lines/s); "
            f"{told.service:.1%} of what was asked for was there at once."
        )
        say(f"Next: everstock verify --company {code}")
