"""The pattern of Pyramid's quick tutorial: one file that makes its application and serves it."""

import json
import os
import sys

from pyramid.config import Configurator
from served import SETTINGS_VARIABLE, configure, say_run

from pyramid_scheduler import task


@task(interval=0.5)
def tick():
    say_run("begin")


if __name__ == "__main__":
    settings = json.loads(os.environ[SETTINGS_VARIABLE])
    server, port = sys.argv[1], int(sys.argv[2])
    with Configurator(settings=settings) as config:
        configure(config, settings)
        config.scan()
        app = config.make_wsgi_app()
    if server == "waitress":
        from waitress import serve

        serve(app, host="127.0.0.1", port=port)
    else:
        from wsgiref.simple_server import make_server

        make_server("127.0.0.1", port, app).serve_forever()
