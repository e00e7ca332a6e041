"""Printing: a document as PDF, under the company's letterhead."""

import tomllib
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from everstock.core.problems import Refusal
from everstock.interfaces.cli.acting import desk, today
from everstock.interfaces.cli.output import say, warn
from everstock.interfaces.cli.program import Program
from everstock.operations.documents.kinds import DocumentKind

if TYPE_CHECKING:
    from everstock.interfaces.cli.codes import Desk
    from everstock.interfaces.paper.rows import Letterhead
    from everstock.interfaces.paper.texts import Language

_F = TypeVar("_F", bound=Callable[..., object])
LANGUAGES = ("en", "da", "de")
"""Those that papers are printed in."""


def printing_options(command: _F) -> _F:
    """Give a command that prints a document ``--paper``, and what ``look_options`` gives."""
    paper = click.option(
        "--paper",
        metavar="NAME",
        help="Which of its papers, such as packing-slip for a shipment; default: the usual one.",
    )
    return paper(look_options(command))


def look_options(command: _F) -> _F:
    """Give a command ``--language``, ``--output`` and ``--letterhead``."""
    path = click.Path(dir_okay=False, path_type=Path)
    existing = click.Path(exists=True, dir_okay=False, path_type=Path)
    language = click.option(
        "--language",
        type=click.Choice(LANGUAGES),
        help="Language of the paper; default: the customer's, else the company's, else en.",
    )
    output = click.option("--output", type=path, metavar="FILE", help="Where to write it; default: NUMBER.pdf here.")
    head = click.option(
        "--letterhead",
        type=existing,
        metavar="FILE",
        envvar="EVERSTOCK_LETTERHEAD",
        help="A TOML file that says who writes: name, address, footer and bank (lists of lines), tax_number, logo (a PNG or SVG"
        " file beside it), font; default: the file that EVERSTOCK_LETTERHEAD names.",
    )
    return language(output(head(command)))


def print_document(
    program: Program,
    number: str,
    as_: str | None,
    *kinds: DocumentKind,
    paper: str | None,
    language: str | None,
    output: Path | None,
    letterhead: Path | None,
) -> None:
    """Write a paper of the document with this number, of one of ``kinds`` (none: any that has one), as PDF.

    Refused: ``paper.unknown``, what the paper refuses, a file that cannot be.
    """
    at = desk(program, as_)
    from everstock.interfaces.paper.papers import Wanted, maker
    from everstock.operations.documents.models import Document

    kind, key = at.codes.document(number, kinds)
    make = maker(kind, number.upper(), paper)
    partner = Document.objects.values_list("partner_id", flat=True).get(pk=key)
    spoken, company = look(at, partner, language, letterhead)
    keep(
        lambda: make(at.actor, key, Wanted(spoken, company, today(), warn)),
        output or Path(f"{number.upper()}{f'-{paper}' if paper else ''}.pdf"),
    )


def look(
    at: "Desk", partner: int | None, language: str | None, letterhead: Path | None
) -> "tuple[Language, Letterhead]":
    """Return the language and the letterhead of a paper for a partner (an id), as ``look_options`` gave them."""
    from everstock.interfaces.paper.naming import language_of
    from everstock.interfaces.paper.naming import letterhead as bare
    from everstock.interfaces.paper.texts import Language

    spoken = Language(language) if language else language_of(partner, at.company.language)
    company = bare(at.actor)
    return spoken, company if letterhead is None else _letterhead(letterhead, company)


def keep(make: Callable[[], bytes], path: Path) -> None:
    """Make a paper, write it to a file and say so, and what could not be printed. Refused: ``file.unwritable``, what the paper refuses."""
    from everstock.interfaces.paper.printer import UnprintedWarning

    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always", UnprintedWarning)
        content = make()
    for one in heard:
        warn(str(one.message))
    try:
        path.write_bytes(content)
    except OSError as error:
        cause = f"{path} cannot be written: {error.strerror or error}."
        raise Refusal("file.unwritable", cause, "Name another file with --output.") from None
    say(f"Wrote {path}")


def _letterhead(file: Path, usual: "Letterhead") -> "Letterhead":
    """The letterhead that a file describes; what it does not say is as usual."""
    from dataclasses import replace

    try:
        said = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refusal("letterhead.unreadable", f"{file} is no TOML file: {error}.", "Correct it.") from None
    known: dict[str, type] = {
        "name": str,
        "tax_number": str,
        "logo": str,
        "font": str,
        "address": list,
        "footer": list,
        "bank": list,
    }
    for name, value in said.items():
        if (
            name not in known
            or not isinstance(value, known[name])
            or (isinstance(value, list) and not all(isinstance(line, str) for line in value))
        ):
            raise Refusal(
                "letterhead.unknown",
                f"{file} says something about “{name}” that a letterhead cannot.",
                "Use name, tax_number, logo and font (texts), address, footer and bank (lists of texts).",
            )
    logo = said.get("logo")
    content = usual.logo
    if logo is not None:
        place = file.parent / logo
        if not place.is_file():
            raise Refusal("letterhead.logo", f"There is no file {place}.", f"Correct the logo in {file}.")
        content = place.read_bytes()
    return replace(
        usual,
        name=said.get("name", usual.name),
        address=tuple(said.get("address", usual.address)),
        footer=tuple(said.get("footer", usual.footer)),
        tax_number=said.get("tax_number", usual.tax_number),
        bank=tuple(said.get("bank", usual.bank)),
        logo=content,
        font=said.get("font", usual.font),
    )
