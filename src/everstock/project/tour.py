"""A tour of Everstock in a terminal, run by ``make demo``: a wholesaler's year comes in, is asked about, corrected and proved,
a shop buys, and a company trades for two years.

Every step is a command as a user would type it, run for real in a data directory of its own, which is made anew each time. The year is
a real one where the samples are at hand (``EVERSTOCK_SAMPLES``, else ../shared), and a generated one otherwise.
"""

import datetime as dt
import os
import shutil
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from everstock.core.problems import Refusal
from everstock.project.tour_buying import buying
from everstock.project.tour_guide import DATA, OURS, Failed, Guide, without_next
from everstock.project.tour_selling import selling

FILES = Path(".everstock/demo-files")
_GENERATED = {"seed": 2026, "items": 3_000, "days": 365, "lines": 300_000}
_TOP = 8
INTERRUPTED = 130


class Year(NamedTuple):
    """A year to show: its files, the company, and two days to ask about."""

    movements: Path
    cost_changes: Path
    company: str
    name: str
    about: str
    middle: dt.date
    end: dt.date


def real_year(samples: Path) -> Year | None:
    """The year of the samples, if it is there."""
    folder = samples / "data" / "uci"
    movements, changes = folder / "movements.csv.gz", folder / "cost_changes.csv.gz"
    if not (movements.is_file() and changes.is_file()):
        return None
    about = (
        "Every sale, return, write-off and find of a gift wholesaler in the UK, December 2010 to December 2011, to the minute (UCI, "
        "“Online Retail”). Opening stock, weekly receipts and unit costs are made up by a fixed rule, since nobody published them."
    )
    days = dt.date(2011, 6, 30), dt.date(2011, 12, 9)
    return Year(movements, changes, "UCI", "A gift wholesaler", about, *days)


def generated_year(folder: Path) -> Year:
    """A year made up for the tour."""
    from everstock.interfaces.files.generator import write_history

    made = write_history(folder, **_GENERATED, first_day=dt.date(2025, 1, 1), currency="GBP")
    about = (
        f"No real data is at hand, so this is a generated history: {made.lines:,} lines of a wholesaler who does not exist, 2025. "
        "A folder of real samples can be named with EVERSTOCK_SAMPLES."
    )
    days = dt.date(2025, 6, 30), dt.date(2025, 12, 31)
    return Year(made.movements, made.cost_changes, "DEMO", "A generated wholesaler", about, *days)


def _highest(printed: list[str]) -> list[str]:
    """The header of a valuation, its rows of the highest value, its total."""
    header, *rows, total = printed
    best = sorted(rows, key=_value, reverse=True)[:_TOP]
    return [header, *best, f"… and {len(rows) - len(best):,} more", total]


def _value(row: str) -> Decimal:
    return Decimal(row.rsplit(maxsplit=2)[1])


def _first(printed: list[str]) -> list[str]:
    return printed if len(printed) <= _TOP + 1 else [*printed[: _TOP + 1], f"… and {len(printed) - _TOP - 1:,} more"]


def tour(guide: Guide, year: Year) -> None:
    """All of it."""
    guide.chapter("A company", year.about)
    name = ("--name", year.name, "--currency", "GBP", "--costing", "average")
    guide.run("init", "--company", year.company, *name, show=without_next)
    guide.chapter(
        "Its year comes in",
        "Every line is costed and journalled, and all of them are committed together, or none.",
    )
    guide.run("import", "movements", year.movements, show=without_next)
    guide.chapter(
        "What is the stock worth?",
        f"On any day, the last one or one in between; here the {_TOP} items of the highest value.",
    )
    guide.run("report", "valuation", "--as-of", year.middle, show=_highest)
    guide.run("report", "valuation", "--as-of", year.end, show=_highest)
    guide.chapter("And the books?", "The same record, read as a ledger: Inventory is what the valuation says.")
    guide.run("report", "trial-balance", "--as-of", year.end)
    guide.chapter(
        "Facts come late",
        "A month after they came in, some receipts turn out to have cost something else. Each one counts as if it had always been so: "
        "what was sold since costs something else too, day by day, by new entries beside the old ones.",
    )
    guide.run("import", "cost-changes", year.cost_changes, show=without_next)
    _late_invoice(guide, year)
    guide.chapter(
        "Is it true?",
        "All of it is computed again from the raw movements, by code that shares nothing with the costing engine.",
    )
    guide.run("verify")
    buying(guide, FILES)
    selling(guide)


