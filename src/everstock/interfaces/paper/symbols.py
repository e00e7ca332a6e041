"""Barcodes as vector drawings: Code 128 where it can be, a QR code for what it cannot hold or what would not fit a page."""

import re
from functools import lru_cache
from typing import TypedDict

import zxingcpp

from everstock.interfaces.paper.formats import clean

_WIDEST = 640
"""Modules of 0.25 mm in the width of a page."""
_SIZE = re.compile(r'<svg width="(\d+)" height="(\d+)"')


class Symbol(TypedDict):
    """A barcode. ``width`` and ``height`` in modules; ``svg`` has no margins; ``text`` is for people."""

    kind: str
    svg: str
    width: int
    height: int
    text: str


@lru_cache(maxsize=4096)
def symbol(content: str) -> Symbol | None:
    """The barcode that reads ``content``, or None if there is nothing to read or it is too long for any (about 2,900 letters)."""
    if content and content.isascii() and content.isprintable():
        linear = _symbol(content, "bars", zxingcpp.BarcodeFormat.Code128)
        if linear is not None and linear["width"] <= _WIDEST:
            return linear
    return square(content)


@lru_cache(maxsize=4096)
def square(content: str) -> Symbol | None:
    """The QR code that reads ``content``, or None as ``symbol``."""
    # the usual Latin letters of such a code are read as Japanese ones by some scanners, UTF-8 by none
    return _symbol(content, "square", zxingcpp.BarcodeFormat.QRCode, eci="UTF8")


@lru_cache(maxsize=4096)
def sscc_symbol(sscc: str) -> Symbol | None:
    """The GS1-128 barcode of a package: application identifier 00 and its SSCC of 18 digits; None for anything else."""
    return _symbol(f"(00){sscc}", "bars", zxingcpp.BarcodeFormat.Code128, gs1=True)


def _symbol(content: str, kind: str, form: zxingcpp.BarcodeFormat, **options: bool | str) -> Symbol | None:
    try:
        svg = zxingcpp.create_barcode(content, form, **options).to_svg(add_quiet_zones=False)
    except (ValueError, RuntimeError):  # empty, too long for this kind, or no valid text
        return None
    size = _SIZE.search(svg)
    assert size is not None, "the drawing of a barcode says how large it is"
    text = "".join(clean(content))
    return Symbol(kind=kind, svg=svg, width=int(size[1]), height=int(size[2]), text=text)
