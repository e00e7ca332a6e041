"""All the small ways to break a module: one place in one statement each, found in its syntax tree."""

import ast
import itertools
from collections.abc import Iterator
from typing import NamedTuple

Span = tuple[int, int]
"""From and to, in bytes of the source."""

COMPARE: dict[type[ast.cmpop], tuple[str, ...]] = {
    ast.Lt: ("<=", ">="),
    ast.LtE: ("<", ">"),
    ast.Gt: (">=", "<="),
    ast.GtE: (">", "<"),
    ast.Eq: ("!=",),
    ast.NotEq: ("==",),
    ast.Is: ("is not",),
    ast.IsNot: ("is",),
    ast.In: ("not in",),
    ast.NotIn: ("in",),
}
ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "//",
    ast.FloorDiv: "*",
    ast.Mod: "//",
    ast.BitAnd: "|",
    ast.BitOr: "&",
}
SIGN = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.FloorDiv: "//", ast.Mod: "%", ast.BitAnd: "&", ast.BitOr: "|"}
OPPOSITE = {
    "min": "max",
    "max": "min",
    "any": "all",
    "all": "any",
    "bisect_left": "bisect_right",
    "bisect_right": "bisect_left",
}
SYMMETRIC = {"min", "max", "share"}
"""Functions whose first two arguments may be swapped."""
TYPES_ONLY = {"NamedTuple", "StrEnum", "Exception"}
"""Bases of classes whose bodies, but for their methods, say what there is and do nothing."""
NEVER_MEANT = {"NotImplementedError", "AssertionError"}
"""What is raised where nobody ever gets."""

SWAPPED = "arguments swapped"


class Mutation(NamedTuple):
    """``new`` instead of the source in ``span``."""

    what: str
    line: int
    span: Span
    new: bytes

    def apply(self, source: bytes) -> bytes:
        return source[: self.span[0]] + self.new + source[self.span[1] :]


def mutations(source: bytes) -> list[Mutation]:
    """Every mutation of a module that can still be read."""
    found = []
    for mutation in Finder(source).of(ast.parse(source)):
        try:
            ast.parse(mutation.apply(source))
        except SyntaxError:
            continue
        found.append(mutation)
    return found