def _recent_receipt(guide: Guide, year: Year) -> dict[str, str]:
    """The largest receipt of the month before the middle of the year, of an item that matters."""
    rows = guide.ask("report", "valuation", "--as-of", year.middle)
    period = ("--kind", "receipt", "--from", year.middle.replace(day=1), "--to", year.middle)
    for row in sorted(rows, key=lambda row: Decimal(row["value"]), reverse=True):
        receipts = guide.ask("report", "movements", "--item", row["item"], *period)
        if receipts:
            return max(receipts, key=lambda receipt: Decimal(receipt["quantity"]))
    raise Refusal("tour.receipt", f"Nothing was received in {year.middle:%B %Y}.", "Use other samples.")


def _late_invoice(guide: Guide, year: Year) -> None:
    """One more late fact, small enough to be followed."""
    receipt = _recent_receipt(guide, year)
    item = receipt["item"]
    old = Decimal(receipt["cost"]) / Decimal(receipt["quantity"])
    new = (old * Decimal("1.2")).quantize(Decimal("0.0001"))
    guide.chapter(
        "One of them, step by step",
        f"Today an invoice comes: {receipt['quantity']} of {item}, received on {receipt['effective_at'][:10]}, cost {new} each, "
        f"not {old:.4f}.",
    )
    file = FILES / "invoice.csv"
    text = f"date,kind,item,reference,applies_to,unit_cost\n{year.end},cost_change,{item},INVOICE-1,{receipt['reference']},{new}\n"
    file.write_text(text, encoding="utf-8")
    guide.console.print(f"\n$ cat {file}", style="cyan", markup=False)
    guide.console.print("".join(f"  {line}\n" for line in text.splitlines()), markup=False, end="")
    since = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
    time.sleep(1)  # what is recorded from now on lies after that second
    guide.run("import", "movements", file, show=without_next)
    guide.console.print("\nWhat that changed, on which day, in which accounts:")
    guide.run("report", "what-changed", "--since", since, "--item", item, show=_first)
    guide.console.print(f"\nThe value at the end of {year.middle} as it is known now, and as it was known before:")
    guide.run("report", "valuation", "--item", item, "--as-of", year.middle)
    guide.run("report", "valuation", "--item", item, "--as-of", year.middle, "--known-at", since)


def _farewell(guide: Guide, year: Year, seconds: float) -> None:
    ends = {"item": _best_item(guide, year)}
    commands = (
        (("report", "item-ledger", "--item", ends["item"]), "every movement of an item, with its cost"),
        (("report", "cogs", "--by", "month"), "sales, cost and margin by month"),
        (("report", "method-comparison", "--as-of", year.end), "the same year under FIFO and LIFO"),
        (("report", "journal", "--from", year.end, "--to", year.end), "the journal of a day"),
        (("so", "list", "--company", "TRADE"), "the orders of the company that traded for two years"),
        (("lock", "--through", year.middle), "close the first half of the year"),
        (("backup", f"{DATA.parent}/demo.backup"), "everything in one file"),
        (("report", "--help"), "more questions"),
    )
    guide.console.print()
    guide.console.rule("[bold]What to try next", align="left", style="dim")
    for arguments, what in commands:
        guide.console.print(f"# {what}", style="dim", markup=False)
        guide.console.print(guide.typed(*arguments), style="cyan", markup=False)
    guide.console.print(f"\nThe tour took {seconds:.0f} s. Its data stay in {DATA} until the next one.")


def _best_item(guide: Guide, year: Year) -> str:
    rows = guide.ask("report", "valuation", "--as-of", year.end)
    return max(rows, key=lambda row: Decimal(row["value"]))["item"]


def main() -> int:
    """Run the tour; returns the exit status."""
    guide = Guide()
    try:
        _run(guide)
    except Failed as failed:
        guide.console.print(f"\nThe tour stops here: the command ended with status {failed}.", style="red")
        return 1
    except KeyboardInterrupt:
        guide.console.print("\nInterrupted.")
        return INTERRUPTED
    except (Refusal, OSError) as error:
        cause, remedy = (
            (error.cause, error.remedy) if isinstance(error, Refusal) else (str(error), "Mend it, try again.")
        )
        guide.console.print(f"Error: {cause}\nRemedy: {remedy}", style="red", markup=False)
        return 1
    return 0


def _run(guide: Guide) -> None:
    from everstock.project.database import open_database

    begun = time.monotonic()
    for name in OURS:  # the tour is never given anybody's books
        os.environ.pop(name, None)
    for folder in (DATA, FILES):
        shutil.rmtree(folder, ignore_errors=True)
    FILES.mkdir(parents=True)
    guide.console.print("[bold]Everstock[/]: quantity, value and general ledger in one record, right at every commit.")
    # open from here to the end, so that the server is not started anew for each command
    with open_database(DATA):
        year = real_year(Path(os.environ.get("EVERSTOCK_SAMPLES") or "../shared")) or generated_year(FILES)
        tour(guide, year)
        _farewell(guide, year, time.monotonic() - begun)


if __name__ == "__main__":
    sys.exit(main())
