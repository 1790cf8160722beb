"""The application as a module-level name, where gunicorn, uWSGI and mod_wsgi look for it."""

from served import from_environment

application = from_environment()
