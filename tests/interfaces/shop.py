"""A shop that buys, run by its commands in this process: what they print, and how they end."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Collection, Sequence
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from everstock.interfaces.cli.program import Program
from everstock.project.main import _explain, _invoke
from tests.interfaces.books import select

if TYPE_CHECKING:
    from everstock.masterdata.models import Company


TABLES = ("document", "document_line", "movement", "entry", "audit_event", "app_user", "supplier_terms", "lot")


class Printed(NamedTuple):
    """What a command printed."""

    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def refusal(self) -> tuple[str, str]:
        """Cause and remedy."""
        cause, remedy = self.err.splitlines()[-2:]
        return cause.removeprefix("Error: "), remedy.removeprefix("Remedy: ")


class _Database:
    """The database of the tests, as commands are given one."""

    embedded = False
    data_dir = Path("none")
    bin_dir = Path("none")
    server_version = 180_000

    def __init__(self) -> None:
        self.url = os.environ["EVERSTOCK_DATABASE_URL"]

    def close(self) -> None:
        """The tests close it."""


class Shop:
    """A company with items, places and suppliers."""

    def __init__(self, company: Company, capsys: pytest.CaptureFixture[str]) -> None:
        self.company = company
        self._capsys = capsys

    def __call__(self, *arguments: object, status: int | Collection[int] = 0) -> Printed:
        """Run a command; it must end with this status, or one of these, and never by something nobody expected."""
        program = Program(lambda *_: _Database())
        program.company_code = self.company.code
        self._capsys.readouterr()
        try:
            ended = _invoke(program, [str(argument) for argument in arguments])
        except BaseException as error:  # noqa: BLE001 - as the program does
            ended = _explain(error, program)
        printed = Printed(*self._capsys.readouterr())
        assert ended in ({status} if isinstance(status, int) else status), (
            f"{arguments}: {ended}\n{printed.out}{printed.err}"
        )
        assert "Something went wrong" not in printed.err
        return printed

    def number(self, *arguments: object) -> str:
        """Run a command that makes a document, and return its number."""
        (number,) = self(*arguments, "--quiet").lines
        return number

    def sent(self, *lines: str, supplier: str = "SMITH", day: str = "2026-03-02", more: Sequence[str] = ()) -> str:
        """An order that went to the supplier."""
        wanted = [word for line in lines for word in ("--line", line)]
        number = self.number("po", "create", supplier, *wanted, "--day", day, *more)
        self("po", "approve", number)
        self("po", "send", number, "--day", day)
        return number


def open_shop(company: Company, capsys: pytest.CaptureFixture[str]) -> Shop:
    """Bolts by piece and box, nuts, milk in lots, pumps with serial numbers; a dock, a shed with two bins; two suppliers."""
    from everstock.masterdata import actions
    from everstock.masterdata.models import Account, Item, ItemUnit, Location, Partner
    from everstock.operations.documents.actions import set_tax_code
    from everstock.operations.documents.taxes import TaxKind
    from everstock.operations.identity.actor import system_actor

    items = actions.ensure_items(company=company, skus=["BOLT", "NUT", "MILK", "PUMP"], lot_tracked=["MILK"])
    Item.objects.filter(pk=items["BOLT"]).update(name="Bolt M8")
    Item.objects.filter(pk=items["PUMP"]).update(tracking="serial")
    units = actions.ensure_units(company=company, codes=["box"])
    ItemUnit.objects.create(item_id=items["BOLT"], unit_id=units["box"], numerator=100, denominator=1)
    shed = Location.objects.create(company=company, code="SHED", kind="internal", purpose="warehouse")
    for code, purpose in (("DOCK", "dock"), ("BIN-1", "bin"), ("BIN-2", "bin")):
        Location.objects.create(company=company, code=code, kind="internal", purpose=purpose, parent=shed)
    partners = actions.ensure_partners(company=company, codes=["SMITH", "EURO"], is_supplier=True)
    actions.ensure_partners(company=company, codes=["JONES"], is_customer=True)
    Partner.objects.filter(pk=partners["EURO"]).update(currency="EUR", name="Euro GmbH")
    accounts = dict(Account.objects.filter(company=company).values_list("code", "id"))
    set_tax_code(
        system_actor(company.pk, "tests"),
        code="VAT",
        name="Value added tax",
        rate=200_000,
        kind=TaxKind.STANDARD,
        recorded_at=1,
        input_account=accounts["1400"],
    )
    return Shop(company, capsys)


def contents() -> dict[str, int]:
    """How many rows there are of what commands write."""
    return {name: select(f"SELECT count(*) FROM {name}")[0][0] for name in TABLES}


def table(printed: str) -> list[dict[str, str]]:
    """The rows of printed CSV."""
    return list(csv.DictReader(StringIO(printed)))


def shown(shop: Shop, number: str, *more: str) -> dict[str, Any]:
    """What ``everstock document show`` says of a document."""
    found = json.loads(shop("document", "show", number, "--format", "json", *more).out)
    assert isinstance(found, dict)
    return found
