"""Sharing an amount so that the shares add up to it, to the minor unit. Pure arithmetic on integers."""

from collections.abc import Sequence


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
