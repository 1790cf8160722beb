"""The example application: the program that everything starts from, and a few tasks beside it.

``make demo`` serves it; ``pscheduler runs examples/demo/development.ini`` shows what ran.
"""

from pyramid.config import Configurator

from pyramid_scheduler import scheduler, task


@task(interval=10)  # every 10 seconds
def job():
    print("Running scheduled task")


def main(global_config, **settings):
    config = Configurator(settings=settings)
    config.include("pyramid_scheduler")
    scheduler.register_task(job)
    config.add_request_method(lambda r: scheduler, "scheduler", reify=True)
    # Beyond the program of the seed: pages, and a schedule that is declared without a decorator.
    config.include(".pages")
    config.add_schedule("demo.tasks.charge", name="subscription-1001", interval="12s", args=[1001])
    config.scan()
    return config.make_wsgi_app()
