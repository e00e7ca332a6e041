"""What the ledger refuses, in words: one sentence of cause and one of remedy each."""

import datetime as dt
from collections.abc import Iterable

from everstock.core.facts import INBOUND, ON_HAND_VALUE, OUTBOUND, RECEIPT_VALUE, Fact, Kind
from everstock.core.history import History
from everstock.core.problems import Refusal
from everstock.core.quantities import LIMIT, SCALE, format_quantity
from everstock.core.replay import OverReturned, Shortage
from everstock.ledger.books import Books
from everstock.ledger.lines import JournalLine, Line
from everstock.ledger.origins import Origin
from everstock.masterdata.models import Item, ItemKind, Lot, Tracking

_MOVED = INBOUND | OUTBOUND | {Kind.TRANSFER}
_EPOCH = dt.datetime(1970, 1, 1)
_RETURN_OF = {Kind.RETURN_IN: (OUTBOUND, "an issue"), Kind.RETURN_OUT: (INBOUND, "a receipt")}


def moment(at: int) -> str:
    """A moment for people; a day's first and last instant are that day."""
    text = (_EPOCH + dt.timedelta(microseconds=at)).isoformat(sep=" ", timespec="seconds")
    return text.removesuffix(" 00:00:00").removesuffix(" 23:59:59")


def check(line: Line, books: Books) -> None:
    """Refuse a line that is wrong by itself."""
    if line.item not in books.items:
        raise Refusal("item.unknown", "The line names no known item.", "Create the item first.")
    if line.kind in _MOVED and line.quantity <= 0:
        raise Refusal(
            "quantity.not_positive", "The quantity is not above zero.", "Give what moved as a positive number."
        )
    if line.quantity < 0:
        raise Refusal("quantity.negative", "The counted quantity is below zero.", "Give what was counted.")
    if line.value is not None and line.value < 0 and line.kind in INBOUND:
        raise Refusal("value.negative", "The value is below zero.", "Give the value of what came in.")
    if line.kind in ON_HAND_VALUE and (line.unit_value is None or line.unit_value < 0):
        raise Refusal(
            "unit_value.missing", "There is no new unit value.", "Give the new value of one unit as unit_cost."
        )
    if line.kind in RECEIPT_VALUE and line.value is None:
        raise Refusal("value.missing", "There is no value.", "Give the amount (or the new unit cost).")
    if line.applies_to is None and (line.kind in RECEIPT_VALUE or line.kind is Kind.REVERSAL):
        raise Refusal(
            "origin.missing",
            f"A {words(line.kind)} needs the line it applies to.",
            "Give that line's reference in applies_to.",
        )
    if line.contra is not None:
        _check_account(line.contra, books)
    if books.items[line.item].kind == ItemKind.KIT:
        raise Refusal(
            "item.not_stocked",
            f"Item {sku(line.item)} is a kit, which is not stocked.",
            "Move its components instead.",
        )
    _check_lot(line, books)


def _check_lot(line: Line, books: Books) -> None:
    tracking = books.items[line.item].tracking
    if line.kind not in _MOVED or tracking == Tracking.NONE:
        return
    if line.lot is None and line.applies_to is None:
        raise Refusal(
            "lot.missing", f"Item {sku(line.item)} is tracked by {tracking}.", f"Give the {tracking} of what moved."
        )
    if tracking == Tracking.SERIAL and line.quantity != SCALE:
        raise Refusal(
            "serial.quantity",
            f"A serial number of item {sku(line.item)} is one piece, not {format_quantity(line.quantity)}.",
            "Use one line per serial number.",
        )


def check_origin(line: Line, origin: Origin | None, history: History | None) -> Origin:
    """Refuse a line that cannot apply to ``origin``; returns the origin."""
    if origin is None or history is None:
        raise Refusal(
            "origin.unknown",
            f"There is no line with the reference {line.applies_to}.",
            "Give the reference of a line that was posted before.",
        )
    if origin.item != line.item:
        raise Refusal(
            "origin.other_item",
            f"Line {line.applies_to} is about item {sku(origin.item)}, not {sku(line.item)}.",
            "Use the same item.",
        )
    _check_origin_kind(line, origin)
    if not history.is_living(origin.id):
        raise Refusal("origin.reversed", f"Line {line.applies_to} was reversed.", "Refer to a line that stands.")
    if line.kind is Kind.REVERSAL and history.dependants(origin.id):
        raise Refusal(
            "reversal.dependants",
            f"Returns, charges or cost changes refer to line {line.applies_to}.",
            "Reverse those first.",
        )
    return origin


