"""Tasks as applications have them. Each stands for work by waiting a little.

They wait for the run's stop event instead of sleeping, so that the process can stop at any time.
"""

import random

from pyramid_scheduler import current_run, task


@task(interval="5s", overlap="skip")
def clean_up_sessions():
    """Take longer than the interval: the fire time in between is skipped, and recorded as such."""
    current_run().stop.wait(7)
    return {"deleted": random.randint(0, 40)}


@task(interval="6s")
def fetch_exchange_rates():
    """Fail now and then, as whatever asks another service does."""
    current_run().stop.wait(0.3)
    if random.random() < 0.3:
        raise ConnectionError("the rates service does not answer")
    return {"EUR/USD": round(random.uniform(1.0, 1.2), 4)}


@task(interval="8s")
def mail_newcomers(request):
    """Be given a request, because the first parameter is named so: it makes URLs as a view does."""
    print("Welcome! Your first report:", request.route_url("report", number=1))


@task(interval="1m", start="now", max_running=1)
def build_report(number=1):
    """Take a while, and give up in time when the run is cancelled or the process stops."""
    run = current_run()
    for _ in range(20):
        run.raise_if_stopped()
        run.stop.wait(0.5)
    return {"report": number, "rows": 20}


@task(on_crash="fail")
def charge(invoice):
    """Never charge twice: if the process dies in the middle, the run is failed, not repeated.

    The id of the run is the same at every attempt: given to the bank, it makes a repetition by
    hand harmless as well.
    """
    print(f"Charging invoice {invoice}, key {current_run().id}")
    current_run().stop.wait(1)


@task()
def remind(text):
    """Run only when asked, or at the time of a one-off made at run time."""
    print(f"Reminder: {text}")