class Finder:
    """Walks a module and proposes mutations."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.starts = [0]
        for text in source.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(text))

    def of(self, node: ast.AST) -> Iterator[Mutation]:
        """Mutations of a node and all it consists of."""
        if self._does_nothing(node):
            return
        yield from self._here(node)
        for child in self._children(node):
            yield from self.of(child)

    @staticmethod
    def _does_nothing(node: ast.AST) -> bool:
        text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        return text or isinstance(node, ast.Assert | ast.Import | ast.ImportFrom | ast.JoinedStr)

    @staticmethod
    def _children(node: ast.AST) -> Iterator[ast.AST]:
        """Without type hints, decorators, and what only declares."""
        match node:
            case ast.FunctionDef():
                yield from (*node.args.defaults, *(default for default in node.args.kw_defaults if default), *node.body)
            case ast.ClassDef():
                methods_only = any(isinstance(base, ast.Name) and base.id in TYPES_ONLY for base in node.bases)
                yield from (part for part in node.body if isinstance(part, ast.FunctionDef) or not methods_only)
            case ast.AnnAssign():
                yield from () if node.value is None else (node.value,)
            case ast.Raise():
                return
            case _:
                yield from ast.iter_child_nodes(node)

    def _here(self, node: ast.AST) -> Iterator[Mutation]:
        match node:
            case ast.Compare():
                yield from self._comparison(node)
            case ast.BinOp() | ast.AugAssign() if type(node.op) in ARITHMETIC:
                yield from self._arithmetic(node)
            case ast.BoolOp():
                yield from self._and_or(node)
            case ast.UnaryOp(op=ast.Not()):
                yield self._instead("not dropped", node, self._text(node.operand))
            case ast.UnaryOp(op=ast.USub()):
                yield self._instead("sign dropped", node, self._text(node.operand))
            case ast.Constant(value=bool(value)):
                yield self._instead("constant", node, str(not value))
            case ast.Constant(value=int(value)):
                yield self._instead("constant", node, str({1: 0}.get(value, value + 1)))
            case ast.Call():
                yield from self._call(node)
            case ast.Return():
                yield from self._other_returned(node)
            case ast.If() | ast.IfExp() | ast.While() if isinstance(node.test, ast.Name | ast.Attribute | ast.Call):
                yield self._instead("condition turned", node.test, f"(not {self._text(node.test)})")
            case ast.FunctionDef():
                yield from self._name_returned(node)
        if isinstance(node, ast.stmt):
            yield from self._removed(node)

    def _comparison(self, node: ast.Compare) -> Iterator[Mutation]:
        left = node.left
        for operator, right in zip(node.ops, node.comparators, strict=True):
            for new in COMPARE[type(operator)]:
                yield self._between("comparison", left, right, new)
            left = right

    def _arithmetic(self, node: ast.BinOp | ast.AugAssign) -> Iterator[Mutation]:
        left, right = (node.left, node.right) if isinstance(node, ast.BinOp) else (node.target, node.value)
        suffix = "" if isinstance(node, ast.BinOp) else "="
        yield self._between("arithmetic", left, right, ARITHMETIC[type(node.op)] + suffix, SIGN[type(node.op)] + suffix)

    def _and_or(self, node: ast.BoolOp) -> Iterator[Mutation]:
        old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in itertools.pairwise(node.values):
            yield self._between("and/or", left, right, new, old)

    def _call(self, node: ast.Call) -> Iterator[Mutation]:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name in OPPOSITE:
            yield self._instead("opposite function", node.func, OPPOSITE[name])
        if name == "isinstance":
            return
        arguments = node.args[1:] if name in SYMMETRIC else node.args
        for one, other in itertools.pairwise(arguments):
            if not isinstance(one, ast.Starred) and not isinstance(other, ast.Starred):
                yield self._swapped(SWAPPED, one, other)

    def _other_returned(self, node: ast.Return) -> Iterator[Mutation]:
        if isinstance(node.value, ast.Tuple):
            for one, other in itertools.pairwise(node.value.elts):
                yield self._swapped("returned the other way round", one, other)

    def _name_returned(self, function: ast.FunctionDef) -> Iterator[Mutation]:
        """Another variable of the function instead of the one it returns."""
        names = [argument.arg for argument in function.args.args if argument.arg != "self"]
        names += [
            node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        ]
        for node in ast.walk(function):
            if isinstance(node, ast.Return) and isinstance(node.value, ast.Name):
                for other in dict.fromkeys(names):
                    if other != node.value.id:
                        yield self._instead("another variable returned", node.value, other)
                        break

    def _removed(self, node: ast.stmt) -> Iterator[Mutation]:
        match node:
            case ast.Raise(exc=ast.Call(func=ast.Name(id=name))) if name in NEVER_MEANT:
                return
            case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
                pass
            case ast.Expr() | ast.AugAssign() | ast.Return() | ast.Raise() | ast.Continue() | ast.Break():
                pass
            case _:
                return
        yield self._instead("statement removed", node, "pass")

    def _span(self, node: ast.AST) -> Span:
        assert isinstance(node, ast.expr | ast.stmt)
        assert node.end_lineno
        assert node.end_col_offset is not None
        return self.starts[node.lineno - 1] + node.col_offset, self.starts[node.end_lineno - 1] + node.end_col_offset

    def _text(self, node: ast.AST) -> str:
        start, end = self._span(node)
        return self.source[start:end].decode()

    def _mutation(self, what: str, span: Span, new: str) -> Mutation:
        line = self.source.count(b"\n", 0, span[0]) + 1
        return Mutation(what, line, span, new.encode())

    def _instead(self, what: str, node: ast.AST, new: str) -> Mutation:
        return self._mutation(what, self._span(node), new)

    def _swapped(self, what: str, one: ast.AST, other: ast.AST) -> Mutation:
        between = self.source[self._span(one)[1] : self._span(other)[0]].decode()
        span = self._span(one)[0], self._span(other)[1]
        return self._mutation(what, span, self._text(other) + between + self._text(one))

    def _between(self, what: str, left: ast.AST, right: ast.AST, new: str, old: str | None = None) -> Mutation:
        """Another operator between two operands; parentheses and line breaks around it stay."""
        start, end = self._span(left)[1], self._span(right)[0]
        text = self.source[start:end].decode()
        if old is None:
            old = text.strip().strip("()").strip()
        at = text.index(old)
        first = start + len(text[:at].encode())
        return self._mutation(what, (first, first + len(old.encode())), new)
