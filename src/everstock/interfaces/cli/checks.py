"""Commands that prove and reshape the books: verify, seal, recost."""

import time
from typing import TYPE_CHECKING

import click

from everstock.core.facts import Method
from everstock.core.quantities import format_money
from everstock.interfaces.cli.output import Column, emit, format_option, progress, say
from everstock.interfaces.cli.program import Program

if TYPE_CHECKING:
    from everstock.ledger.recost import Recosting
    from everstock.masterdata.models import Company

_SHOWN = 20


@click.command()
@click.option(
    "--moments",
    type=click.IntRange(0, 1000),
    default=3,
    show_default=True,
    help="Earlier recording moments to prove too.",
)
@format_option
@click.pass_context
def verify(context: click.Context, moments: int, format: str) -> None:  # noqa: A002 - the option's name
    """Prove the books: all laws, computed again from the movements.

    Every item is replayed from its raw movements by code that shares nothing with the costing engine, and compared with what is booked: now, and
    as it was known at some earlier moments. Documents must agree with the ledger line by line, and their numbers have no gaps. Exit status 1 and the worst offenders if a law is violated.
    """
    program: Program = context.obj
    company = program.company()
    from everstock.reports.proof import prove

    begun = time.monotonic()
    with progress("Verifying", "items") as bar:
        doing, done = "", 0

        def tell(what: str, count: int, total: int) -> None:
            nonlocal doing, done
            if what != doing:
                doing, done = what, 0
            bar.total = total
            bar.advance(count - done)
            done = count

        verdict = prove(company.pk, progress=tell, known_at_samples=moments)
    seconds = time.monotonic() - begun
    columns = [Column("law"), Column("where"), Column("finding")]
    rows = [violation[:3] for violation in verdict.violations]
    if format != "table":
        emit(columns, rows, format)
    elif rows:
        emit(columns, rows[:_SHOWN], format)
        say(f"{len(rows)} violations, the worst first.")
    else:
        say(
            f"Company {company.code}: {verdict.items:,} items, {verdict.facts:,} movements replayed, "
            f"{verdict.moments} recording moments, {verdict.laws} laws ({seconds:.1f} s)."
        )
        say("All laws hold.")
    if rows:
        context.exit(1)


@click.command()
@click.pass_obj
def seal(program: Program) -> None:
    """Chain what was posted by checksums, so that no one can edit the past unnoticed.

    Postings since the last seal are put into blocks; each block's SHA-256 covers its rows and the block before. `everstock verify` checks them all.
    """
    company = program.company()
    from everstock.ledger.seals import seal as make

    blocks = make(company.pk, sealed_at=time.time_ns() // 1000)
    if not blocks:
        say("Everything is sealed already.")
        return
    say(f"Sealed postings {blocks[0].first} to {blocks[-1].last} in {len(blocks)} blocks.")
    say(f"Last digest: {blocks[-1].digest}")


@click.command()
@click.option("--costing", type=click.Choice([method.value for method in Method]), help="The new method.")
@click.option("--cost-scope", type=click.Choice(["item", "item+location"]), help="The new scope.")
@click.option("--yes", is_flag=True, help="Post the differences. Without it they are only shown.")
@click.pass_obj
def recost(program: Program, costing: str | None, cost_scope: str | None, yes: bool) -> None:
    """Change the costing method or scope of the company.

    The whole history is replayed under the new costing. Without --yes the differences are shown and nothing is changed; with it they are
    posted, day by day, beside what is there. What was known before stays as it was.
    """
    company = program.company()
    from everstock.ledger.recost import recost as run
    from everstock.masterdata.models import Scope

    if costing is None and cost_scope is None:
        raise click.UsageError("Give --costing or --cost-scope.")
    with progress("Re-costing", "items") as bar:
        done = 0

        def tell(count: int, total: int) -> None:
            nonlocal done
            bar.total = total
            bar.advance(count - done)
            done = count

        result = run(
            company.pk,
            method=Method(costing or company.method),
            scope=Scope(cost_scope or company.scope),
            recorded_at=time.time_ns() // 1000,
            actor=None,
            preview=not yes,
            progress=tell,
        )
    _tell_recosting(company, result, posted=yes)


def _tell_recosting(company: "Company", result: "Recosting", *, posted: bool) -> None:
    from everstock.masterdata.models import Account, Item

    digits = company.currency.digits
    names = {account.pk: account for account in Account.objects.filter(company=company)}
    emit(
        [Column("account"), Column("account_name"), Column("change", numeric=True)],
        [
            (names[change.account].code, names[change.account].name, format_money(change.amount, digits))
            for change in result.accounts
        ],
        "table",
    )
    worst = sorted(result.items, key=lambda change: -abs(change.after - change.before))[:_SHOWN]
    skus = dict(Item.objects.filter(pk__in=[change.item for change in worst]).values_list("id", "sku"))
    say()
    emit(
        [Column("item"), Column("value_before", numeric=True), Column("value_after", numeric=True)],
        [(skus[c.item], format_money(c.before, digits), format_money(c.after, digits)) for c in worst],
        "table",
    )
    say()
    say(
        f"{len(result.items):,} items change in value; {result.entries:,} entries {'were posted' if posted else 'would be posted'}."
    )
    if not posted:
        say("Nothing was changed. Add --yes to post them.")
