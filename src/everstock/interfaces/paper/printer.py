"""Setting: from a sheet to the bytes of a PDF, or a refusal that says what is in the way."""

import datetime as dt
import json
import re
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal

import typst

from everstock.core.problems import Refusal
from everstock.interfaces.paper.sheets import Sheet

_TEMPLATES = Path(__file__).parent / "templates"
_FONT = "Libertinus Serif"
"""Comes with Typst, so that a document looks the same on every machine."""
_MONOSPACED = "DejaVu Sans Mono"
_STANDARDS: "list[typst.PDFStandard]" = ["a-2a"]
"""To be kept for decades, and read aloud."""
_LARGEST_LOGO = 512 * 1024
_MOST_PIXELS = 4000
_PNG = b"\x89PNG\r\n\x1a\n"
_LOGO_ALONE = b"""
#set document(title: "Logo", date: datetime(year: 2000, month: 1, day: 1))
#image(bytes(json(bytes(sys.inputs.logo))), alt: "Logo")
"""
_NO_LOGO = "Save it again as PNG or SVG, or print without a logo."
_NO_PICTURE = re.compile(r"the text `\"((?:[^\"\\]|\\.)+)\"` could not be displayed")
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
_UNKNOWN_CHARACTER = "\ufffd"
_SOME = 10
"""How many characters are named that no font has."""


class UnprintedWarning(UserWarning):
    """A character on a paper is in no font of the machine; the message says which, and what can be done."""


def pdf(sheet: Sheet) -> bytes:
    """The document as PDF/A-2a, A4. The same sheet gives the same bytes, given the same fonts.

    A character that no font of the machine has is printed as ``�``, with an ``UnprintedWarning``. Raises Refusal with code ``paper.font`` if the
    letterhead's font is not installed, ``paper.logo`` if its logo cannot be read, and ``paper.failed`` with Typst's words otherwise.
    """
    (document,) = pages(sheet, "pdf")
    return document


def pages(sheet: Sheet, form: Literal["pdf", "png"], pixels_per_inch: float | None = None) -> list[bytes]:
    """The document as one PDF, or as one PNG for each page; refuses like ``pdf``."""
    if sheet.font is not None and sheet.font.casefold() not in _families():
        remedy = "Install it for all users of the machine, or choose another font for the letterhead."
        raise Refusal("paper.font", f"The font “{sheet.font}” is not installed on this machine.", remedy)
    inputs = {"data": json.dumps(sheet.data | {"fonts": _chain(sheet)}), "logo": _logo(sheet.logo)}
    moment = dt.datetime.combine(sheet.day, dt.time(), dt.UTC)
    compiler = typst.Compiler(_TEMPLATES / sheet.template, root=_TEMPLATES, font_paths=_fonts())
    try:
        try:
            made = _compile(compiler, inputs, form, moment, pixels_per_inch)
        except typst.TypstError as error:
            replaced = _without_unknown(inputs["data"], error)
            if replaced == inputs["data"]:
                raise
            made = _compile(compiler, inputs | {"data": replaced}, form, moment, pixels_per_inch)
            warnings.warn(_unprinted(inputs["data"], replaced), UnprintedWarning, stacklevel=2)
    except typst.TypstError as error:
        told = f"Typst said: {error.message.rstrip('.')}."
        if sheet.logo is not None and not _can_be_drawn(inputs["logo"]):
            raise _bad_logo(f"The logo cannot be drawn; {told}") from error
        remedy = "Look for unusual characters in its texts, and report it."
        raise Refusal("paper.failed", f"The document could not be set; {told}", remedy) from error
    return made


def _compile(
    compiler: typst.Compiler,
    inputs: dict[str, str],
    form: Literal["pdf", "png"],
    moment: dt.datetime,
    pixels_per_inch: float | None,
) -> list[bytes]:
    # only PDF is held to the standard; a picture shows an empty box for what no font has
    standards = _STANDARDS if form == "pdf" else []
    made = compiler.compile(
        format=form, ppi=pixels_per_inch, sys_inputs=inputs, pdf_standards=standards, timestamp=moment
    )
    assert made is not None, "nothing is written to a file"
    return made if isinstance(made, list) else [made]


@cache
def _fonts() -> typst.Fonts:
    """All fonts: those of Typst, and those of the machine for what they lack."""
    return typst.Fonts()


@cache
def _families() -> frozenset[str]:
    return frozenset(family.casefold() for family in _fonts().families())


def _chain(sheet: Sheet) -> dict[str, list[str]]:
    return {"text": [*([sheet.font] if sheet.font else []), _FONT], "code": [_MONOSPACED]}


def _without_unknown(data: str, error: typst.TypstError) -> str:
    """The data with ``�`` for each character that the error says no font has."""
    texts = [_ESCAPED.sub(lambda code: chr(int(code[1], 16)), text) for text in _NO_PICTURE.findall(error.diagnostic)]
    # the places where a long word may be broken are named along with what stands beside them, and need no picture
    named = {character for text in texts for character in text if not character.isascii() and character != "\u200b"}
    missing = {ord(character): _UNKNOWN_CHARACTER for character in named}
    return json.dumps(_translated(json.loads(data), missing)) if missing else data


def _unprinted(data: str, replaced: str) -> str:
    """What to say of characters that no font has."""
    lost = sorted(set(_texts(json.loads(data))) - set(_texts(json.loads(replaced))))
    some = f"{''.join(lost[:_SOME])}{' and others' if lost[_SOME:] else ''}"
    return f"No font of this machine has {some}, printed as {_UNKNOWN_CHARACTER}: install one that has the script."


def _texts(value: object) -> Iterator[str]:
    """The characters of all texts in a sheet's data."""
    if isinstance(value, str):
        yield from value
    elif isinstance(value, list | dict):
        for entry in value.values() if isinstance(value, dict) else value:
            yield from _texts(entry)


def _translated(value: object, table: dict[int, str]) -> object:
    if isinstance(value, str):
        return value.translate(table)
    if isinstance(value, list):
        return [_translated(entry, table) for entry in value]
    return {name: _translated(entry, table) for name, entry in value.items()} if isinstance(value, dict) else value


def _logo(content: bytes | None) -> str:
    """The logo as the templates read it: SVG as text, PNG as a list of bytes, since an input can only be text."""
    if content is None:
        return ""
    if len(content) > _LARGEST_LOGO:
        raise _bad_logo(f"The logo has {len(content):,} bytes; at most {_LARGEST_LOGO:,} are taken.")
    if content.startswith(_PNG):
        sides = [int.from_bytes(content[start : start + 4], "big") for start in (16, 20)]
        if max(sides) > _MOST_PIXELS:
            raise _bad_logo(f"The logo is {sides[0]} × {sides[1]} pixels; at most {_MOST_PIXELS} a side are taken.")
        return json.dumps(list(content))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = ""
    if "<svg" not in text:
        raise _bad_logo("The logo is neither a PNG nor an SVG file.")
    return json.dumps(text)


def _can_be_drawn(logo: str) -> bool:
    try:
        typst.compile(_LOGO_ALONE, sys_inputs={"logo": logo}, format="pdf", pdf_standards=_STANDARDS)
    except typst.TypstError:
        return False
    return True


def _bad_logo(cause: str) -> Refusal:
    return Refusal("paper.logo", cause, _NO_LOGO)
