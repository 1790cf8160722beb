"""What a person may ask."""

from pyramid_scheduler.client.handle import RunHandle
from pyramid_scheduler.client.scheduler import EngineControl, Join, Scheduler, TaskRef, Write

__all__ = ["EngineControl", "Join", "RunHandle", "Scheduler", "TaskRef", "Write"]
