"""The part of the tour that sells: a company that bought and sold for two years, and what can be asked of it."""

from decimal import Decimal

from everstock.core.problems import Refusal
from everstock.project.tour_guide import Guide, without_next

_COMPANY = ("--company", "TRADE")
_ORDERS = 700
_YEAR_END = "2025-12-31"
_FEW = 6


def selling(guide: Guide) -> None:
    """Let it trade, then ask."""
    guide.chapter(
        "And two years of trade?",
        "A third company, made up: it sells over a web shop, a marketplace, a counter and to the trade, and buys what it expects to sell. "
        "Everything is done by the verbs that everybody uses, mistakes included; what people try and may not do is refused.",
    )
    guide.run("demo-data", "trading", "--orders", _ORDERS, *_COMPANY, show=_some)
    _promises(guide)
    _story_of_an_order(guide)
    guide.chapter(
        "What was earned?",
        "Revenue, cost and margin by month, and the items that sold best; all of it from the movements.",
    )
    guide.run("report", "cogs", "--by", "month", "--from", "2025-07-01", *_COMPANY)
    guide.run("report", "cogs", "--from", "2025-01-01", *_COMPANY, show=_best)
    guide.run("report", "turnover", "--from", "2025-01-01", "--to", _YEAR_END, *_COMPANY, show=_ends)
    _by_channel(guide)
    _between(guide)
    _books(guide)


def _promises(guide: Guide) -> None:
    """What of goods that are asked for can be promised."""
    waiting = guide.ask("so", "list", "--state", "confirmed", "--state", "partly_shipped", *_COMPANY)
    order = waiting[-1]["number"] if waiting else guide.ask("so", "list", *_COMPANY)[0]["number"]
    items = [line["item"] for line in guide.ask("so", "show", order, *_COMPANY) if line["item"]][:2]
    guide.chapter(
        "What can be promised, and when?",
        "What lies there, what of it is reserved, what is on its way and what is owed; a row for each day on which the answer changes.",
    )
    guide.run("available", *items, "--day", _YEAR_END, *_COMPANY)


def _story_of_an_order(guide: Guide) -> None:
    """The largest of the newest orders of which everything is billed."""
    billed = guide.ask("so", "list", "--state", "invoiced", *_COMPANY)
    order = max(billed, key=lambda row: float(row["net"]))["number"]
    guide.chapter(
        "What became of an order?",
        "What was ordered, shipped and billed, line by line, and what the order led to: shipments, invoices, payments.",
    )
    guide.run("so", "show", order, *_COMPANY, show=without_next)
    papers = guide.ask("document", "list", "--kind", "shipment", "--limit", 1, *_COMPANY)
    guide.run("document", "show", papers[0]["number"], *_COMPANY, show=without_next)


def _by_channel(guide: Guide) -> None:
    guide.chapter(
        "Which channel is worth it?",
        "What each channel brought in its last year, what the goods cost as it is known today, and what is left of it.",
    )
    guide.run("report", "margin", "--by", "channel", "--from", "2025-01-01", "--to", _YEAR_END, *_COMPANY)
    guide.chapter("Who has not paid?", "What customers owed when the year ended, by how many days it was overdue.")
    guide.run("report", "receivables", "--by", "customer", "--as-of", _YEAR_END, *_COMPANY)


def _between(guide: Guide) -> None:
    """What lay between goods and invoices at the end of the last month."""
    guide.chapter(
        "What had left and was not billed?",
        "Shipments of which the invoice was still to come when the last month ended, line by line, at the price of the order.",
    )
    guide.run("report", "shipped-not-invoiced", "--as-of", _YEAR_END, *_COMPANY, show=_ends)
    guide.chapter(
        "What had come and was not billed?",
        "Goods that had come by then and were not billed in full, beside bills that were ahead of their goods; the sum is what stands on the account.",
    )
    guide.run("report", "received-not-invoiced", "--as-of", _YEAR_END, *_COMPANY, show=_ends)


def _books(guide: Guide) -> None:
    guide.chapter(
        "Is the stock worth what the books say?",
        "The stock valued item by item, and the accounts it stands on: they are the same to the cent, as they are two readings of one record.",
    )
    guide.run("report", "valuation", "--by", "account", "--as-of", _YEAR_END, *_COMPANY)
    guide.run("report", "trial-balance", "--as-of", _YEAR_END, *_COMPANY)
    _compare(guide)
    guide.chapter(
        "Does every law hold?",
        "After two years of everybody's mistakes all of it is computed again from the raw movements, and compared with what was booked.",
    )
    guide.run("verify", *_COMPANY, show=without_next)


def _compare(guide: Guide) -> None:
    """Say that value and balance of each account of the stock are the same; refused (``tour.stock_value``) if they are not."""
    valued = guide.ask("report", "valuation", "--by", "account", "--as-of", _YEAR_END, *_COMPANY)
    booked = {
        row["account"]: Decimal(row["balance"])
        for row in guide.ask("report", "trial-balance", "--as-of", _YEAR_END, *_COMPANY)
    }
    for row in valued:
        if Decimal(row["value"]) != booked.get(row["account"], Decimal()):
            raise Refusal(
                "tour.stock_value",
                f"The stock of account {row['account']} is worth {row['value']}, and {booked.get(row['account'], 0)} is in the books.",
                "Report it: this must never be.",
            )
        guide.console.print(
            f"\n{row['account_name']}: {row['value']} lies there, and {booked[row['account']]} is in the books.",
            markup=False,
        )


def _some(printed: list[str]) -> list[str]:
    """What was done to customers' orders, and the last lines."""
    verbs = ("orders", "quotes", "shipments", "payments", "drop", "kits", "pick", "short", "returns", "repairs")
    told = ("refused", *(f"done     {what}" for what in verbs))
    return [printed[0], *(line for line in printed if line.startswith(told)), *without_next(printed[-3:])]


def _best(printed: list[str]) -> list[str]:
    """The header of a report, its rows of the highest margin, its total."""
    header, *rows, total = printed
    best = sorted(rows, key=lambda row: float(row.split()[-1]), reverse=True)[:_FEW]
    return [header, *best, f"… and {len(rows) - len(best):,} more", total]


def _ends(printed: list[str]) -> list[str]:
    return [*printed[: 1 + _FEW], "…", printed[-1]]
