"""More of PostgreSQL's tests on MariaDB, for `make test-all`."""

import pytest

from tests.stores.test_mariadb import schema, server
from tests.stores.test_postgresql import (
    another,
    busy,
    clock,
    scene,
    test_a_limit_holds_however_many_claim,
    test_a_session_that_is_ended_in_the_middle_is_an_outage_and_passes,
    test_joins_pauses_and_claims_side_by_side_move_no_fire_time_back,
    test_processes_claim_each_once,
)

pytestmark = pytest.mark.slow
