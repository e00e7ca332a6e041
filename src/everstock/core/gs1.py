"""Numbers of GS1 that say whether they were read right."""


def check_digit(digits: str) -> str:
    """Return the GS1 check digit of ``digits``, which come before it: weights 3 and 1 from the right, what is missing to a multiple of ten."""
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-weighted % 10)


def sscc(extension: str, prefix: str, serial: int) -> str:
    """Return a serial shipping container code, 18 digits: extension digit, company prefix, serial number, check digit.

    ``ValueError`` where the serial number has more digits than are left beside the prefix.
    """
    room = 16 - len(prefix)
    if not 0 <= serial < 10**room:
        raise ValueError(f"serial number {serial} has more than {room} digits")
    digits = f"{extension}{prefix}{serial:0{room}d}"
    return digits + check_digit(digits)
