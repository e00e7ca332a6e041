"""``everstock invoice pay-back`` and ``so pay-back``: what was paid in advance and is not needed."""

from typing import Any

import click

from everstock.interfaces.cli.acting import day_option, desk, making_options, now, once, perhaps, rate_option, told
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.words import AMOUNT
from everstock.operations.documents.sides import Side

_HELP = """Register that {who} what was paid in advance by PREPAYMENT, or above the invoices it paid, and is not needed.

What the exchange rate moved since is booked as an exchange gain or loss. A credit note is paid back as it is paid: `everstock {group} pay`.

\b
Examples:
  everstock {group} pay-back {prefix}-2026-000001
  everstock {group} pay-back {prefix}-2026-000001 --amount 120.00 --day 2026-04-15
"""


def pay_back_command(side: Side, group: str, prefix: str) -> click.Command:
    """Return the command of one side; ``group``: below which it is; ``prefix``: how numbers of its payments begin."""

    @click.command(
        "pay-back",
        help=_HELP.format(
            who="a supplier paid back" if side.owed > 0 else "a customer was paid back", group=group, prefix=prefix
        ),
    )
    @click.argument("prepayment")
    @click.option("--amount", type=AMOUNT, metavar="AMOUNT", help="How much of it; default: all that is left.")
    @day_option("Day on which it was paid back.")
    @click.option(
        "--bank-amount",
        type=AMOUNT,
        metavar="AMOUNT",
        help="What went through the bank, in the company's currency; default: by the rate.",
    )
    @rate_option
    @click.option("--account", metavar="CODE", help="Account it goes through; default: the bank's.")
    @click.option("--reference", metavar="TEXT", help="Number of the bank's statement, or another reference.")
    @making_options
    @click.pass_obj
    def pay_back(
        program: Program,
        /,
        prepayment: str,
        amount: str | None,
        bank_amount: str | None,
        account: str | None,
        rate: int | None,
        reference: str | None,
        as_: str | None,
        quiet: bool,
        **given: Any,
    ) -> None:
        at = desk(program, as_)
        from everstock.interfaces.cli.codes import money_of
        from everstock.operations.documents import prepayments
        from everstock.operations.documents.payments import Given
        from everstock.operations.documents.read import read
        from everstock.operations.documents.records import DocumentRef

        _, key = at.codes.document(prepayment, [side.payment])
        currency = read(at.company.pk, [key]).headers[key].currency
        bank = None if bank_amount is None else money_of(bank_amount, at.company.currency_id, "amount")

        def go() -> DocumentRef:
            return prepayments.pay_back(
                *(at.actor, side),
                prepayment=key,
                amount=None if amount is None else money_of(amount, currency, "amount"),
                given=Given(None, rate, bank, perhaps(at.codes.account, account), reference),
                recorded_at=now(),
                **given,
            )

        told(at, once(at, given["key"], go), quiet=quiet)

    return pay_back
