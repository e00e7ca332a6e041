"""Documents as people and programs see them at the command line. Who may not see costs sees no money."""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from everstock.core.quantities import format_money, format_quantity, round_half_up
from everstock.interfaces.cli.codes import Desk
from everstock.interfaces.cli.figures import price
from everstock.interfaces.cli.output import Column, aligned, emit, say
from everstock.masterdata.currencies import CURRENCIES
from everstock.masterdata.models import Item, Location, Partner, Unit
from everstock.operations.documents.kinds import SELLING, DocumentKind, reading
from everstock.operations.documents.models import TaxCode
from everstock.operations.documents.queries import Linked, Row, chain, notes
from everstock.operations.documents.read import read
from everstock.operations.documents.records import Details, Header, Line
from everstock.operations.documents.states import State
from everstock.operations.identity.actor import require
from everstock.operations.identity.models import User
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing.landed_costs import SHARE
from everstock.operations.purchasing.receipt_progress import deviations_of
from everstock.operations.sales.bill_lines import BillLine, bill_lines
from everstock.operations.sales.deliveries import DELIVERY
from everstock.operations.sales.kits import PART_OF
from everstock.operations.sales.promises import PROMISED, kept_on, last_day, promises, with_promise
from everstock.operations.sales.substitutes import offered_for
from everstock.operations.warehouse.availability import Promise, Reason
from everstock.operations.warehouse.dispatches import DESTINATION

_MONEY = frozenset({"net", "tax", "gross", "paid", "unit_price", "discount", "tax_code"})
"""What only those see who may see costs."""
_DETAILS = (
    "incoterm",
    "payment_days",
    "resolution",
    "purpose",
    "reason",
    "in_transit",
    "approved_by",
    "channel",
    "received_on",
)
"""Keys in a document's details that say something to a reader."""
_PROMISING = frozenset({DocumentKind.QUOTE.value, DocumentKind.SALES_ORDER.value})
_PROGRESS = ("ordered", "received", "rejected", "invoiced", "returned")
_LIST = "number kind state PARTNER day expected_on due_on reference currency net$ tax$ gross$ paid$"
_LINES = (
    "line# item description location to_location lot quantity# unit unit_price# discount# net# tax_code tax# expected_on promised_on"
    " ordered# received# rejected# invoiced# returned# account remark"
)


def money(amount: int, currency: str) -> str:
    """Minor units as decimal text."""
    return format_money(amount, CURRENCIES[currency][1])


def _sees_money(at: Desk, *, selling: bool) -> bool:
    """Whether money is shown: what we pay is a cost; what we are paid is seen by whoever sees customers, and not on the floor."""
    return at.actor.sees_costs or (selling and Permission.PARTNER_READ in at.actor.permissions)


def in_short(at: Desk, document: int) -> str:
    """One sentence: number, state, lines, amount."""
    found = read(at.company.pk, [document])
    header, lines = found.headers[document], found.lines[document]
    count = len(_billed(at, header, lines)) if header.kind == DocumentKind.CUSTOMER_INVOICE else len(lines)
    facts = ["1 line" if count == 1 else f"{count} lines"]
    if header.gross and _sees_money(at, selling=header.kind in SELLING):
        facts.append(f"{money(header.gross, header.currency)} {header.currency}")
    if header.expected_on is not None:
        facts.append(f"expected on {header.expected_on}")
    if header.due_on is not None:
        what = "valid until" if header.kind in {DocumentKind.BLANKET_ORDER, DocumentKind.QUOTE} else "due on"
        facts.append(f"{what} {header.due_on}")
    return f"{header.number} is {State(header.state).words}: {', '.join(facts)}."


# ---------------------------------------------------------------------------------------------------------------------
# Lists


def show_list(at: Desk, rows: Iterable[Row], form: str, *, selling: bool, buying: bool) -> None:
    """Print documents, one in each row; ``selling``: all of them are of selling; ``buying``: none is."""
    partners = at.codes.partners
    partner = "customer" if selling else "supplier" if buying else "partner"
    columns = _columns(at, _LIST.replace("$", "#").replace("PARTNER", partner), selling=selling)
    cells = []
    for row in rows:
        values: dict[str, object] = {
            **row._asdict(),
            partner: partners[row.partner],
            "kind": row.kind,
            **{name: money(getattr(row, name), row.currency) for name in ("net", "tax", "gross", "paid")},
        }
        cells.append([values[column.name] for column in columns])
    emit(columns, cells, form)


