"""Modules written for one test, and applications that no other test has left behind."""

from tests.config.conftest import alone, module

__all__ = ["alone", "module"]
