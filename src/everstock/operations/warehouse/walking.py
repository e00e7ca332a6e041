"""In which order somebody walks from place to place: through the aisles, the nearest first, down one and up the next.

The aisle of a place is the place of purpose aisle directly above it; places without one are an aisle of their own. Aisles come in the order of
their nearest place that is visited, then of their codes. In the first, third, … one walks away from the dock, by distance and then code, and back
through the second, fourth, …
"""

from collections.abc import Collection, Iterable
from itertools import groupby
from typing import NamedTuple

from everstock.masterdata.models import Location, Purpose


class Stop(NamedTuple):
    """A place where something is picked; ``distance`` as in ``models.StorageBin``, ``aisle``: its code, empty: none."""

    location: int
    code: str
    distance: int = 0
    aisle: str = ""


def walk(stops: Iterable[Stop]) -> list[Stop]:
    """Return the stops in walking order."""
    by_aisle = [list(some) for _, some in groupby(sorted(stops, key=lambda at: at.aisle), key=lambda at: at.aisle)]
    by_aisle.sort(key=lambda some: (min(at.distance for at in some), some[0].aisle))
    return [
        at
        for number, some in enumerate(by_aisle)
        for at in sorted(some, key=lambda at: (at.distance, at.code), reverse=number % 2 == 1)
    ]


def stops(locations: Collection[int]) -> list[Stop]:
    """Return places (ids) as stops."""
    found = Location.objects.filter(pk__in=locations).values_list(
        "id", "code", "storage_bin__distance", "parent__code", "parent__purpose"
    )
    return [
        Stop(key, code, distance or 0, aisle if purpose == Purpose.AISLE else "")
        for key, code, distance, aisle, purpose in found
    ]


def walking_order(locations: Collection[int]) -> dict[int, int]:
    """Return the place of each location (ids) on the way, from 0."""
    return {at.location: number for number, at in enumerate(walk(stops(locations)))}