def _columns(at: Desk, names: str, *, selling: bool) -> list[Column]:
    columns = [Column(name.rstrip("#"), name.endswith("#")) for name in names.split()]
    if _sees_money(at, selling=selling):
        return columns
    return [column for column in columns if column.name not in _MONEY]


# ---------------------------------------------------------------------------------------------------------------------
# One document


class _Names(NamedTuple):
    """What the ids on the lines of a document stand for."""

    items: Mapping[int | None, tuple[str, str]]
    locations: Mapping[int | None, str]
    units: Mapping[int | None, str]
    taxes: Mapping[int | None, str]
    accounts: Mapping[int | None, str]
    lots: Callable[[int | None], str]


def show_document(at: Desk, document: int, form: str, day: dt.date, recorded_at: int) -> None:
    """Print a document with its lines, as it is on ``day``, at a moment (microseconds UTC); as csv its lines alone.

    As a table an invoice is as on paper: goods of one line of an order, taken from several places, are one line. Refused: ``permission.missing``.
    """
    found = read(at.company.pk, [document])
    header, lines = found.headers[document], found.lines[document]
    require(at.actor, reading(DocumentKind(header.kind)))
    selling = header.kind in SELLING
    columns = _columns(at, _named_lines(header.kind), selling=selling)
    if form == "table" and header.kind == DocumentKind.CUSTOMER_INVOICE:
        rows = _billed_rows(at, header, lines)
    else:
        rows = _line_rows(at, header, _promised(at, header, lines, day, recorded_at))
        _offer(at, header, lines, rows, day, recorded_at)
    cells = [[row[column.name] for column in columns] for row in rows]
    if form == "csv":
        emit([Column("number"), *columns], [[header.number, *row] for row in cells], form)
        return
    linked = chain(at.company.pk, document)
    if form == "json":
        said = dict(_facts(at, header)) | {
            "kind": header.kind,
            "state": header.state,
            "lines": [
                {column.name: None if cell == "" else cell for column, cell in zip(columns, row, strict=True)}
                for row in cells
            ],
            "made_from": [one.number for one in linked if one.distance < 0],
            "led_to": [one.number for one in linked if one.distance > 0],
            "notes": [note.text for note in notes(at.company.pk, document)],
        }
        say(json.dumps(said, ensure_ascii=False, indent=1, default=str))
        return
    for line in aligned([Column("number"), Column(header.number)], _facts(at, header)[1:]):
        say(line)
    say()
    emit(*_without_empty(columns, cells), form)
    _say_links(linked)
    for note in notes(at.company.pk, document):
        say(f"Note: {note.text}")


def _named_lines(kind: str) -> str:
    """The columns of lines by what they are called on such a document."""
    if kind == DocumentKind.PICK_LIST:
        return _LINES.replace("received", "picked").replace("rejected", "missing").replace("returned", "put_back")
    return _LINES.replace("received", "shipped") if kind in SELLING else _LINES


def _facts(at: Desk, header: Header) -> list[tuple[str, object]]:
    """What the head of a document says, the number first; without what is empty."""
    user = None if header.created_by is None else User.objects.filter(pk=header.created_by).first()
    partner = None if header.partner is None else Partner.objects.get(pk=header.partner)
    called = "customer" if header.kind in SELLING else "supplier"
    facts: dict[str, object] = {
        "number": header.number,
        "kind": DocumentKind(header.kind).words,
        "state": State(header.state).words,
        "version": header.version if header.version > 1 else None,
        called: None if partner is None else partner.code,
        f"{called}_name": None if partner is None or partner.name == partner.code else partner.name,
        "reference": header.reference,
        "day": header.day,
        "sent_on": header.sent_on,
        "expected_on": header.expected_on,
        "due_on": header.due_on,
        "currency": header.currency,
        "rate": None if header.currency == at.company.currency_id else _rate(header.rate),
        **{name: money(getattr(header, name), header.currency) for name in ("net", "tax", "gross")},
        "paid": money(header.paid, header.currency) if header.paid else None,
        "created_by": None if user is None else user.name,
        DESTINATION: at.codes.locations[(header.details or {}).get(DESTINATION)],
        **{name: (header.details or {}).get(name) for name in _DETAILS},
        DELIVERY: _address((header.details or {}).get(DELIVERY)),
        "deviations": " ".join(one.words for one in deviations_of(header)) or None,
    }
    hidden = frozenset[str]() if _sees_money(at, selling=header.kind in SELLING) else _MONEY | {"rate"}
    return [(name, value) for name, value in facts.items() if value not in {None, ""} and name not in hidden]


