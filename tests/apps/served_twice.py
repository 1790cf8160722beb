"""Two applications in one process: each has a scheduler, an engine and a store of its own."""

import json
import os
import sys

import served
from waitress import serve

if __name__ == "__main__":
    settings = json.loads(os.environ[served.SETTINGS_VARIABLE])
    apps = {
        f"/{name}": served.main({}, **{**settings, "scheduler.instance": name})
        for name in ("one", "two")
    }

    def dispatch(environ, start_response):
        prefix = environ["PATH_INFO"][:4]
        environ["PATH_INFO"] = environ["PATH_INFO"][4:]
        return apps[prefix](environ, start_response)

    serve(dispatch, host="127.0.0.1", port=int(sys.argv[1]))
