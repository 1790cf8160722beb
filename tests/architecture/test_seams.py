"""A seam is described once: in interfaces."""

import ast
from collections.abc import Iterator

from tests.architecture.sources import Source, sources

SEAMS = "interfaces/"


def protocols(source: Source) -> Iterator[tuple[str, frozenset[str]]]:
    """Each protocol of a module, with the names of what it asks for."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef) and "Protocol" in map(ast.unparse, node.bases):
            methods = (one.name for one in node.body if isinstance(one, ast.FunctionDef))
            values = (
                ast.unparse(one.target) for one in node.body if isinstance(one, ast.AnnAssign)
            )
            yield node.name, frozenset([*methods, *values])


def declared_again(modules: list[Source]) -> Iterator[str]:
    """The protocols elsewhere that ask for nothing but what one of the seams asks for."""
    seams = [asked for one in modules if one.path.startswith(SEAMS) for _, asked in protocols(one)]
    for module in modules:
        for name, asked in protocols(module) if not module.path.startswith(SEAMS) else ():
            if any(asked <= seam for seam in seams):
                yield f"{module.path}: {name}"


def test_no_seam_is_declared_again_elsewhere() -> None:
    assert list(declared_again(sources())) == []


def test_one_that_is_declared_again_is_found() -> None:
    seams = Source(
        f"{SEAMS}stores.py",
        "class Seam(Protocol):\n    leaving: bool\n    def stop(self): ...\n    def go(self): ...",
    )
    again = Source(
        "config/a.py", "class Any(Protocol):\n    leaving: bool\n    def stop(self): ..."
    )
    other = Source(
        "config/b.py", "class Own(Protocol):\n    def stop(self): ...\n    def x(self): ..."
    )
    assert list(declared_again([seams, again, other])) == ["config/a.py: Any"]
