"""The command ``everstock``: its sub-commands, each loaded only when it is used, and its manual."""

from importlib import import_module
from importlib.util import find_spec
from typing import NamedTuple

import click

from everstock.interfaces.cli.program import add_global_options, global_options

_PACKAGE = "everstock.interfaces.cli"


class _Entry(NamedTuple):
    module: str
    attribute: str
    summary: str


SECTIONS: dict[str, dict[str, _Entry]] = {
    "Set up": {
        "init": _Entry("setup", "init", "Create a company, ready to post to."),
        "migrate": _Entry("setup", "migrate", "Create or upgrade the tables of the database."),
        "settings": _Entry("setup", "settings", "Say when the company works, and show it."),
        "info": _Entry("setup", "info", "Show where the data lies, versions, companies."),
        "rate": _Entry("rates", "rate", "Exchange rates."),
        "tax": _Entry("rates", "tax", "Tax codes."),
        "user": _Entry("users", "user", "Users, roles, approval limits, audit trail."),
    },
    "Bring in": {
        "import": _Entry("imports", "import_", "Import movements, cost changes, items, locations, partners."),
        "reverse": _Entry("reverse", "reverse", "Take a posted line back by a posting of the opposite."),
    },
    "Buy": {
        "supplier": _Entry("buying.suppliers", "supplier", "Terms, items and prices of suppliers."),
        "po": _Entry("buying.orders", "po", "Purchase orders and blanket orders."),
        "receive": _Entry("buying.receiving", "receive", "Goods that came, against orders or without one."),
        "arrive": _Entry("buying.receiving", "arrive", "Goods that were in transit are here."),
        "put-away": _Entry("buying.receiving", "put_away", "From the dock to where goods are kept."),
        "return-supplier": _Entry("buying.returning", "return_supplier", "Goods that go back to their supplier."),
        "invoice": _Entry("buying.invoices", "invoice", "Supplier invoices, credit notes and payments."),
        "landed-cost": _Entry("buying.costs", "landed_cost", "Freight, duty and the like on goods that came."),
        "grni": _Entry("buying.costs", "grni", "Goods received not invoiced, line by line."),
    },
    "Sell": {
        "quote": _Entry("selling.quotes", "quote", "What is offered to customers, until when."),
        "available": _Entry("selling.availability", "available", "What of items can be promised, and when."),
        "so": _Entry("selling.orders", "so", "Sales orders."),
        "return": _Entry("selling.returning", "return_", "What customers send back, and what becomes of it."),
        "pick": _Entry("selling.picking", "pick", "Pick lists, and counts that pickers ask for."),
        "pack": _Entry("selling.parcels", "pack", "Packages, their weight and SSCC."),
        "carrier": _Entry("selling.parcels", "carrier", "Carriers, and what leaves with them."),
        "kit": _Entry("selling.kits", "kit", "What kits contain."),
        "hold": _Entry("selling.holds", "hold", "Stock held for carts and quotes; who holds what."),
        "till": _Entry("selling.tills", "till", "Points of sale: sell, receipts and sums of a day."),
        "channel": _Entry("selling.channels", "channel", "Sales channels, their buffers, safety stock."),
        "substitute": _Entry("selling.substitutes", "substitute", "What can be delivered instead."),
        "customer": _Entry("selling.customers", "customer", "Terms, holds and addresses of customers."),
        "price-list": _Entry(
            "selling.price_lists", "price_list", "Selling prices by customer, group, quantity and day."
        ),
    },
    "Move": {
        "transfer": _Entry("transfers", "transfer", "Goods on their way to another own warehouse."),
    },
    "Ask": {
        "document": _Entry("documents", "document", "Find, show, print or cancel any document."),
        "report": _Entry("reports", "report", "Stock, valuation, item ledger, journal and more, as of any day."),
        "verify": _Entry("checks", "verify", "Prove the books: all laws, computed again from the movements."),
    },
    "Close": {
        "lock": _Entry("periods", "lock", "Close the books through a day."),
        "unlock": _Entry("periods", "unlock", "Open the books again from a day on."),
        "seal": _Entry("checks", "seal", "Chain what was posted by checksums, so that no one can edit the past."),
        "recost": _Entry("checks", "recost", "Change the costing method or scope of the company."),
    },
    "Run": {
        "backup": _Entry("backup", "backup", "Write everything into one file, while others work."),
        "restore": _Entry("backup", "restore", "Read it back into an empty database."),
        "demo-data": _Entry("demo_data", "demo_data", "Make up a company with a history, to try and to measure."),
        "bench": _Entry("bench", "bench", "Measure speed on this machine."),
    },
}

_EXAMPLES = (
    ("everstock init --company ACME --currency EUR", "create a company"),
    ("everstock import movements july.csv --dry-run", "check a file"),
    ("everstock import movements july.csv", "post it"),
    ("everstock report valuation --as-of 2026-07-31", "what stock is worth"),
    ("everstock report journal --format csv", "for a spreadsheet"),
    ("everstock verify", "prove it"),
)
_VARIABLES = (
    ("EVERSTOCK_DATA_DIR", "Folder of the embedded database, unless --data-dir is given."),
    ("EVERSTOCK_DATABASE_URL", "Use this PostgreSQL server instead: postgresql://user:password@host/name."),
    ("EVERSTOCK_POSTGRES_BIN", "Folder of PostgreSQL's programs, unless they came with Everstock."),
    ("NO_COLOR", "Print without colours."),
)
_EXITS = (
    ("0", "Done."),
    ("1", "Refused, with cause and remedy; or a law is violated. Nothing was changed."),
    ("2", "Wrong usage of the command."),
    ("130", "Interrupted. Nothing is half done."),
)


class _Everstock(click.Group):
    """Looks commands up in ``SECTIONS`` and imports their modules late."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for section in SECTIONS.values() for name in section if _entry(name)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = _entry(cmd_name)
        if entry is None:
            return None
        command = getattr(import_module(f"{_PACKAGE}.{entry.module}"), entry.attribute)
        assert isinstance(command, click.Command)
        command.short_help = entry.summary
        return add_global_options(command)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, section in SECTIONS.items():
            rows = [(name, entry.summary) for name, entry in section.items() if _entry(name)]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows, col_max=12)
        with formatter.section("Options, before or after the command"):
            formatter.write_dl([record for p in self.get_params(ctx) if (record := p.get_help_record(ctx))])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Examples"):
            formatter.write_dl(_EXAMPLES, col_max=64)
        with formatter.section("Environment"):
            formatter.write_dl(_VARIABLES)
        with formatter.section("Exit status"):
            formatter.write_dl(_EXITS)
        formatter.write_paragraph()
        formatter.write_text("`everstock COMMAND --help` says more about a command.")


def _entry(name: str) -> _Entry | None:
    """The entry of a command that is part of this installation."""
    found = next((section[name] for section in SECTIONS.values() if name in section), None)
    return found if found and find_spec(f"{_PACKAGE}.{found.module}") else None


def _version(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib import metadata

        click.echo(f"everstock {metadata.version('everstock')}")
        context.exit()


app = _Everstock(
    name="everstock",
    help=(
        "Perpetual inventory accounting: quantity, value and general ledger of a company's stock in one record, "
        "right at every commit, also when facts arrive late.\n\n"
        "The database is an embedded PostgreSQL that starts and stops by itself; nothing needs to be installed."
    ),
    params=[
        *global_options(),
        click.Option(
            ["--version"], is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version."
        ),
    ],
    callback=lambda: None,
    context_settings={"max_content_width": 110},
)
