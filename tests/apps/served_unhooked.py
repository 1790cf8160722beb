"""An application under uWSGI in which something takes the hook after forks for itself alone."""

import uwsgi
from served import from_environment

application = from_environment()
uwsgi.post_fork_hook = lambda: None
