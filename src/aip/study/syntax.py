"""The part of a source file that can change a number: syntax without words, hints and format.

The following is left out: comments, docstrings, formatting and type hints; the texts of errors and
log lines, with what only they need; and the entries of registries, because a fingerprint already
holds the module that a registered name stands for.

By convention, an argument called ``where`` only says the place of an error.
"""

import ast
import builtins
from collections import Counter
from collections.abc import Iterator

# Calls that make an error or a log line. The text is left out; that the call is made counts.
ERRORS = ("BadInput", "Damaged", "Error", "Exception", "Warning", "unknown")
MADE = {"BadInput", "Damaged", "unknown", *(name for name in dir(builtins) if name[0].isupper())}
LOGS = {
    *(("logging", name) for name in ("debug", "info", "warning", "error", "exception")),
    ("warnings", "warn"),
}
UNCOUNTED = ("Registry", "Bounds")  # annotations of what does not count
SAID = ("say", "progress")  # methods of a job that report to the user
TYPING = ("Callable", "Iterable", "Iterator", "Literal", "Mapping", "Sequence", "TypeVar")
GENERICS = (*TYPING, "dict", "list", "set", "tuple", "type")
# Calls without side effects: an unused variable that is assigned from them can be left out.
PURE = (
    *("abs", "len", "max", "min", "range", "repr", "round", "sorted", "str", "sum", "type"),
    *("format", "join", "lower", "partition", "strip", "upper"),
)
EFFECTS = (
    *(ast.Yield, ast.YieldFrom, ast.Await, ast.NamedExpr),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),  # they may use up an iterator
)
BLOCKS = ("body", "orelse", "finalbody")  # fields of a node that hold statements


def significant(source: str, *, exports: bool = False) -> ast.Module:
    r"""Return the syntax tree of a source, without what cannot change a number.

    Parameters
    ----------
    source : str
    exports : bool
        Whether imports that the source itself does not use count, as in an ``__init__.py``.

    Raises
    ------
    SyntaxError
        It is not Python.

    Examples
    --------
    >>> one = significant("def half(x: float) -> float:\n    return x / 2  # of it\n")
    >>> dump(one) == dump(significant("def half(x):\n    'Halve.'\n    return x/2"))
    True
    >>> dump(one) == dump(significant("def half(x): return x / 3"))
    False
    """
    tree = ast.parse(source)
    _Stripper(_place_arguments(tree), _speakers(tree)).visit(tree)
    while _drop_unused(tree):
        pass
    _drop_imports(tree, exports)
    return tree


def dump(node: object) -> str:
    """Return a syntax tree as text, without empty fields, in which Python's versions differ."""
    if isinstance(node, list):
        return f"[{','.join(map(dump, node))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    if isinstance(node, ast.Constant):  # whose value may be None
        return f"Constant({node.value!r})"
    fields = ((name, value) for name, value in ast.iter_fields(node) if value not in (None, []))
    return f"{type(node).__name__}({','.join(f'{n}={dump(v)}' for n, v in fields)})"


