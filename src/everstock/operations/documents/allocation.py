"""Sharing an amount between lines of documents so that the shares add up to it, to the minor unit, and by what it is shared."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

from everstock.core.problems import Refusal
from everstock.masterdata.models import Item
from everstock.operations.documents.records import Line


class Sharing(StrEnum):
    """What an amount is shared by."""

    VALUE = "value"
    QUANTITY = "quantity"
    WEIGHT = "weight"
    VOLUME = "volume"
    HAND = "hand"


def weights_by(by: Sharing, lines: Sequence[Line], worth: Callable[[Line], int], what: str) -> list[int]:
    """Return by which weights an amount (``what`` it is called at the beginning of a sentence) is shared between lines with an item.

    ``worth``: the value of a line. Not by hand. Refused: ``landed.no_basis``, the lines have nothing to share by.
    """
    if by is Sharing.VALUE:
        weights = [worth(line) for line in lines]
    elif by is Sharing.QUANTITY:
        weights = [line.base_quantity for line in lines]
    else:
        items = Item.objects.filter(pk__in={line.item for line in lines if line.item is not None})
        sizes: Mapping[int, int | None] = dict(items.values_list("pk", by.value))
        weights = [(sizes[line.item or 0] or 0) * line.base_quantity for line in lines]
    if sum(weights) <= 0 or min(weights) < 0:
        raise Refusal(
            "landed.no_basis",
            f"{what} cannot be shared by {by.value}: the lines have none.",
            "Enter it at the items, or share by something else.",
        )
    return weights


def shared(amount: int, weights: Sequence[int]) -> list[int]:
    """Return ``amount`` shared in proportion to ``weights`` (not negative, at least one above zero), in their order.

    By the largest remainder: every share is rounded down, and what is left goes, one minor unit each, to those that lost most by it. Of
    equals, the heaviest come first and then the first, so that the same weights in another order give the same amounts. A
    negative amount is shared like a positive one. ``ValueError`` for weights that cannot be.
    """
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        raise ValueError("there is nothing to share by")
    sign = -1 if amount < 0 else 1
    size = abs(amount)
    shares = [size * weight // total for weight in weights]
    lost = [size * weight % total for weight in weights]
    order = sorted(range(len(weights)), key=lambda place: (-lost[place], -weights[place], place))
    for place in order[: size - sum(shares)]:
        shares[place] += 1
    return [sign * share for share in shares]
