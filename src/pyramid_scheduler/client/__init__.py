"""What a person may ask."""

from pyramid_scheduler.client.given import unknown_schedule
from pyramid_scheduler.client.handle import RunHandle
from pyramid_scheduler.client.pending import Join, Pending, Write
from pyramid_scheduler.client.reading import TaskRef
from pyramid_scheduler.client.scheduler import Scheduler

__all__ = ["Join", "Pending", "RunHandle", "Scheduler", "TaskRef", "Write", "unknown_schedule"]