def _address(kept: Details | None) -> str | None:
    """Where an order is delivered, in one line."""
    if kept is None:
        return None
    parts = (kept["name"], *kept["lines"].splitlines(), f"{kept['postcode']} {kept['city']}".strip(), kept["country"])
    return f"{kept['code']}: {', '.join(part for part in parts if part)}"


def _rate(rate: int) -> str:
    whole, fraction = divmod(rate, 10**9)
    return f"{whole}.{fraction:09d}".rstrip("0").rstrip(".")


def _line_rows(at: Desk, header: Header, lines: Sequence[Line]) -> list[dict[str, object]]:
    names = _names_of(at, lines)
    digits = CURRENCIES[header.currency][1]
    return [_line_row(at, line, header, names, digits) for line in lines]


def _billed_rows(at: Desk, header: Header, lines: Sequence[Line]) -> list[dict[str, object]]:
    """The lines of an invoice as its paper has them, with the numbers of all that are one there."""
    billed = _billed(at, header, lines)
    rows = _line_rows(at, header, [one.line for one in billed])
    return [
        row if len(one.numbers) == 1 else row | {"line": ", ".join(map(str, one.numbers))}
        for row, one in zip(rows, billed, strict=True)
    ]


def _billed(at: Desk, header: Header, lines: Sequence[Line]) -> list[BillLine]:
    made_from = read(at.company.pk, [header.id], predecessors=True).headers
    return bill_lines(lines, read(at.company.pk, [key for key in made_from if key != header.id], predecessors=True))


def _promised(at: Desk, header: Header, lines: Sequence[Line], day: dt.date, recorded_at: int) -> Sequence[Line]:
    """The lines of an order or a quote with what could be promised now where nothing was promised yet."""
    if header.kind not in _PROMISING or not any(
        line.item is not None and PROMISED not in (line.details or {}) for line in lines
    ):
        return lines
    if State(header.state) not in {State.REQUESTED, State.SENT, State.CONFIRMED, State.PARTLY_SHIPPED}:
        return lines
    found = {one.line: one for one in promises(at.company.pk, header, lines, day=day, recorded_at=recorded_at)}
    return [
        with_promise(line, found[line.line]) if line.line in found and not kept_on(line) else line for line in lines
    ]


def _offer(
    at: Desk,
    header: Header,
    lines: Sequence[Line],
    rows: Iterable[dict[str, object]],
    day: dt.date,
    recorded_at: int,
) -> None:
    """Say on the rows of an order what is free instead of what is on backorder."""
    if header.kind != DocumentKind.SALES_ORDER:
        return
    found = offered_for(at.company.pk, header, lines, day=day, recorded_at=recorded_at)
    for row, line in zip(rows, lines, strict=True):
        said = [
            f"substitute: {at.codes.items[one.substitute]}, free {format_quantity(one.free)}"
            for one in found.get(line.line, ())
        ]
        row["remark"] = ", ".join([*filter(None, [str(row["remark"])]), *said])


def in_words(part: Promise) -> str:
    """A part of a promise: "4 incoming PO-2026-000001 on 2026-04-01"."""
    when = "" if part.day is None else f" on {part.day}"
    reason = "not to be promised yet" if part.reason is Reason.NONE else part.reason.value
    return f"{format_quantity(part.quantity)} {reason} {part.source}".strip() + when


