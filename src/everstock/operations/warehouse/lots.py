"""Lots and serial numbers: captured when goods come in, looked up when they move."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import NamedTuple

from everstock.core.problems import Refusal
from everstock.core.quantities import SCALE, format_quantity
from everstock.ledger.database import integers, texts
from everstock.masterdata.bulk import find_lots, refuse_bad_code
from everstock.masterdata.models import Lot, Tracking
from everstock.operations.documents.read import raw_cursor


class NewLot(NamedTuple):
    """A lot or serial number as it stands on the goods: of ``item`` (``sku``), with its days if they are known."""

    item: int
    sku: str
    code: str
    expires_on: dt.date | None = None
    manufactured_on: dt.date | None = None


def check_tracking(tracking: str, sku: str, lot: str | None, quantity: int, where: str) -> None:
    """Refuse a ``lot`` where none belongs (``lot.not_tracked``), none where one does (``lot.missing``), and several pieces of one serial
    (``serial.quantity``). ``tracking`` is a masterdata Tracking, ``quantity`` in 10^-6 base units.
    """
    begin = where[0].upper() + where[1:]
    if tracking == Tracking.NONE:
        if lot is not None:
            raise Refusal(
                "lot.not_tracked", f"{begin}: item {sku} is not tracked by lot.", "Leave the lot and its days out."
            )
        return
    if lot is None:
        raise Refusal("lot.missing", f"{begin}: item {sku} is tracked by {tracking}.", f"Enter the {tracking}.")
    if tracking == Tracking.SERIAL and quantity != SCALE:
        raise Refusal(
            "serial.quantity",
            f"{begin}: a serial number of item {sku} is one piece, not {format_quantity(quantity)}.",
            "Use one line for each serial number.",
        )


_RECEIVE = "SELECT warehouse_lots($1::int[], $2::text[], $3::date[], $4::date[])"


def receive_lots(wanted: Collection[NewLot], serial_items: Collection[int], day: dt.date) -> dict[tuple[int, str], int]:
    """Return the id of each lot by item and code, creating those that are new; they stay locked until the transaction ends.

    Refused: ``code.invalid``, ``lot.days`` (expired before it was made, made after ``day``), ``lot.expired`` (before ``day``),
    ``lot.other_days`` (known with other days), ``serial.twice``, ``serial.in_stock``.
    """
    by_key: dict[tuple[int, str], NewLot] = {}
    for lot in wanted:
        _check(lot, day)
        other = by_key.setdefault((lot.item, lot.code), lot)
        if other is not lot and lot.item in serial_items:
            raise Refusal(
                "serial.twice", f"Serial number {lot.code} of item {lot.sku} comes twice.", "Enter each number once."
            )
        if (other.expires_on, other.manufactured_on) != (lot.expires_on, lot.manufactured_on):
            raise _other_days(lot)
    lots = [by_key[key] for key in sorted(by_key)]
    with raw_cursor() as run:
        run.execute(
            _RECEIVE,
            (
                integers(lot.item for lot in lots),
                texts(lot.code for lot in lots),
                texts(_text(lot.expires_on) for lot in lots),
                texts(_text(lot.manufactured_on) for lot in lots),
            ),
            prepare=True,
        )
        row = run.fetchone()
    assert row is not None
    found: dict[tuple[int, str], int] = {}
    for key, item, code, expires_on, manufactured_on, on_hand in row[0]:
        lot = by_key[item, code]
        for known, given in ((expires_on, lot.expires_on), (manufactured_on, lot.manufactured_on)):
            if given is not None and known != given.isoformat():
                raise _other_days(lot)
        if expires_on is not None and expires_on < day.isoformat():
            raise _expired(lot.sku, code, expires_on)
        if on_hand > 0 and item in serial_items:
            raise Refusal(
                "serial.in_stock",
                f"Serial number {code} of item {lot.sku} is in stock already.",
                "Check the number; if it is right, find out what happened to the first one.",
            )
        found[item, code] = key
    return found


def _text(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()


def _check(lot: NewLot, day: dt.date) -> None:
    refuse_bad_code(lot.code, "lot")
    made, expires = lot.manufactured_on, lot.expires_on
    if made is not None and (made > day or (expires is not None and expires < made)):
        raise Refusal(
            "lot.days",
            f"Lot {lot.code} of item {lot.sku} was made on {made}, after it came in or expired.",
            "Check the days.",
        )
    if expires is not None and expires < day:
        raise _expired(lot.sku, lot.code, expires.isoformat())


def _expired(sku: str, code: str, expired_on: str) -> Refusal:
    return Refusal(
        "lot.expired",
        f"Lot {code} of item {sku} expired on {expired_on}.",
        "Check the day; goods that are no good any more are not taken into stock.",
    )


def _other_days(lot: NewLot) -> Refusal:
    return Refusal(
        "lot.other_days",
        f"Lot {lot.code} of item {lot.sku} is known with other days.",
        "Check lot and days; another batch needs another code.",
    )


def known_lots(wanted: Mapping[tuple[int, str], str]) -> dict[tuple[int, str], int]:
    """Return the id of each (item, code), the values being the items' SKUs; refuse (``lot.unknown``) what was never received."""
    found = find_lots(wanted)
    for (item, code), sku in wanted.items():
        if (item, code) not in found:
            raise Refusal(
                "lot.unknown", f"There is no lot {code} of item {sku}.", "Check the code, or receive the lot first."
            )
    return found


def refuse_expired(lots: Collection[int], day: dt.date) -> None:
    """Refuse (``lot.expired``) lots that expired before ``day``."""
    if not lots:
        return
    late = Lot.objects.filter(pk__in=lots, expires_on__lt=day).select_related("item").order_by("pk").first()
    if late is not None and late.expires_on is not None:
        raise Refusal(
            "lot.expired",
            f"Lot {late.code} of item {late.item.sku} expired on {late.expires_on}.",
            "Reject it, or return it to the supplier.",
        )


_LOCK = "SELECT 1 FROM lot WHERE id = ANY ($1::int[]) ORDER BY item_id, code FOR NO KEY UPDATE"


def lock_lots(lots: Collection[int]) -> None:
    """Keep others from receiving these lots (ids), or from taking them back, until the transaction ends."""
    with raw_cursor() as run:
        run.execute(_LOCK, (integers(lots),), prepare=True)
