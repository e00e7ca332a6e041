"""House rules that a reader feels: short functions, short modules, words that explain, and a project that speaks of itself."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, SRC, modules, place, syntax

LONGEST_FUNCTION = 60
"""Lines of a function without its docstring."""
LONGEST_MODULE = 600
PROMISES = ("core", "ledger", "reports")
"""Layers whose public functions are called by others, and therefore documented."""
MAY_PRINT = ("interfaces", "project")

UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
NOT_ABOUT_THE_PROJECT = re.compile(
    r"""
      \b(?:sub-?)?agents?\b
    | \b(?:work|working|coding|this|last|next)[ -]session\b
    | \bsession[ -]of[ -]work\b
    | \b(?:language\ model|LLM|chat\ ?bot|prompt\ engineering)\b
    | \b(?:issue|ticket|bug|pull\ request|PR|MR)s?\ \#\d
    | (?<![\w./~-])/work\b
    | (?<![\w./~-])/(?:tmp|root|home)/\w
    """,
    re.IGNORECASE | re.VERBOSE,
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(path: Path) -> list[Function]:
    return [node for node in ast.walk(syntax(path)) if isinstance(node, Function)]


def length(function: Function) -> int:
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None:
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def texts() -> list[Path]:
    """Everything a reader may open that is written by hand, but tests and the licence."""
    suffixes = {".py", ".md", ".sql", ".toml", ".html", ".yaml", ".txt"}
    found = [path for folder in ("src", "docs") for path in (ROOT / folder).rglob("*") if path.suffix in suffixes]
    found += [path for path in ROOT.glob("*") if path.suffix in suffixes or path.name == "Makefile"]
    return sorted(found)


def offences(paths: list[Path], pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}: {match.group(0)!r}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for match in [pattern.search(line)]
        if match
    ]


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(SRC).as_posix())
def test_module_is_short_and_says_what_it_is(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    long = [
        f"{place(path, function)} {function.name} has {length(function)} lines, at most {LONGEST_FUNCTION} are readable"
        for function in functions(path)
        if length(function) > LONGEST_FUNCTION
    ]
    assert lines <= LONGEST_MODULE, f"{place(path)} has {lines} lines, at most {LONGEST_MODULE} are readable"
    assert ast.get_docstring(syntax(path)), f"{place(path)} has no docstring that says what the module is for"
    assert not long, "\n".join(long)


@pytest.mark.parametrize("path", modules(*PROMISES), ids=lambda path: path.relative_to(SRC).as_posix())
def test_public_functions_say_what_they_do(path: Path) -> None:
    silent = [
        f"{place(path, node)} {node.name} has no docstring"
        for node in syntax(path).body
        if isinstance(node, Function) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert not silent, "\n".join(silent)


def test_only_what_faces_a_person_prints() -> None:
    printing = [
        f"{place(path, node)} prints"
        for path in modules()
        if path.relative_to(SRC).parts[0] not in MAY_PRINT
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert not printing, "\n".join(printing)


def test_nothing_is_left_for_later_in_a_comment() -> None:
    found = offences(texts(), UNFINISHED)
    assert not found, "\n".join(found)


def test_the_project_speaks_of_itself_alone() -> None:
    found = offences(texts(), NOT_ABOUT_THE_PROJECT)
    assert not found, "\n".join(found)
