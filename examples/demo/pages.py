"""One page that shows what the scheduler does, and the views that ask it for something."""

from html import escape

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.response import Response
from pyramid.view import view_config

from demo.tasks import build_report, charge, remind

PAGE = """\
<!doctype html><title>pyramid_scheduler: the example</title>
<h1>The example</h1>
<form method="post" action="/reports/7"><button>build report 7 now</button></form>
<form method="post" action="/invoices/1002"><button>charge invoice 1002 now</button></form>
<form method="post" action="/reminders"><button>remind me in 5 seconds</button></form>
<h2>Next</h2><ul>{coming}</ul>
<h2>Last</h2><ul>{runs}</ul>
"""


def includeme(config):
    config.add_route("home", "/")
    config.add_route("report", r"/reports/{number:\d{1,6}}")
    config.add_route("invoice", r"/invoices/{number:\d{1,6}}")
    config.add_route("reminders", "/reminders")


@view_config(route_name="home", request_method="GET")
def home(request):
    scheduler = request.scheduler
    coming = [f"{one.fire_time:%H:%M:%S} {one.schedule}" for one in scheduler.next_fire_times(8)]
    runs = [f"{run.fire_time:%H:%M:%S} {run.task}: {run.state}" for run in scheduler.runs(limit=20)]
    return Response(PAGE.format(coming=_items(coming), runs=_items(runs)))


@view_config(route_name="report", request_method="GET")
def show_report(request):
    return Response(f"Report {request.matchdict['number']}")


@view_config(route_name="report", request_method="POST")
def ask_for_report(request):
    request.scheduler.run_now(build_report, number=int(request.matchdict["number"]))
    return HTTPSeeOther(request.route_url("home"))


@view_config(route_name="invoice", request_method="POST")
def pay_invoice(request):
    request.scheduler.run_now(charge, int(request.matchdict["number"]))
    return HTTPSeeOther(request.route_url("home"))


@view_config(route_name="reminders", request_method="POST")
def ask_for_reminder(request):
    # A one-off: a schedule with a single fire time, made at run time. A restart does not lose it.
    request.scheduler.schedule(remind, after="5s", kwargs={"text": "the five seconds are over"})
    return HTTPSeeOther(request.route_url("home"))


def _items(lines):
    return "".join(f"<li>{escape(line)}</li>" for line in lines)