def _line_row(at: Desk, line: Line, header: Header, names: _Names, digits: int) -> dict[str, object]:
    details = line.details or {}
    sku, base_unit = names.items[line.item]
    remarks = [name for name in ("provisional", "final") if details.get(name)]
    promised = kept_on(line)
    if len(promised) > 1 or any(part.reason is not Reason.IN_STOCK for part in promised):
        remarks += [in_words(part) for part in promised]
    if PART_OF in details:
        remarks.append(f"in kit of line {details[PART_OF]}")
    counts: dict[str, int] = {name: getattr(line, name) for name in _PROGRESS}
    if header.kind == DocumentKind.LANDED_COST:
        # what it counts there is not goods
        counts = dict.fromkeys(_PROGRESS, 0)
    if header.kind == DocumentKind.STOCK_TRANSFER and line.rejected:
        # sent and not arrived
        counts["rejected"] = 0
        remarks.append(f"lost {_in_unit(line.rejected, line)}")
    progress = {name: _in_unit(count, line) if count else None for name, count in counts.items()}
    if SHARE in details and at.actor.sees_costs:
        remarks.append(f"share {format_money(details[SHARE], at.company.currency.digits)}")
    return {
        "line": line.line,
        "item": sku,
        "description": line.description,
        "location": names.locations[line.location],
        "to_location": names.locations[line.to_location],
        "lot": names.lots(line.lot),
        "quantity": format_quantity(line.quantity) if line.quantity else None,
        "unit": (base_unit if line.unit is None else names.units[line.unit]) if line.quantity else None,
        "unit_price": price(line.unit_price, digits),
        "discount": f"{format_quantity(line.discount * 100)}%" if line.discount else None,
        "net": money(line.net, header.currency),
        "tax_code": names.taxes[line.tax_code],
        "tax": money(line.tax, header.currency),
        "expected_on": line.expected_on,
        "promised_on": last_day(promised),
        **progress,
        "shipped": progress["received"],
        "picked": progress["received"],
        "missing": progress["rejected"],
        "put_back": progress["returned"],
        "account": names.accounts[line.account],
        "remark": ", ".join([*remarks, *([details["reason"]] if "reason" in details else [])]),
    }


def _in_unit(base: int, line: Line) -> str:
    """A quantity of base units in the unit of the line."""
    return format_quantity(round_half_up(base * line.denominator, line.numerator))


def _names_of(at: Desk, lines: Sequence[Line]) -> _Names:
    units: dict[int | None, str] = dict(Unit.objects.filter(company=at.company).values_list("id", "code"))
    taxes: dict[int | None, str] = dict(TaxCode.objects.filter(company=at.company).values_list("id", "code"))
    places = {place for line in lines for place in (line.location, line.to_location) if place is not None}
    locations: dict[int | None, str] = dict(Location.objects.filter(pk__in=places).values_list("id", "code"))
    accounts: dict[int | None, str] = {key: account.code for key, account in at.codes.accounts.items()}
    at.codes.know_lots(line.lot for line in lines)
    for known in (units, taxes, locations, accounts):
        known[None] = ""
    wanted = {line.item for line in lines if line.item is not None}
    named = Item.objects.filter(pk__in=wanted).values_list("id", "sku", "base_unit__code")
    items: dict[int | None, tuple[str, str]] = {None: ("", ""), **{key: (sku, unit) for key, sku, unit in named}}
    return _Names(items, locations, units, taxes, accounts, at.codes.lot)


def _without_empty(columns: Sequence[Column], cells: Sequence[Sequence[Any]]) -> tuple[list[Column], list[list[Any]]]:
    """The columns in which anything stands: a table has to fit on a screen."""
    nothing = {None, "", "0"}
    kept = [at for at in range(len(columns)) if any(row[at] not in nothing for row in cells)]
    return [columns[at] for at in kept], [[row[at] for at in kept] for row in cells]


def _say_links(linked: Sequence[Linked]) -> None:
    for what, side in (("Made from", -1), ("Led to", 1)):
        found = [f"{one.number} ({State(one.state).words})" for one in linked if one.distance * side > 0]
        if found:
            say(f"{what}: {', '.join(found)}")
