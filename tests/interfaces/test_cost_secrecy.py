"""Nobody who may not see costs gets one: every command is run as every such role, and all that it prints or writes is searched for costs."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from django.db import transaction
from pypdf import PdfReader

from everstock.operations.identity.permissions import ROLE_PERMISSIONS, Permission, Role
from tests.interfaces.shop import Shop, open_shop

if TYPE_CHECKING:
    from everstock.masterdata.models import Company

COST, PRICE, FEE = 765_437, 900_000, 43_219_87
"""Of a piece, in cents: what it costs, what it is sold for; and what a carrier took for a shipment."""
SECRETS = {
    *(str(pieces * amount) for pieces in range(1, 201) for amount in (COST, PRICE - COST)),
    str(FEE),
    str(FEE)[:-1],
}
"""Costs and margins of up to two hundred pieces, digits alone."""
LOOKING = {
    "so list": ["", "--format csv", "--format json"],
    "so show": ["{order}", "{order} --format json", "{draft}", "{below} --format csv"],
    "so promise": ["{order}", "{order} --format json"],
    "so receivables": ["--as-of 2026-04-30", "--by customer --as-of 2026-04-30 --format json"],
    "so dunning": ["--as-of 2026-06-30 --all"],
    "so statement": ["JONES --from 2026-01-01", "JONES --from 2026-01-01 --format json"],
    "so dunning-levels": ["", "--format json"],
    "so print-reminder": ["JONES --day 2026-06-30 --output x.pdf"],
    "substitute list": ["BOLT", "BOLT --format json"],
    "report receivables": ["", "--by customer --format json"],
    "report payables": ["", "--format json"],
    "quote list": ["", "--format json"],
    "quote show": ["{quote}", "{quote} --format json"],
    "return list": ["", "--format json"],
    "return show": ["{returned}", "{returned} --format json"],
    "return lot": ["MILK L1", "MILK L1 --format json"],
    "pick list": ["", "--format json"],
    "pick show": ["{picks}", "{picks} --format json"],
    "pick orders": ["{picks}", "{picks} --format json"],
    "pick counts": ["--format json"],
    "pack list": ["", "--format json"],
    "carrier manifest": ["DHL --format json"],
    "kit list": ["", "--format json"],
    "kit show": ["SET", "SET --format json"],
    "hold list": ["BOLT --format json"],
    "available": ["BOLT MILK --format json", "BOLT --by lot", "BOLT --by location"],
    "till report": ["--day 2026-03-05", "TILL --day 2026-03-05 --documents --format json"],
    "till day": ["TILL --day 2026-03-05", "TILL --day 2026-03-05 --format json"],
    "channel list": ["--format json"],
    "customer list": ["--format json"],
    "customer show": ["JONES"],
    "price-list ask": ["JONES BOLT 1"],
    "price-list list": ["--format json"],
    "price-list show": ["LIST --format json"],
    "supplier list": ["--format json"],
    "supplier show": ["SMITH", "SMITH --format json"],
    "po list": ["", "--format json"],
    "po show": ["{po}", "{po} --format json"],
    "invoice list": ["--format json"],
    "invoice show": ["{bill}", "{bill} --format json"],
    "invoice open": ["", "--format json"],
    "invoice differences": ["{bill}"],
    "grni list": ["", "--format json"],
    "transfer show": ["{transfer} --format json"],
    "document list": ["", "--format json", "--format csv"],
    "document show": [
        *(f"{{{one}}} --format {form}" for one in ("po", "receipt", "order", "shipment", "invoice") for form in ("table", "json")),
        *(f"{{{one}}} --format json" for one in ("bill", "returned", "credit", "payment", "picks", "transfer", "landed", "below", "dropped")),
    ],
    "document print": [f"{{{one}}} --output x.pdf" for one in ("po", "receipt", "order", "shipment", "invoice", "credit", "returned", "picks")],
    "po print": ["{po} --output x.pdf"],
    "so print": ["{order} --output x.pdf"],
    "quote print": ["{quote} --output x.pdf"],
    "customer print": ["JONES --from 2026-01-01 --output x.pdf"],
    "report stock": ["", "--format csv"],
    "report valuation": ["", "--by item --format json"],
    "report item-ledger": ["--item BOLT", "--item BOLT --format json"],
    "report movements": ["", "--format csv"],
    "report journal": ["", "--format csv"],
    "report trial-balance": ["--format csv"],
    "report account-ledger": ["--account 1200"],
    "report received-not-invoiced": ["--format csv"],
    "report shipped-not-invoiced": ["", "--format json"],
    "report cogs": ["", "--format json"],
    "report margin": ["", *(f"--by {by} --format json" for by in ("item", "customer", "order", "line", "invoice", "channel", "month"))],
    "report ageing": ["", "--format json"],
    "report turnover": ["--from 2026-01-01 --to 2026-12-31"],
    "report method-comparison": [""],
    "report what-changed": ["--since 2026-01-02"],
    "report order-book": ["", "--format json"],
    "report backorders": ["", "--format json"],
    "report fill-rate": ["", "--format json"],
    "user audit": ["", "--format json", "--limit 500 --format csv"],
    "user list": ["--format json"],
    "user limits": ["--format json"],
    "rate list": ["--format json"],
    "tax list": ["--format json"],
}  # fmt: skip
DOING = {
    "settings": ["--handling-days 1"],
    "rate set": ["EUR 1.2"],
    "tax set": ["T2 10 --input 1400"],
    "user activate": ["seller"],
    "user change": ["seller --name Sam"],
    "user create": ["tom"],
    "user deactivate": ["seller"],
    "user limit": ["manager credit.override 5"],
    "user roles": ["seller seller"],
    "supplier item": ["SMITH BOLT"],
    "supplier price": ["SMITH BOLT 1"],
    "supplier terms": ["SMITH --payment-days 3"],
    "po approve": ["{po}"],
    "po call-off": ["{po} --line 1=1"],
    "po cancel": ["{po} --reason x"],
    "po change": ["{po} --line 1=200"],
    "po close": ["{po} --reason x"],
    "po create": ["SMITH --line BOLT=1"],
    "po send": ["{po}"],
    "receive": ["{po} --day 2026-03-06", "{po} --line BOLT=99 --day 2026-03-06"],
    "arrive": ["{receipt}"],
    "put-away": ["{receipt} --to BIN-1"],
    "return-supplier": ["{receipt} --line BOLT=1 --day 2026-03-20", "{receipt} --line BOLT=999"],
    "invoice apply": ["{payment} {bill}"],
    "invoice approve": ["{bill}"],
    "invoice cancel": ["{bill} --reason x"],
    "invoice credit": ["SMITH C1 --receipt {receipt} --amount BOLT=1"],
    "invoice pay": ["{bill}"],
    "invoice post": ["SMITH B2 --receipt {receipt}"],
    "invoice pay-back": ["SP-2026-000001"],
    "invoice prepay": ["SMITH 5"],
    "landed-cost bill": ["{landed} SMITH F9 --charge freight=5"],
    "landed-cost post": ["--receipt {receipt} --charge freight=5"],
    "grni clear": ["{receipt} --account 4900 --reason x"],
    "quote cancel": ["{quote} --reason x"],
    "quote change": ["{quote} --line 1=4@1"],
    "quote create": ["JONES --line BOLT=2@1 --until 2026-12-31", "JONES --line SET=1@1"],
    "quote lose": ["{quote} --reason x"],
    "quote send": ["{quote}"],
    "so allocate": ["{order}"],
    "so apply": ["{payment} {invoice}"],
    "so cancel": ["{draft} --reason x"],
    "so cancel-dispatch": ["{drop_order} {shipment} --reason x"],
    "so change": ["{order} --line 1=9@1", "{draft} --line 1=2@0.5"],
    "so close": ["{order} --reason x"],
    "so confirm": ["{draft}", "{below}"],
    "so cost": ["{shipment} --amount 5"],
    "so create": [
        *("JONES --line BOLT=2@1", "JONES --line BOLT=2@1 --confirm", "JONES --line SET=1@1 --confirm", "JONES --line BOLT=999@8000 --confirm"),
        *("JONES --line MILK=1@7000 --confirm --from SHED --quiet", "--channel WEB --reference W9 --line BOLT=1@3 --confirm"),
    ],
    "so credit": ["{returned}", "{invoice} --price-off BOLT=999999"],
    "so deliver": ["{shipment}"],
    "so dispatched": ["{drop_order}"],
    "so dispute": ["{invoice} --reason x"],
    "so drop-ship": ["{order}", "{dropped} --supplier SMITH"],
    "so import": ["orders.csv --channel WEB"],
    "so invoice": ["{shipment}", "{second}"],
    "so pay": ["{invoice}"],
    "so pay-back": ["CP-2026-000001"],
    "so prepay": ["JONES 5"],
    "so remind": ["{invoice}"],
    "so ship": ["{draft}", "{waiting}", "{waiting} --reserved", "{waiting} --line BOLT=999", "{waiting} --line BOLT=1 --from BIN-2"],
    "so substitute": ["{waiting} 1 MILK --agreed x"],
    "substitute set": ["BOLT NUT"],
    "substitute remove": ["BOLT MILK"],
    "so withdraw-cost": ["1 --reason x"],
    "so write-off": ["{invoice} --reason x"],
    "return approve": ["{shipment} --line BOLT=1 --to SHED"],
    "return cancel": ["{returned} --reason x"],
    "return inspect": ["{returned} --restock SHED"],
    "return receive": ["{shipment} --line BOLT=1 --to SHED", "{shipment} --line BOLT=999 --to SHED"],
    "pick cancel": ["{picks} --reason x"],
    "pick confirm": ["{picks}", "{picks} --line 1=999"],
    "pick create": ["{waiting}"],
    "pick put-back": ["{picks}"],
    "pick ship": ["{picks}"],
    "pick short": ["{picks} 1 --reason missing"],
    "pick wave": [""],
    "pack create": ["{shipment}"],
    "pack prefix": ["4012345"],
    "pack undo": ["1"],
    "carrier plan": ["{shipment} --carrier DHL"],
    "carrier set": ["UPS"],
    "kit set": ["SET --component BOLT=3"],
    "hold cart": ["c1 --line BOLT=1", "c1 --line BOLT=999"],
    "hold extend": ["c0"],
    "hold move": ["{order} 1 {draft} 1 1 --reason x"],
    "hold quote": ["{quote}"],
    "hold release": ["c0"],
    "till sell": ["TILL --line BOLT=1@1 --pay cash", "TILL --line BOLT=999@9000 --pay cash", "TILL --line BOLT=1@9000 --pay cash=1"],
    "till return": ["TILL {sold} --line BOLT=1 --pay cash", "TILL {sold} --scrap BOLT --reason x --pay cash", "TILL {sold} --line BOLT=9 --pay cash=1"],
    "till exchange": ["TILL {sold} --back BOLT=1 --line BOLT=1@9 --pay cash", "TILL {sold} --back BOLT=9 --line BOLT=1 --pay cash=1"],
    "channel buffer": ["WEB BOLT --quantity 1"],
    "channel means": ["TILL card 1000"],
    "channel safety-stock": ["BOLT 1 --in SHED"],
    "channel set": ["WEB --name x"],
    "customer address": ["JONES A --kind billing --city Ulm --country DE"],
    "customer hold": ["JONES --reason x"],
    "customer release": ["JONES"],
    "customer remove-address": ["JONES A --kind billing"],
    "customer set": ["JONES --payment-days 1"],
    "price-list change": ["LIST --name x"],
    "price-list create": ["L2 --from 2026-01-01"],
    "price-list import": ["LIST prices.csv"],
    "price-list set": ["LIST BOLT 1 --from 2026-02-01"],
    "transfer arrive": ["{transfer}"],
    "transfer cancel": ["{transfer} --reason x"],
    "transfer lost": ["{transfer} --reason x"],
    "transfer send": ["--from SHED --to BIN-1 --line BOLT=1"],
    "document attach": ["{order} orders.csv"],
    "document cancel": ["{shipment} --reason x", "{receipt} --reason x", "{bill} --reason x", "{invoice} --reason x"],
    "document note": ["{order} hello"],
}  # fmt: skip
BLIND = [role for role in Role if Permission.COST_SEE not in ROLE_PERMISSIONS[role]]


def commands() -> Iterator[str]:
    """Every command that somebody may be named for, as it is typed."""
    from everstock.interfaces.cli.app import app

    def below(group: click.Group, words: list[str]) -> Iterator[str]:
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            if isinstance(command, click.Group):
                yield from below(command, [*words, name])
            elif command is not None and any("--as" in option.opts for option in command.params):
                yield " ".join([*words, name])

    return below(app, [])


def test_every_command_is_tried() -> None:
    assert set(commands()) == set(LOOKING) | set(DOING)
    assert not set(LOOKING) & set(DOING)


def leaked(text: str) -> set[str]:
    """Costs that stand in a text, however their digits are grouped."""
    digits = re.sub(r"(?<=\d)[.,'\u00a0\u2009\u202f](?=\d)", "", text)
    return {secret for secret in SECRETS if secret in digits}


@pytest.mark.parametrize(
    "text", ["7654.37", "7,654.37 USD", "76.543,70", "7\u202f654,37", "1345.63", "43219.87", "22963.11"]
)
def test_a_cost_is_seen_however_it_is_written(text: str) -> None:
    assert leaked(f"BOLT costs {text}.")


@pytest.fixture
def world(company: Company, capsys: pytest.CaptureFixture[str], home: Path) -> tuple[Shop, dict[str, str]]:
    """Everything that is bought and sold once: bolts and milk at 7,654.37, sold for 9,000.00, and once for a dollar."""
    from everstock.masterdata.actions import ensure_items
    from everstock.masterdata.models import Location

    shop = open_shop(company, capsys)
    ensure_items(company=company, skus=["SET"])
    shed = Location.objects.get(company=company, code="SHED")
    Location.objects.create(company=company, code="TABLE", kind="internal", purpose="packing", parent=shed)
    Location.objects.create(company=company, code="ROAD", kind="transit")
    for role in BLIND:
        shop("user", "create", role.value, "--role", role.value)
    shop("user", "limit", "seller", "price.override", "--unlimited")
    number: dict[str, str] = {}
    number["po"] = shop.sent("BOLT=100@7654.37", "MILK=5@7654.37")
    receive = ("receive", number["po"], "--day", "2026-03-03", "--to", "SHED")
    number["receipt"] = shop.number(*receive, "--line", "BOLT=50", "--line", "MILK=2", "--lot", "MILK=L1")
    number["bill"] = shop.number(
        "invoice", "post", "SMITH", "B1", "--receipt", number["receipt"], "--day", "2026-03-04"
    )
    number["landed"] = shop.number("landed-cost", "post", "--receipt", number["receipt"], "--charge", "freight=0.01", "--day", "2026-03-04")  # fmt: skip
    shop("customer", "address", "JONES", "A", "--kind", "delivery", "--city", "Ulm", "--country", "DE")
    shop("price-list", "create", "LIST", "--from", "2026-01-01")
    shop("price-list", "set", "LIST", "BOLT", "9000", "--from", "2026-01-01")
    shop("price-list", "set", "LIST", "MILK", "9000", "--from", "2026-01-01")
    shop("kit", "set", "SET", "--component", "BOLT=2")
    shop("substitute", "set", "BOLT", "MILK")
    shop("channel", "set", "WEB", "--from", "SHED", "--customer", "JONES")
    shop("channel", "set", "TILL", "--kind", "point_of_sale", "--from", "SHED", "--customer", "JONES", "--series", "T")
    shop("channel", "means", "TILL", "cash", "1000")
    day, sold = ("--day", "2026-03-05"), ("so", "create", "JONES", "--from", "SHED", "--day", "2026-03-05")
    number["order"] = shop.number(*sold, "--line", "BOLT=10", "--line", "MILK=1", "--confirm")
    number["draft"] = shop.number(*sold, "--line", "BOLT=2")
    number["below"] = shop.number(*sold, "--line", "BOLT=1@1")
    number["shipment"] = shop.number("so", "ship", number["order"], "--line", "BOLT=4", "--line", "MILK=1", *day)
    number["second"] = shop.number("so", "ship", number["order"], "--line", "BOLT=1", *day)
    number["invoice"] = shop.number("so", "invoice", number["shipment"], *day)
    number["payment"] = shop.number("so", "pay", f"{number['invoice']}=100", *day)
    number["returned"] = shop.number("return", "receive", number["shipment"], "--line", "BOLT=1", "--to", "SHED", *day)
    number["credit"] = shop.number("so", "credit", number["returned"], *day)
    shop("so", "cost", number["shipment"], "--amount", "43219.87", *day)
    number["sold"] = shop.number("till", "sell", "TILL", "--line", "BOLT=1", "--pay", "cash", *day)
    number["quote"] = shop.number("quote", "create", "JONES", "--line", "BOLT=3", "--from", "SHED", "--until", "2026-12-31", *day)  # fmt: skip
    shop("quote", "send", number["quote"], *day)
    number["picks"] = shop.number("pick", "create", number["order"], *day)
    number["dropped"] = shop.number(*sold[:3], "--line", "BOLT=1", "--drop-ship", "--confirm", *day)
    number["drop_order"] = shop("so", "drop-ship", number["dropped"], "--supplier", "SMITH", *day).lines[0].split()[0]
    number["waiting"] = shop.number(*sold, "--line", "BOLT=3", "--confirm")
    shop("carrier", "set", "DHL")
    number["transfer"] = shop.number("transfer", "send", "--from", "SHED", "--to", "DOCK", "--line", "BOLT=1", *day)  # fmt: skip
    shop("hold", "cart", "c0", "--line", "BOLT=1", "--from", "SHED", "--minutes", "60")
    Path("orders.csv").write_text("order,item,quantity,price\nX1,BOLT,1,1\nX2,MILK,1,1\n")
    Path("prices.csv").write_text("item,unit_price,valid_from\nBOLT,9100,2026-01-01\n")
    return shop, number


def printed(shop: Shop, words: list[str]) -> str:
    """All that a command says and writes, done or refused; the database stays as it was."""
    before = set(Path.cwd().glob("*.pdf"))
    with transaction.atomic():
        said = shop(*words, status={0, 1})
        transaction.set_rollback(True)
    written = [path for path in Path.cwd().glob("*.pdf") if path not in before]
    papers = [page.extract_text() for path in written for page in PdfReader(BytesIO(path.read_bytes())).pages]
    for path in written:
        path.unlink()
    return "\n".join([said.out, said.err, *papers])


@pytest.mark.slow
@pytest.mark.parametrize("role", BLIND)
def test_nobody_without_the_right_gets_a_cost(world: tuple[Shop, dict[str, str]], role: Role) -> None:
    shop, number = world
    found = {}
    for command, all_words in {**LOOKING, **DOING}.items():
        for words in all_words:
            wanted = shlex.split(f"{command} {words}".format(**number))
            if costs := leaked(text := printed(shop, [*wanted, "--as", role.value])):
                found[" ".join(wanted)] = (costs, text)
    assert not found


def test_whoever_may_see_costs_is_told_them(world: tuple[Shop, dict[str, str]]) -> None:
    # else the other test would look for what nobody is ever told
    shop, number = world
    telling = ("so create", "document show", "report margin", "report cogs", "report movements", "po show")
    for command in telling:
        seen = [
            printed(shop, shlex.split(f"{command} {words}".format(**number))) for words in {**LOOKING, **DOING}[command]
        ]
        assert any(map(leaked, seen)), (command, seen)
