"""An application with a table of its own, in the database that the scheduler's store is in."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
import zope.sqlalchemy
from pyramid.config import Configurator
from pyramid.response import Response
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session
from webtest import TestApp

from pyramid_scheduler.client import Scheduler
from pyramid_scheduler.model import Run

ORDERS = sa.Table("orders", sa.MetaData(), sa.Column("number", sa.String))


class Base(sa.orm.DeclarativeBase):
    """What the application maps."""


class Payment(Base):
    __tablename__ = "payment"
    id: sa.orm.Mapped[int] = sa.orm.mapped_column(primary_key=True)
    text: sa.orm.Mapped[str]


def database_of(address: str, **options: Any) -> sa.Engine:
    """The application's own engine on the database at ``address``, with nothing of ours set."""
    url = make_url(address)
    if url.get_backend_name() == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    return sa.create_engine(url, **options)


def managed(engine: sa.Engine) -> Callable[[Any], Session]:
    """What makes a request's session, as the cookiecutter does it."""

    def dbsession(request: Any) -> Session:
        session = Session(engine)
        zope.sqlalchemy.register(session, transaction_manager=request.tm)
        return session

    return dbsession


def own(engine: sa.Engine) -> Callable[[Any], Session]:
    """What makes a request's session where the application commits it itself."""

    def dbsession(request: Any) -> Session:
        session = Session(engine)
        request.add_finished_callback(lambda request: session.close())
        return session

    return dbsession


# Of an application whose sessions are joined, and whose engine a test starts itself.
JOINING = {
    "scheduler.autostart": "false",
    "scheduler.session_factory": "dbsession",
    "tm.manager_hook": "pyramid_tm.explicit_manager",
}


def job(number: int = 0) -> None:
    """A task."""


class Scene:
    """The application; its task is ``job``, its only view the function given to :meth:`ask`."""

    def __init__(
        self,
        address: str,
        *,
        tm: bool = True,
        session: Callable[[sa.Engine], Callable[[Any], Session]] = managed,
        **settings: Any,
    ) -> None:
        self.engine = database_of(address)
        with self.engine.begin() as connection:
            ORDERS.metadata.create_all(connection)
            Base.metadata.create_all(connection)
        settings = {
            **JOINING,
            "scheduler.store": address,
            "scheduler.heartbeat": "0.3",
            "scheduler.statement_timeout": "2",
            **{key.replace("__", "."): value for key, value in settings.items()},
        }
        self.config = Configurator(settings=settings)
        self.config.include("pyramid_scheduler")
        if tm:
            self.config.include("pyramid_tm")
        self.config.add_request_method(session(self.engine), "dbsession", reify=True)
        self.config.add_task(job, "job")
        self.config.add_view(self._answer, name="ask")
        self.view: Callable[[Any], Any] = Response
        self._app: TestApp | None = None

    @property
    def app(self) -> TestApp:
        """The application, made at the first use."""
        if self._app is None:
            self._app = TestApp(self.config.make_wsgi_app())
        return self._app

    @property
    def scheduler(self) -> Scheduler:
        return self.config.registry.scheduler

    def ask(self, view: Callable[[Any], Any], **options: Any) -> str:
        """Send a request to ``view``; what it returns is answered as text."""
        self.view = lambda request: Response(str(view(request)))
        return self.app.get("/ask", **options).text

    def _answer(self, request: Any) -> Any:
        return self.view(request)

    def runs(self) -> list[Run]:
        return self.scheduler.runs()

    def schedules(self) -> list[str]:
        return [schedule.name for schedule in self.scheduler.schedules()]

    def orders(self) -> list[str]:
        with self.engine.connect() as connection:
            return list(connection.scalars(sa.select(ORDERS.c.number).order_by(ORDERS.c.number)))

    def revision(self) -> int:
        return self.scheduler.store.revision()

    def close(self) -> None:
        self.scheduler.stop(timeout=5)
        self.scheduler.store.close()
        self.engine.dispose()


def order(request: Any, number: str = "1") -> None:
    """What the application does in its own table."""
    request.dbsession.execute(sa.insert(ORDERS).values(number=number))


def seen(request: Any) -> int:
    """How many runs the request's own transaction sees."""
    return request.dbsession.execute(sa.text("select count(*) from scheduler_run")).scalar_one()


Make = Callable[..., Scene]