def _check_origin_kind(line: Line, origin: Origin) -> None:
    if line.kind in _RETURN_OF:
        kinds, name = _RETURN_OF[line.kind]
        fits = origin.kind in kinds and not (origin.kind is Kind.RETURN_IN and origin.linked)
    elif line.kind in RECEIPT_VALUE:
        fits, name = origin.kind in INBOUND and not origin.linked, "a receipt"
    else:
        fits, name = line.kind is Kind.REVERSAL and origin.kind is not Kind.REVERSAL, "a line that is no reversal"
    if not fits:
        raise Refusal(
            "origin.wrong_kind",
            f"A {words(line.kind)} cannot apply to line {line.applies_to}, which is of kind {words(origin.kind)}.",
            f"Refer to {name}, or leave applies_to empty.",
        )


def unknown_location() -> Refusal:
    """A location of another company, or none at all."""
    return Refusal("location.unknown", "The line names no known location.", "Create the location first.")


def too_large() -> Refusal:
    """Some quantity or value does not fit 64 bits."""
    return Refusal(
        "number.too_large",
        "A quantity or value is too large to be kept exactly.",
        "Check the quantity and the unit cost; a larger base unit makes quantities smaller.",
    )


def before_origin(line: Line, origin: Origin) -> Refusal:
    """A return dated before what it returns."""
    return Refusal(
        "return.before_origin",
        f"The return is dated before line {line.applies_to} ({moment(origin.effective_at)}).",
        "Date it on or after that line.",
    )


def other_content(line: Line) -> Refusal:
    """A reference that is taken by another line."""
    return Refusal(
        "reference.taken",
        f"Reference {line.reference} was posted before with other content.",
        "Use another reference, or reverse the posted line and enter it under a new one.",
    )


def taken_meanwhile() -> Refusal:
    """Another process posted a line with one of these references between our look and our write."""
    return Refusal(
        "reference.taken",
        "A line with one of these references was posted at the same moment.",
        "Use another reference for what is new.",
    )


def over_returned(line: Line, over: OverReturned) -> Refusal:
    """More comes back than went."""
    fact, still = over.args
    return Refusal(
        "return.exceeds",
        f"Line {line.reference} would bring the returns of {line.applies_to or 'its origin'} above what there was: "
        f"{format_quantity(fact.quantity)} are returned, {format_quantity(still)} can be.",
        "Return less, or return without a link.",
    )


def shortage(books: Books, line: Line, fact: Fact, short: Shortage) -> Refusal:
    """Stock would fall below zero, now or at a later moment."""
    (location, lot), balance = short.place, short.balance
    place = f"{sku(line.item)} at {books.location_codes[location]}"
    if lot is not None:
        place += f", lot {Lot.objects.values_list('code', flat=True).get(pk=lot)},"
    missing = format_quantity(-balance)
    if short.fact.id == fact.id:
        wanted = abs(fact.quantity)
        there = format_quantity(max(balance + wanted, 0))
        return Refusal(
            "stock.short",
            f"There are {there} of item {place} on {moment(fact.effective_at)}, {format_quantity(wanted)} are to leave: "
            f"{missing} are missing.",
            "Receive the missing stock first, or let less leave.",
        )
    there = format_quantity(max(balance + short.fact.quantity, 0))
    return Refusal(
        "stock.short_later",
        f"Item {place} would fall below zero on {moment(short.fact.effective_at)}: {there} would be there, "
        f"{format_quantity(short.fact.quantity)} leave, {missing} would be missing.",
        "Receive the missing stock before that moment, or correct the later line first.",
    )


def words(kind: Kind) -> str:
    """A kind in words."""
    return kind.value.replace("_", " ")


def sku(item: int) -> str:
    """The code of an item."""
    return Item.objects.values_list("sku", flat=True).get(pk=item)


def check_journal(books: Books, lines: Iterable[JournalLine]) -> None:
    """Refuse journal lines on accounts that are unknown, carry stock, or are both sides at once; and amounts that are too large."""
    for line in lines:
        if line.account == line.contra:
            raise Refusal(
                "journal.same_account", "A journal line debits and credits one account.", "Name two accounts."
            )
        if abs(line.amount) >= LIMIT:
            raise too_large()
        for account in (line.account, line.contra):
            _check_account(account, books)


def _check_account(account: int, books: Books) -> None:
    code = books.carries_stock(account)
    if code is None:
        raise Refusal("account.unknown", "A line names an account that the company does not have.", "Name one it has.")
    if code:
        raise Refusal(
            "journal.stock_account",
            f"Account {code} carries the value of stock, which only movements change.",
            "Post a movement, a cost change or a revaluation, or name another account.",
        )
