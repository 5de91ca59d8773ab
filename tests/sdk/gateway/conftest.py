"""What the tests of the gateway share: where it is, the simulator behind it, and the rows it wrote."""

import os
import sqlite3
import time
from collections.abc import Callable

import pytest

# Rows are written in batches, off the call's path.
PATIENCE_S = 10


@pytest.fixture(scope="session")
def url() -> str:
    """The gateway's address."""
    return os.environ["AUTOPACK_URL"]


@pytest.fixture(scope="session")
def behind() -> str:
    """The simulator's address."""
    return os.environ["AUTOPACK_BEHIND"]


@pytest.fixture(scope="session")
def row_of() -> Callable[[str], sqlite3.Row]:
    """The one row of a run, once it is there."""
    database = sqlite3.connect(f"file:{os.environ['AUTOPACK_DATABASE']}?mode=ro", uri=True)
    database.row_factory = sqlite3.Row
    query = "SELECT * FROM token_estimation_v2_events WHERE run_id = ?"

    def read(run: str) -> sqlite3.Row:
        end = time.monotonic() + PATIENCE_S
        while not (found := database.execute(query, [run]).fetchall()) and time.monotonic() < end:
            time.sleep(0.02)
        assert len(found) == 1, f"{len(found)} rows of the run {run}"
        return found[0]

    return read