class _Stripper(ast.NodeTransformer):
    """Leaves out docstrings, hints, and what errors and log lines say."""

    def __init__(self, places: dict[str, int], speakers: set[str]) -> None:
        self._places = places  # by function of this file, the position of `where`
        self._speakers = speakers  # functions here that make an error
        self._in_class = False

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        value = node.value
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            return None
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
            owner = value.func.value
            if isinstance(owner, ast.Name) and (owner.id, value.func.attr) in LOGS:
                return None
        return self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        exception = node.exc
        if isinstance(exception, ast.Call):
            name = _name(exception.func)
            if name.endswith(ERRORS) or name in self._speakers:
                exception = exception.func
            else:  # it may carry what somebody computes with
                exception = self.visit(exception)
        return ast.Raise(exc=exception, cause=None)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        name = _name(node.func)
        if name in MADE or name in self._speakers:
            return node.func
        if name == "cast" and len(node.args) == 2:  # typing's
            return self.visit(node.args[1])  # type: ignore[no-any-return]
        if name in SAID and isinstance(node.func, ast.Attribute):
            node.args, node.keywords = [], []
        if (place := self._places.get(name)) is not None and len(node.args) > place:
            node.args[place] = ast.Constant(value=None)
        node.keywords = [
            each
            for each in node.keywords
            if not (each.arg == "where" and (_is_text(each.value) or _name(each.value) == "where"))
        ]
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        outside, self._in_class = self._in_class, True
        self.generic_visit(node)
        self._in_class = outside
        return _with_body(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        outside, self._in_class = self._in_class, False
        node.returns = None
        self.generic_visit(node)
        self._in_class = outside
        return _with_body(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if _name(node.annotation) in UNCOUNTED:
            return None
        self.generic_visit(node)
        if self._in_class:  # the hint makes it a field of a dataclass
            hint = node.annotation
            is_field = not (isinstance(hint, ast.Subscript) and _name(hint.value) == "ClassVar")
            node.annotation = ast.Constant(value=None if is_field else "ClassVar")
            return node
        if node.value is None:
            return None
        return ast.Assign(targets=[node.target], value=node.value)

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt] | None:
        if _name(node.test) == "TYPE_CHECKING":
            return [self.visit(each) for each in node.orelse]
        self.generic_visit(node)
        return _with_body(node)

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        return _with_body(node)


def _place_arguments(tree: ast.Module) -> dict[str, int]:
    """Find the functions here that take an argument ``where``, and its position."""
    places = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            names = [arg.arg for arg in node.args.args if arg.arg not in ("self", "cls")]
            if "where" in names:
                places[node.name] = names.index("where")
    return places


def _speakers(tree: ast.Module) -> set[str]:
    """Find the functions here that do nothing but make an error for others to raise."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    found: set[str] = set()
    while True:
        more = {f.name for f in functions if f.name not in found and _makes_error(f, found)}
        if not more:
            return found
        found |= more


def _makes_error(function: ast.FunctionDef, known: set[str]) -> bool:
    returned = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
    names = [_name(value.func) if isinstance(value, ast.Call) else "" for value in returned]
    return bool(names) and all(name.endswith(ERRORS) or name in known for name in names)


def _drop_unused(tree: ast.Module) -> bool:
    """Leave out unused local names, private functions and types; say whether there was any."""
    used = Counter(_loaded(tree))
    return _drop(tree, used, used, local=False)


def _drop(node: ast.AST, here: Counter[str], used: Counter[str], *, local: bool) -> bool:
    """Do so below a node; `here` counts the names that its function uses, if it is `local`."""
    if isinstance(node, ast.FunctionDef):
        here, local = Counter(_loaded(node)), True
    elif isinstance(node, ast.ClassDef):
        here, local = used, False
    dropped = False
    for field in BLOCKS:
        statements = getattr(node, field, None)
        if isinstance(statements, list):
            kept = [each for each in statements if not _is_unused(each, node, here, used, local)]
            dropped = dropped or len(kept) < len(statements)
            setattr(node, field, kept)
    for child in ast.iter_child_nodes(node):
        dropped = _drop(child, here, used, local=local) or dropped
    _with_body(node)
    return dropped


def _is_unused(
    node: ast.AST, parent: ast.AST, here: Counter[str], used: Counter[str], local: bool
) -> bool:
    if isinstance(node, ast.FunctionDef):
        if isinstance(parent, ast.ClassDef):  # another class may call it, by another name
            return False
        private = node.name.startswith("_") and not node.name.startswith("__")
        return private and not used[node.name] and not node.decorator_list
    if not isinstance(node, ast.Assign) or len(node.targets) != 1:
        return False
    target, value = node.targets[0], node.value
    if not isinstance(target, ast.Name) or here[target.id]:
        return False
    if local:
        return _does_nothing(value)
    return _is_type(value)


def _does_nothing(value: ast.AST) -> bool:
    """Say whether evaluating a value can have no effect but the value."""
    if isinstance(value, EFFECTS):
        return False
    if isinstance(value, ast.Call):
        name = _name(value.func)
        if name == "join" and isinstance(value.args[0], ast.GeneratorExp):
            return all(_does_nothing(each) for each in ast.iter_child_nodes(value.args[0]))
        if name not in PURE:
            return False
    return all(_does_nothing(each) for each in ast.iter_child_nodes(value))


def _drop_imports(tree: ast.Module, exports: bool) -> None:
    used = set(_loaded(tree))
    for node in ast.walk(tree):
        for field in BLOCKS:
            statements = getattr(node, field, None)
            if isinstance(statements, list):
                setattr(node, field, [s for s in statements if _keep_import(s, used, exports)])
        _with_body(node)


def _keep_import(node: ast.AST, used: set[str], exports: bool) -> bool:
    """Keep the names of an import that are used; say whether any is left."""
    if not isinstance(node, ast.Import | ast.ImportFrom):
        return True
    node.names = [
        alias
        for alias in node.names
        if alias.name == "*"
        or (alias.asname or alias.name).partition(".")[0] in used
        or (exports and not (isinstance(node, ast.ImportFrom) and alias.name in TYPING))
    ]
    return bool(node.names)


def _loaded(tree: ast.AST) -> Iterator[str]:
    """Yield the names that are used, and those of attributes, by which methods are called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Global | ast.Nonlocal):
            yield from node.names


def _with_body(node: ast.AST) -> ast.AST:
    """Add ``pass`` to a node whose statements were all left out."""
    if getattr(node, "body", None) == [] and not isinstance(node, ast.Module):
        node.body = [ast.Pass()]  # type: ignore[attr-defined]
    return node


def _name(node: ast.AST) -> str:
    """Return a name, or the last part of a dotted one; empty for anything else."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _is_text(node: ast.AST) -> bool:
    is_constant = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return is_constant or isinstance(node, ast.JoinedStr)


def _is_type(node: ast.AST) -> bool:
    """Say whether a value is a type, such as ``Callable[[Tensor], Tensor]`` or a TypeVar."""
    if isinstance(node, ast.Subscript):
        return _name(node.value) in GENERICS
    return isinstance(node, ast.Call) and _name(node.func) in TYPING
