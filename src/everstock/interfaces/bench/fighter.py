"""A process that wants an item which all others want too: reserves some, and now and then lets go of it again."""

import itertools
import os
import sys
import time

from everstock.core.quantities import SCALE
from everstock.interfaces.bench.client import serve


def main() -> None:
    """Fight for the first item of a company; each attempt is a commit of its own."""
    import django

    django.setup()
    from everstock.interfaces.bench.companies import ground_of
    from everstock.ledger.reservations import Wanted, release, reserve

    company, number, _ = map(int, sys.argv[1:4])
    ground, _ = ground_of(company)
    name = f"CART/{number}-{os.getpid()}-{time.time_ns()}"
    numbers = itertools.count()

    def go(attempt: int) -> None:
        if attempt % 4 == 3:
            release(company, [f"{name}-{attempt - place}" for place in (1, 2, 3)])
        else:
            wanted = Wanted(f"{name}-{attempt}", ground.items[0], ground.location, SCALE)
            reserve(company, [wanted], recorded_at=time.time_ns() // 1000)

    serve(lambda _: next(numbers), go)


if __name__ == "__main__":
    main()
