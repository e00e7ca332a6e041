"""Printing: a document as PDF, under the company's letterhead."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from everstock.core.problems import Refusal
from everstock.interfaces.cli.acting import desk
from everstock.interfaces.cli.output import say
from everstock.interfaces.cli.program import Program
from everstock.operations.documents.kinds import DocumentKind

if TYPE_CHECKING:
    from everstock.interfaces.paper.rows import Letterhead
    from everstock.operations.identity.actor import Actor

_F = TypeVar("_F", bound=Callable[..., object])
_LANGUAGES = ("en", "da", "de")
PRINTED = (
    DocumentKind.PURCHASE_ORDER,
    DocumentKind.BLANKET_ORDER,
    DocumentKind.GOODS_RECEIPT,
    DocumentKind.SUPPLIER_RETURN,
)
"""The kinds of document that have a paper."""


def printing_options(command: _F) -> _F:
    """Give a command ``--language``, ``--output`` and ``--letterhead``."""
    path = click.Path(dir_okay=False, path_type=Path)
    existing = click.Path(exists=True, dir_okay=False, path_type=Path)
    language = click.option(
        "--language", type=click.Choice(_LANGUAGES), help="Language of the paper; default: the company's, else en."
    )
    output = click.option("--output", type=path, metavar="FILE", help="Where to write it; default: NUMBER.pdf here.")
    head = click.option(
        "--letterhead",
        type=existing,
        metavar="FILE",
        help="A TOML file that says who writes: name, address and footer (lists of lines), logo (a PNG or SVG file beside it), font.",
    )
    return language(output(head(command)))


def print_document(
    program: Program,
    number: str,
    as_: str | None,
    *kinds: DocumentKind,
    language: str | None,
    output: Path | None,
    letterhead: Path | None,
) -> None:
    """Write the document with this number, of one of ``kinds``, as PDF. Refused: what the paper refuses, a file that cannot be."""
    at = desk(program, as_)
    from everstock.interfaces.paper.naming import letterhead as bare
    from everstock.interfaces.paper.texts import Language

    kind, key = at.codes.document(number, kinds)
    spoken = language or at.company.language[:2]
    wanted = Language(spoken) if spoken in _LANGUAGES else Language.ENGLISH
    company = bare(at.actor)
    if letterhead is not None:
        company = _letterhead(letterhead, company)
    content = _paper(at.actor, kind, key, wanted, company)
    path = output or Path(f"{number.upper()}.pdf")
    try:
        path.write_bytes(content)
    except OSError as error:
        cause = f"{path} cannot be written: {error.strerror or error}."
        raise Refusal("file.unwritable", cause, "Name another file with --output.") from None
    say(f"Wrote {path}")


def _paper(actor: "Actor", kind: DocumentKind, key: int, language: Any, company: "Letterhead") -> bytes:
    from everstock.interfaces.paper import documents, purchasing

    if kind is DocumentKind.GOODS_RECEIPT:
        receipt = purchasing.receipt_paper(actor, key, language=language, company=company)
        return documents.goods_receipt_note(receipt, costs=actor.sees_costs)
    if kind is DocumentKind.SUPPLIER_RETURN:
        back = purchasing.return_paper(actor, key, language=language, company=company)
        return documents.supplier_return_note(back, costs=actor.sees_costs)
    return documents.purchase_order(purchasing.order_paper(actor, key, language=language, company=company))


def _letterhead(file: Path, usual: "Letterhead") -> "Letterhead":
    """The letterhead that a file describes; what it does not say is as usual."""
    from dataclasses import replace

    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refusal("letterhead.unreadable", f"{file} is no TOML file: {error}.", "Correct it.") from None
    known: dict[str, type] = {"name": str, "address": list, "footer": list, "logo": str, "font": str}
    for name, value in said.items():
        if (
            name not in known
            or not isinstance(value, known[name])
            or (isinstance(value, list) and not all(isinstance(line, str) for line in value))
        ):
            raise Refusal(
                "letterhead.unknown",
                f"{file} says something about “{name}” that a letterhead cannot.",
                "Use name, logo and font (texts), address and footer (lists of texts).",
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
        logo=content,
        font=said.get("font", usual.font),
    )
