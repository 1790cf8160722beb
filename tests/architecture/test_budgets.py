"""How large, how named and how documented the code may be; each check is shown to fail."""

import ast
from collections.abc import Callable, Iterator

import pytest

from tests.architecture.sources import Source, sources

LINES_OF_A_MODULE = 350
LINES_OF_A_FUNCTION = 50  # the docstring not counted
PUBLIC_METHODS = 12
# Each of its methods is one line over a use case.
WIDE_CLASSES = {"Scheduler"}
# Names that say nothing, and so take in everything.
SHAPELESS = {"base", "common", "helper", "helpers", "manager", "misc", "util", "utils"}
# What these modules describe, their implementations need not describe again.
SEAMS = ("interfaces", "model")

Function = ast.FunctionDef | ast.AsyncFunctionDef
DOCUMENTED = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def long_module(source: Source) -> Iterator[str]:
    lines = len(source.text.splitlines())
    if lines > LINES_OF_A_MODULE:
        yield f"{source.path}: {lines} lines"


def shapeless_name(source: Source) -> Iterator[str]:
    for part in source.parts:
        if part.strip("_") in SHAPELESS:
            yield f"{source.path}: {part} says nothing"


def long_functions(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if isinstance(node, Function) and _length(node) > LINES_OF_A_FUNCTION:
            yield f"{source.path}:{node.lineno} {node.name}: {_length(node)} lines"


def wide_classes(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef) and node.name not in WIDE_CLASSES:
            methods = {inner.name for inner in _public(node) if isinstance(inner, Function)}
            if len(methods) > PUBLIC_METHODS:
                yield f"{source.path}:{node.lineno} {node.name}: {len(methods)} public methods"


def undocumented(source: Source, elsewhere: frozenset[str] = frozenset()) -> Iterator[str]:
    """The module, and its public functions, classes and methods, that have no docstring.

    A method that a seam describes, and so is named in ``elsewhere``, needs none.
    """
    if source.text.strip() and not ast.get_docstring(source.tree):
        yield f"{source.path}: no docstring"
    for owner, node in _public_things(source.tree):
        described = isinstance(owner, ast.ClassDef) and node.name in elsewhere
        if not described and not _exempt(node) and not ast.get_docstring(node):
            yield f"{source.path}:{node.lineno} {node.name}: no docstring"


def methods_of_seams(modules: list[Source]) -> frozenset[str]:
    """The names of all methods that a protocol or an abstract class of the seams describes."""
    return frozenset(
        node.name
        for module in modules
        if module.parts[:1] and module.parts[0] in SEAMS
        for owner, node in _public_things(module.tree)
        if isinstance(owner, ast.ClassDef) and {"Protocol", "ABC"} & _bases(owner)
    )


def _length(function: Function) -> int:
    """How many lines it has from its ``def`` on, the docstring not counted."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def _public(owner: ast.Module | ast.ClassDef) -> Iterator[DOCUMENTED]:
    for node in owner.body:
        if isinstance(node, DOCUMENTED) and not node.name.startswith("_"):
            yield node


def _public_things(tree: ast.Module) -> Iterator[tuple[ast.Module | ast.ClassDef, DOCUMENTED]]:
    """What is public in a module and in its public classes, each with what it stands in."""
    owners: list[ast.Module | ast.ClassDef] = [tree]
    for owner in owners:
        for node in _public(owner):
            yield owner, node
            if isinstance(node, ast.ClassDef):
                owners.append(node)


def _bases(node: ast.ClassDef) -> set[str]:
    return {ast.unparse(base).split(".")[-1] for base in node.bases}


def _exempt(node: DOCUMENTED) -> bool:
    """Whether another definition of the same name carries the docstring."""
    marks = {ast.unparse(mark).split(".")[-1] for mark in node.decorator_list}
    return bool(marks & {"overload", "override", "setter", "deleter"})


@pytest.mark.parametrize("budget", [long_module, shapeless_name, long_functions, wide_classes])
def test_the_code_keeps_its_budgets(budget: Callable[[Source], Iterator[str]]) -> None:
    wrong = [line for source in sources() for line in budget(source)]
    assert not wrong, "\n".join(wrong)


def test_what_is_public_is_documented() -> None:
    modules = sources()
    elsewhere = methods_of_seams(modules)
    wrong = [line for source in modules for line in undocumented(source, elsewhere)]
    assert not wrong, "\n".join(wrong)


# That each check can fail.


def function_of(lines: int, docstring: str = "") -> str:
    return "\n".join(
        ["def f():", *([docstring] if docstring else []), *["    x = 1"] * (lines - 1)]
    )


def test_a_long_module_is_found() -> None:
    assert list(long_module(Source("a.py", "x = 1\n" * 351))) == ["a.py: 351 lines"]
    assert list(long_module(Source("a.py", "x = 1\n" * 350))) == []


@pytest.mark.parametrize("path", ["utils.py", "stores/_base.py", "helpers/__init__.py"])
def test_a_name_that_says_nothing_is_found(path: str) -> None:
    assert len(list(shapeless_name(Source(path, "")))) == 1


def test_a_long_function_is_found_wherever_it_stands() -> None:
    assert list(long_functions(Source("a.py", function_of(51)))) == ["a.py:1 f: 51 lines"]
    hidden = "class C:\n    def outer(self):\n" + "        x = 1\n" * 50
    assert list(long_functions(Source("a.py", hidden))) == ["a.py:2 outer: 51 lines"]
    waiting = "async " + function_of(51)
    assert list(long_functions(Source("a.py", waiting))) == ["a.py:1 f: 51 lines"]


def test_a_docstring_does_not_make_a_function_long() -> None:
    docstring = '    """Say.\n\n    More.\n    """'
    assert list(long_functions(Source("a.py", function_of(50, docstring)))) == []


def test_a_wide_class_is_found_unless_it_is_the_scheduler() -> None:
    methods = "".join(f"    def m{number}(self): ...\n" for number in range(13))
    wide = [Source("a.py", f"class {name}:\n{methods}") for name in ("Wide", "Scheduler")]
    assert [wrong for source in wide for wrong in wide_classes(source)] == [
        "a.py:1 Wide: 13 public methods"
    ]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("x = 1", ["a.py: no docstring"]),
        ('"""Doc."""\ndef f(): ...', ["a.py:2 f: no docstring"]),
        ('"""Doc."""\nasync def f(): ...', ["a.py:2 f: no docstring"]),
        ('"""Doc."""\nclass C: ...', ["a.py:2 C: no docstring"]),
        ('"""Doc."""\nclass C:\n    """Doc."""\n    def m(self): ...', ["a.py:4 m: no docstring"]),
    ],
)
def test_a_public_thing_without_docstring_is_found(text: str, wrong: list[str]) -> None:
    assert list(undocumented(Source("a.py", text))) == wrong


@pytest.mark.parametrize(
    "text",
    [
        "",
        '"""Doc."""\ndef _f(): ...\nclass _C:\n    def m(self): ...',
        '"""Doc."""\ndef f():\n    """Doc."""\n    def inner(): ...',
        '"""Doc."""\nclass C:\n    """Doc."""\n    def __init__(self): ...',
        '"""Doc."""\nclass C:\n    """Doc."""\n    @override\n    def m(self): ...',
        '"""Doc."""\nclass C:\n    """Doc."""\n    def claim(self): ...',
    ],
)
def test_what_is_private_inner_or_described_elsewhere_needs_none(text: str) -> None:
    assert list(undocumented(Source("a.py", text), elsewhere=frozenset({"claim"}))) == []


def test_the_methods_of_seams_are_those_of_protocols_and_abstract_classes() -> None:
    seam = "class Store(Protocol):\n    def claim(self): ...\nclass Row:\n    def age(self): ..."
    modules = [Source("interfaces.py", seam), Source("client.py", seam.replace("claim", "ask"))]
    assert methods_of_seams(modules) == {"claim"}
