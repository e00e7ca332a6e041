"""Packages: what is in which, how heavy and how large it is, and its SSCC.

What was picked is packed in staging, before it is shipped: then everything that leaves is in exactly one package, or nothing of it is in any. What was
shipped in one step is packed afterwards, one package after the other.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from django.db import transaction

from everstock.core.gs1 import sscc
from everstock.core.problems import Refusal
from everstock.core.quantities import LIMIT, SCALE, format_quantity, round_half_up
from everstock.masterdata.models import Item, Lot
from everstock.operations.documents.checks import check_quantity
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import lock
from everstock.operations.documents.read import read as read_documents
from everstock.operations.documents.records import Header, Line
from everstock.operations.documents.states import State
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.audit import AuditRow, event, record
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.delivery_models import Package, PackageLine, SsccSeries
from everstock.operations.warehouse.pick_shares import shares_for

Place = tuple[int, int, int]
"""A line of an order (its id), a location, a lot (0: none)."""
_LONGEST = 100_000
"""Millimetres."""


class Content(NamedTuple):
    """What goes into a package of line number ``line`` of a document (an order's, or a shipment's, by its id).

    ``quantity`` in 10^-6 base units, ``None``: all that is not in a package yet. ``lot``: its code, ``None``: of any.
    """

    document: int
    line: int
    quantity: int | None = None
    lot: str | None = None


class Measures(NamedTuple):
    """``tare`` and ``weight`` in mg; without a ``weight`` it is that of the items and the tare. Length, width and height in mm."""

    tare: int = 0
    weight: int | None = None
    length: int | None = None
    width: int | None = None
    height: int | None = None


PLAIN = Measures()
"""Of a package that nobody weighed or measured."""


class Parcel(NamedTuple):
    """A package to be: what goes into it, and its measures."""

    contents: Sequence[Content]
    measures: Measures = PLAIN


class _Goods(NamedTuple):
    """Goods that can be packed: of which line, where, of which lot and item, how much."""

    place: Place
    item: int
    quantity: int


@transaction.atomic
def set_sscc_prefix(actor: Actor, *, prefix: str, recorded_at: int, extension: str = "0") -> None:
    """Set the GS1 company prefix with which SSCC of new packages begin, after the ``extension`` digit; empty: packages have none.

    Serial numbers go on where they were. Refused: ``permission.missing``, ``sscc.prefix``.
    """
    require(actor, Permission.SETTINGS_CHANGE)
    wrong = prefix and not (prefix.isascii() and prefix.isdigit() and 7 <= len(prefix) <= 10)
    if wrong or not (extension.isascii() and extension.isdigit() and len(extension) == 1):
        raise Refusal(
            "sscc.prefix",
            "A GS1 company prefix has 7 to 10 digits, and the extension digit is one.",
            "Enter the prefix that GS1 gave to the company.",
        )
    row = _series(actor.company_id)
    before = {"prefix": row.prefix, "extension": row.extension}
    row.prefix, row.extension = prefix, extension
    row.save(update_fields=["prefix", "extension"])
    said = event(
        actor,
        at=recorded_at,
        action="sscc.prefix",
        subject_kind="company",
        subject=row.company.code,
        subject_id=row.company_id,
        before=before,
        after={"prefix": prefix, "extension": extension},
    )
    record([said])


@transaction.atomic
def pack(actor: Actor, *, contents: Sequence[Content], recorded_at: int, measures: Measures = PLAIN) -> Package:
    """Pack what lies in staging for orders of one customer (``contents`` names their lines) and return the package.

    Refused: ``permission.missing``, ``document.no_lines``, ``document.unknown``, ``packing.other_customer``, ``packing.line_unknown``,
    ``packing.exceeds``, ``packing.measures``, ``quantity.…``, ``sscc.used_up``.
    """
    require(actor, Permission.SHIPMENT_POST)
    _check(contents, measures)
    read = lock(actor.company_id, sorted({one.document for one in contents}))
    orders = {one.document: read.one(one.document, DocumentKind.SALES_ORDER) for one in contents}
    if len({header.partner for header, _ in orders.values()}) > 1:
        raise Refusal(
            "packing.other_customer", "The package would hold goods for several customers.", "Pack for one at a time."
        )
    named = [(one, _line(one, orders[one.document])) for one in contents]
    staged = shares_for({line.id for _, line in named})
    there = Counter[tuple[Place, int]]()
    for share in staged:
        there[(share.source, share.staging, share.lot), share.item] += share.staged
    there.subtract(_packed_already({line.id for _, line in named}))
    goods = [_Goods(place, item, quantity) for (place, item), quantity in sorted(there.items()) if quantity > 0]
    taken = [one for content, line in named for one in _take(content, line, line.id, goods)]
    partner = next(iter(orders.values()))[0].partner
    assert partner is not None
    return _written(actor, taken, measures, partner, None, recorded_at)


@transaction.atomic
def pack_shipment(actor: Actor, *, shipment: int, recorded_at: int, parcels: Sequence[Parcel] = ()) -> list[Package]:
    """Pack what of a shipment is in no package yet, all of it into one unless ``parcels`` say otherwise; return the packages.

    Refused: as ``pack``, and ``document.wrong_state`` (it is cancelled), ``packing.packed`` (all of it).
    """
    require(actor, Permission.SHIPMENT_POST)
    read = lock(actor.company_id, [shipment])
    header, lines = read.one(shipment, DocumentKind.SHIPMENT)
    if header.state == State.CANCELLED:
        raise Refusal("document.wrong_state", f"{header.number} is cancelled.", "Name another shipment.")
    left = _left(header, lines)
    if not any(goods.quantity for some in left.values() for goods in some):
        raise Refusal("packing.packed", f"All of {header.number} is packed.", "Look at its packages.")
    parcels = parcels or [Parcel([Content(shipment, line) for line in _lines_with_goods(left)])]
    packages = []
    for parcel in parcels:
        _check(parcel.contents, parcel.measures)
        taken = []
        for content in parcel.contents:
            line = _line(content, (header, lines)) if content.document == shipment else None
            if line is None:
                raise Refusal("packing.line_unknown", "A line is of another document.", "Name lines of the shipment.")
            taken += _take(content, line, line.source or 0, left[line.line])
        packages.append((taken, parcel.measures))
    assert header.partner is not None
    return [_written(actor, taken, measures, header.partner, shipment, recorded_at) for taken, measures in packages]


def lines_to_pack(company_id: int, shipment: int) -> list[int]:
    """Return the numbers of the lines of a shipment (its id) of which something is in no package."""
    return _lines_with_goods(_left(*read_documents(company_id, [shipment]).one(shipment, DocumentKind.SHIPMENT)))


def _lines_with_goods(left: Mapping[int, Sequence[_Goods]]) -> list[int]:
    return [line for line, some in left.items() if any(goods.quantity for goods in some)]


def _left(shipment: Header, lines: Sequence[Line]) -> dict[int, list[_Goods]]:
    """What of each line (by its number) is in no package; lines that took the same from the same place share what is packed of it."""
    packed: Counter[Place] = Counter()
    for one in PackageLine.objects.filter(package__shipment=shipment.id):
        packed[one.source_id, one.location_id, one.lot] += one.quantity
    left = {}
    for line in lines:
        if line.item is not None:
            place = _place_of(line)
            inside = min(line.base_quantity, packed[place])
            packed[place] -= inside
            left[line.line] = [_Goods(place, line.item, line.base_quantity - inside)]
    return left


@transaction.atomic
def unpack(actor: Actor, *, package: int, recorded_at: int) -> Package:
    """Take everything out of a package (its id) that has not left, or of one that was packed after its goods were shipped.

    Its number and SSCC are not used again.

    Refused: ``permission.missing``, ``package.unknown``, ``package.shipped``, ``package.empty``.
    """
    require(actor, Permission.SHIPMENT_POST)
    row = Package.objects.select_for_update().filter(company_id=actor.company_id, pk=package).first()
    if row is None:
        raise Refusal("package.unknown", "There is no such package.", "Look it up in the list of packages.")
    if row.shipment_id is not None and row.from_staging:
        raise Refusal("package.shipped", f"Package {row.number} has left.", "Cancel its shipment first.")
    if row.unpacked_at is not None:
        raise Refusal("package.empty", f"Package {row.number} is unpacked.", "Nothing needs to be done.")
    PackageLine.objects.filter(package=row).delete()
    row.unpacked_at, row.shipment = recorded_at, None
    row.save(update_fields=["unpacked_at", "shipment"])
    record([_said(actor, row, "unpack", recorded_at)])
    return row


# ---------------------------------------------------------------------------------------------------------------------
# What goes in


def _check(contents: Sequence[Content], measures: Measures) -> None:
    if not contents:
        raise Refusal("document.no_lines", "The package would be empty.", "Name what goes into it.")
    sizes = (measures.length, measures.width, measures.height)
    if any(size is not None and not 0 < size <= _LONGEST for size in sizes) or not (
        0 <= measures.tare < LIMIT and (measures.weight is None or measures.tare <= measures.weight < LIMIT)
    ):
        raise Refusal(
            "packing.measures",
            "A measure or a weight of the package cannot be that, or it weighs less than its tare.",
            "Measure and weigh it again.",
        )


def _line(content: Content, document: tuple[Header, Sequence[Line]]) -> Line:
    header, lines = document
    found = next((line for line in lines if line.line == content.line and line.item is not None), None)
    if found is None:
        raise Refusal(
            "packing.line_unknown",
            f"Line {content.line} of {header.number} is no goods of it.",
            "Name one of its lines with an item.",
        )
    return found


def _place_of(line: Line) -> Place:
    assert line.source is not None
    assert line.location is not None
    return line.source, line.location, line.lot or 0


def _take(content: Content, line: Line, source: int, goods: list[_Goods]) -> list[_Goods]:
    """Take what a content asks for out of ``goods``, which become less."""
    lot = None if content.lot is None else _lot(line, content.lot)
    fits = [at for at, one in enumerate(goods) if one.place[0] == source and lot in {None, one.place[2]}]
    there = sum(goods[at].quantity for at in fits)
    wanted = there if content.quantity is None else content.quantity
    if content.quantity is not None:
        check_quantity(content.quantity, f"line {content.line}")
    if wanted > there or not there:
        raise Refusal(
            "packing.exceeds",
            f"Of line {content.line}, {format_quantity(there)} can be packed.",
            "Pack no more than was picked or shipped and is in no package.",
        )
    taken = []
    for at in fits:
        some = min(wanted, goods[at].quantity)
        if some:
            taken.append(goods[at]._replace(quantity=some))
            goods[at] = goods[at]._replace(quantity=goods[at].quantity - some)
            wanted -= some
    return taken


def _lot(line: Line, code: str) -> int:
    found = Lot.objects.filter(item=line.item, code=code).values_list("pk", flat=True).first()
    if found is None:
        raise Refusal("lot.unknown", f"There is no lot {code} of that item.", "Check the code.")
    return int(found)


def unpacked(lines: Collection[int]) -> set[int]:
    """Return the lines of orders (ids) of which something is in staging and in no package."""
    left: Counter[int] = Counter()
    for share in shares_for(lines):
        left[share.source] += share.staged
    for (place, _), quantity in _packed_already(lines).items():
        left[place[0]] -= quantity
    return {line for line, quantity in left.items() if quantity > 0}


def _packed_already(lines: Iterable[int]) -> Counter[tuple[Place, int]]:
    packed: Counter[tuple[Place, int]] = Counter()
    for one in PackageLine.objects.filter(source__in=lines, package__shipment=None, package__from_staging=True):
        packed[(one.source_id, one.location_id, one.lot), one.item_id] += one.quantity
    return packed


# ---------------------------------------------------------------------------------------------------------------------
# What is written


def _written(
    actor: Actor, taken: Sequence[_Goods], measures: Measures, partner: int, shipment: int | None, recorded_at: int
) -> Package:
    inside: Counter[tuple[Place, int]] = Counter()
    for one in taken:
        inside[one.place, one.item] += one.quantity
    series = _series(actor.company_id)
    series.packages += 1
    code = ""
    if series.prefix:
        series.last += 1
        code = _code(series)
    series.save(update_fields=["packages", "last"])
    row = Package.objects.create(
        company_id=actor.company_id,
        number=series.packages,
        sscc=code,
        customer_id=partner,
        shipment_id=shipment,
        from_staging=shipment is None,
        tare=measures.tare,
        weight=_weight(inside, measures),
        weighed=measures.weight is not None,
        length=measures.length,
        width=measures.width,
        height=measures.height,
        packed_at=recorded_at,
        packed_by=actor.user_id,
    )
    PackageLine.objects.bulk_create(
        PackageLine(package=row, source_id=source, location_id=location, lot=lot, item_id=item, quantity=quantity)
        for ((source, location, lot), item), quantity in inside.items()
    )
    record([_said(actor, row, "pack", recorded_at)])
    return row


def _series(company_id: int) -> SsccSeries:
    SsccSeries.objects.bulk_create([SsccSeries(company_id=company_id)], ignore_conflicts=True)
    return SsccSeries.objects.select_for_update(of=("self",)).get(company_id=company_id)


def _code(series: SsccSeries) -> str:
    try:
        return sscc(series.extension, series.prefix, series.last)
    except ValueError:
        raise Refusal(
            "sscc.used_up",
            f"All SSCC that begin with {series.extension}{series.prefix} are given.",
            "Choose another extension digit.",
        ) from None


def _weight(inside: Counter[tuple[Place, int]], measures: Measures) -> int | None:
    """Milligrams: as weighed, else of the items and the tare; ``None`` where an item's weight is not known."""
    if measures.weight is not None:
        return measures.weight
    weights = dict(Item.objects.filter(pk__in={item for _, item in inside}).values_list("pk", "weight"))
    total = 0
    for (_, item), quantity in inside.items():
        each = weights[item]
        if each is None:
            return None
        total += each * quantity
    return measures.tare + round_half_up(total, SCALE)


def _said(actor: Actor, row: Package, verb: str, recorded_at: int) -> AuditRow:
    after = {"sscc": row.sscc, "weight": row.weight}
    return event(
        actor,
        at=recorded_at,
        action=f"package.{verb}",
        subject_kind="package",
        subject=str(row.number),
        subject_id=row.pk,
        after=after,
    )
