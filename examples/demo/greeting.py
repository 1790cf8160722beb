"""What the terminal shows when the scheduler has started in a process: what runs, and where."""

from pyramid.events import subscriber

from demo.tasks import remind
from pyramid_scheduler import scheduler
from pyramid_scheduler.events import SchedulerStarted


@subscriber(SchedulerStarted)
def greet(event):
    # Made at run time; `replace` lets every process of a server with many say the same.
    scheduler.schedule(
        remind, id="welcome", replace=True, after="3s", kwargs={"text": "the example runs"}
    )
    print(f"The scheduler runs as node {event.node}. Next:")
    for one in scheduler.next_fire_times(8):
        print(f"  {one.fire_time:%H:%M:%S} UTC  {one.schedule}")
