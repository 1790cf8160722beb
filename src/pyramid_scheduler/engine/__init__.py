"""THE HEART: what is claimed when, by whom, and who is alive. It knows interfaces only."""

from pyramid_scheduler.engine.clock import SystemClock
from pyramid_scheduler.engine.control import Engine
from pyramid_scheduler.engine.options import EngineOptions

__all__ = ["Engine", "EngineOptions", "SystemClock"]
