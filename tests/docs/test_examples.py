"""The examples of the documentation are run, and what they print is compared with what the page shows.

In a fenced ``console`` block, a line that starts with ``$ `` is a command (continued after a backslash or inside a here
document on lines that start with ``> ``); the lines below it are what it prints, standard error included. ``…`` stands
for any text, alone on a line for any lines; the width of gaps does not matter. A command that is meant to be refused
ends in ``# exit 1``. A fenced block with ``title="name"`` is a file the commands find. All blocks of a page run in
order, in one empty folder and with an empty data directory. A block without the ``everstock`` command is not run,
nor is one after the line ``<!-- not run -->``.
"""

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^(?P<indent> *)(?P<ticks>`{3,})(?P<info>[^`]*)$")
TITLE = re.compile(r'title="([^"]+)"')
EXIT = re.compile(r"#\s*exit (\d+)\s*$")


@dataclass
class Command:
    line: int
    text: str
    expected: list[str] = field(default_factory=list)

    @property
    def status(self) -> int:
        match = EXIT.search(self.text.splitlines()[0])
        return int(match.group(1)) if match else 0


@dataclass
class File:
    name: str
    content: str


def steps(markdown: str) -> list[Command | File]:
    """The files and commands of a page, in order; none if no command of ours is shown."""
    found: list[Command | File] = []
    for line, info, body, runs in _blocks(markdown):
        title = TITLE.search(info)
        if title and runs:
            found.append(File(title.group(1), "".join(f"{text}\n" for text in body)))
        elif info.split()[:1] == ["console"] and runs and any(text.startswith("$ everstock") for text in body):
            found += _commands(line, body)
    return found if any(isinstance(step, Command) for step in found) else []


def _blocks(markdown: str) -> list[tuple[int, str, list[str], bool]]:
    blocks: list[tuple[int, str, list[str], bool]] = []
    opened: re.Match[str] | None = None
    before = ""
    for number, text in enumerate(markdown.splitlines(), 1):
        if opened is not None:
            if text.strip() == opened["ticks"]:
                opened = None
            else:
                blocks[-1][2].append(text.removeprefix(opened["indent"]))
        elif match := FENCE.match(text):
            opened = match
            blocks.append((number, match["info"].strip(), [], before != "<!-- not run -->"))
        if text.strip():
            before = text.strip()
    return blocks


def _commands(line: int, body: list[str]) -> list[Command]:
    commands: list[Command] = []
    for number, text in enumerate(body, line + 1):
        if text.startswith("$ "):
            commands.append(Command(number, text[2:]))
        elif commands and not commands[-1].expected and text.startswith("> "):
            commands[-1].text += "\n" + text[2:]
        elif commands:
            commands[-1].expected.append(text)
    return commands


def alike(expected: list[str], printed: str) -> bool:
    pattern = ""
    for text in _meat(expected):
        if text == "…":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*?".join(re.escape(part) for part in text.split("…")) + r"\n"
    return re.fullmatch(pattern, "".join(f"{text}\n" for text in _meat(printed.splitlines()))) is not None


def _meat(lines: list[str]) -> list[str]:
    return [" ".join(text.split()) for text in lines if text.strip()]


def pages() -> list[Path]:
    candidates = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [page for page in candidates if steps(page.read_text(encoding="utf-8"))]


@pytest.mark.slow
@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_examples_print_what_the_page_shows(page: Path, tmp_path: Path) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("EVERSTOCK_", "DJANGO_"))}
    environment |= {
        "EVERSTOCK_DATA_DIR": str(tmp_path / "data"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "120",
        "NO_COLOR": "1",
        "LC_ALL": "C.UTF-8",
    }
    for step in steps(page.read_text(encoding="utf-8")):
        if isinstance(step, File):
            (folder / step.name).write_text(step.content, encoding="utf-8")
            continue
        result = subprocess.run(
            ["sh", "-c", step.text],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=300,
            check=False,
        )
        where = f"{page.relative_to(ROOT)}:{step.line}: $ {step.text}\n"
        assert result.returncode == step.status, f"{where}exit {result.returncode}\n{result.stdout}"
        shown = "\n".join(step.expected)
        assert alike(step.expected, result.stdout), f"{where}printed:\n{result.stdout}\nbut the page shows:\n{shown}"


PAGE = """
```csv title="stock.csv"
date,item
```

1. Look:

   ```console
   $ everstock report stock \\
   > --as-of 2026-01-31
   item  quantity
   …
   $ everstock verify  # exit 1
   ```

<!-- not run -->
```console
$ everstock serve
```

```console
$ make demo
```
"""


def test_steps_are_read_from_a_page() -> None:
    file, look, verify = steps(PAGE)
    assert file == File("stock.csv", "date,item\n")
    assert look == Command(9, "everstock report stock \\\n--as-of 2026-01-31", ["item  quantity", "…"])
    assert isinstance(verify, Command)
    assert verify.status == 1


@pytest.mark.parametrize(
    ("expected", "printed", "verdict"),
    [
        (["a  b"], "a b\n\n", True),
        (["a", "…", "z"], "a\nb\nc\nz\n", True),
        (["took … s"], "took 0.3 s\n", True),
        (["took … s"], "took 0.3 s\nand more\n", False),
        (["a"], "b\n", False),
        ([], "noise\n", False),
        (["…"], "", True),
    ],
)
def test_output_is_compared_loosely(expected: list[str], printed: str, verdict: bool) -> None:
    assert alike(expected, printed) is verdict
