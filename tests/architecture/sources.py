"""The package's source files, as the checks of its architecture read them."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PACKAGE = "pyramid_scheduler"
ROOT = Path(__file__).parents[2] / "src" / PACKAGE


class Source(NamedTuple):
    """One module: its path inside the package, such as ``stores/sql/schema.py``, and its text."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @property
    def parts(self) -> tuple[str, ...]:
        """Where it stands in the package: ``("stores", "sql", "schema")``, ``()`` for the face."""
        parts = self.path.removesuffix(".py").split("/")
        return tuple(parts[:-1] if parts[-1] == "__init__" else parts)


def sources() -> list[Source]:
    return [
        Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted(ROOT.rglob("*.py"))
    ]


def rooms(modules: list[Source]) -> set[str]:
    """The modules and folders directly inside the package; the face is none of them."""
    return {module.parts[0] for module in modules if module.parts}


def imports(source: Source) -> Iterator[tuple[int, str]]:
    """Each import of a module, wherever it stands: its line, and the full dotted name.

    ``from a import b`` is ``a.b``: whether ``b`` is a module is for the reader to know.
    """
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = _origin(source, node)
            yield from ((node.lineno, f"{origin}.{alias.name}") for alias in node.names)


def _origin(source: Source, node: ast.ImportFrom) -> str:
    """The absolute name of what stands after ``from``."""
    if not node.level:
        return node.module or ""
    here = [PACKAGE, *source.path.split("/")[:-1]]
    above = here[: len(here) - node.level + 1]
    return ".".join([*above, *([node.module] if node.module else [])])
