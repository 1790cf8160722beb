"""What a callable is as a task: its name, the class it is a method of, its signature."""

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.reading import read_name
from pyramid_scheduler.registry import own_signature
from pyramid_scheduler.showing import LONGEST_VALUE, shortened, shown

POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True, slots=True)
class Callee:
    """What a task calls: ``func``, or the method ``func`` of an instance of ``owner``.

    Such an instance is made for every run, of the request, as view classes are.
    """

    func: Callable[..., Any]
    owner: type | None = None

    def invoke(self, request: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """Call it as a task that is given the request."""
        if self.owner is None:
            return self.func(request, *args, **kwargs)
        return getattr(self.owner(request), self.func.__name__)(*args, **kwargs)


def read_callee(given: Any, attr: str | None, where: str) -> Callee:
    """Return what the task ``given`` calls: a function, a method of a class, a callable object.

    A method is given as itself (``Views.purge``), or as its class and ``attr``.

    Raises InvalidValue: no callable, a class without ``attr``, what only a later executor runs.
    """
    callee = _method(given, attr, where) if inspect.isclass(given) else _function(given, where)
    _refuse_others(callee.func, where)
    return callee


def _method(owner: type, attr: str | None, where: str) -> Callee:
    name = shortened(f"{owner.__module__}.{owner.__qualname__}", LONGEST_VALUE)
    if attr is None:
        raise InvalidValue(
            f"{where}: {name} is a class: decorate one of its methods with @task, or name it with"
            " attr="
        )
    func = inspect.getattr_static(owner, attr, None)
    if not isinstance(func, FunctionType):
        raise InvalidValue(f"{where}: {name} has no plain method {shown(attr)}")
    return Callee(func, owner)


def _function(given: Any, where: str) -> Callee:
    if not callable(given):
        raise InvalidValue(f"{where}: {shown(given)} is not callable")
    return Callee(given, _owner(given))


def _owner(given: object) -> type | None:
    """Return the class that a plain function is a method of, found by its qualified name."""
    if not isinstance(given, FunctionType) or "." not in given.__qualname__:
        return None
    found: Any = sys.modules.get(given.__module__)
    for part in given.__qualname__.split(".")[:-1]:
        found = getattr(found, part, None)
    # A staticmethod is a function like any other, and has another object in its class's dict.
    return found if inspect.isclass(found) and vars(found).get(given.__name__) is given else None


def _refuse_others(func: Any, where: str) -> None:
    for each in (func, inspect.getattr_static(type(func), "__call__", None)):
        if inspect.iscoroutinefunction(each) or inspect.isasyncgenfunction(each):
            raise InvalidValue(
                f"{where}: {_said(func)} is 'async def': no executor here awaits one until theirs"
                " comes; write it as a plain 'def'"
            )
        if inspect.isgeneratorfunction(each):
            raise InvalidValue(
                f"{where}: {_said(func)} is a generator: no executor here runs one to its end until"
                " theirs comes; write it without 'yield'"
            )


def _said(func: Any) -> str:
    qualname = getattr(func, "__qualname__", None)
    return shortened(qualname, LONGEST_VALUE) if isinstance(qualname, str) else shown(func)


def default_name(callee: Callee, where: str) -> str:
    """Return ``module.qualname`` of what the task calls.

    Raises InvalidValue: a lambda, partial, nested or bound function, a callable object: these
    cannot be told apart by a name of their own, and need ``name=``.
    """
    func, owner = callee.func, callee.owner
    qualname = getattr(func, "__qualname__", None)
    if owner is not None:
        qualname = f"{owner.__qualname__}.{func.__name__}"
    kind = _nameless(func, qualname)
    if kind or qualname is None:
        raise InvalidValue(f"{where}: {_said(func)} is {kind}: give the task a name with name=")
    module = owner.__module__ if owner is not None else func.__module__
    name = f"{main_name() if module == '__main__' else module}.{qualname}"
    return read_name(name, f"{where}: the name it has by itself (name= gives another)")


def _nameless(func: Any, qualname: str | None) -> str:
    if isinstance(func, partial):
        return "a partial"
    if inspect.ismethod(func):
        return "a bound method"
    if qualname is None:
        return "a callable object"
    if "<lambda>" in qualname:
        return "a lambda"
    return "a nested function" if "<locals>" in qualname else ""


def main_name() -> str:
    """Return what ``__main__`` is called: its ``-m`` name, or its file's stem.

    So a program has the same names whether it is run as a file, with -m, or imported.
    """
    main = sys.modules["__main__"]
    spec = getattr(main, "__spec__", None)
    if spec is not None:
        return str(spec.name).removesuffix(".__main__")
    file = module_file(main)
    return file.stem if file is not None else "__main__"


def module_file(module: ModuleType) -> Path | None:
    """Return the file that ``module`` was read from, None for one that was typed."""
    file = getattr(module, "__file__", None)
    return None if file is None else Path(file)


def takes_request(callee: Callee, said: bool | None, where: str) -> bool:
    """Return whether the task is given the request: ``said``, else by its first parameter's name.

    Raises InvalidValue: it is said so, and there is no parameter to give it to.
    """
    if callee.owner is not None:
        if said is False:
            raise InvalidValue(
                f"{where}: request: a method's instance is made of the request: it cannot be false"
            )
        return True
    parameters = list(_signature(callee.func, where).parameters.values())
    first = parameters[0] if parameters and parameters[0].kind in POSITIONAL else None
    if said and first is None:
        raise InvalidValue(
            f"{where}: request: {_said(callee.func)} has no first parameter for the request"
        )
    return first is not None and (first.name == "request" if said is None else said)


def signature_of(callee: Callee, *, with_request: bool, where: str) -> inspect.Signature:
    """Return the signature that who asks for a run has to meet: without request and ``self``."""
    _signature(callee.func, where)
    return own_signature(callee.func, takes_request=with_request)


def _signature(func: Callable[..., Any], where: str) -> inspect.Signature:
    try:
        return inspect.signature(func)
    except (TypeError, ValueError) as error:
        reason = shortened(str(error), LONGEST_VALUE)  # it may repeat the function
        raise InvalidValue(
            f"{where}: the signature of {_said(func)} is unknown: {reason}"
        ) from None
