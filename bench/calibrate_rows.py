"""Makes a database as the Python Autopack leaves it: python3 bench/calibrate_rows.py 1000000 large.db

The 1,200 rows of the reference calibration come up again and again, each time with another prediction and another
output, in the schema they came in, indexes and all."""
import gzip
import pathlib
import sqlite3
import sys

TABLE = "token_estimation_v2_events"
SOURCE = "crates/autopack-calibrate/tests/data/reference-calibration/telemetry.db.gz"

n_rows, path = int(sys.argv[1]), pathlib.Path(sys.argv[2])
packed = (pathlib.Path(__file__).parent.parent / SOURCE).read_bytes()
path.write_bytes(gzip.decompress(packed))
database = sqlite3.connect(path)
for pragma in ["journal_mode = OFF", "synchronous = OFF", "temp_store = FILE"]:
    database.execute(f"PRAGMA {pragma}")
database.execute(f"CREATE TEMP TABLE source AS SELECT * FROM {TABLE}")
database.execute(f"DELETE FROM {TABLE}")
indexes = database.execute(
    "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL", [TABLE]
).fetchall()
for name, _ in indexes:
    database.execute(f"DROP INDEX {name}")
columns = [row[1] for row in database.execute(f"PRAGMA table_info({TABLE})")]
# Knuth's multiplicative hash: every number from 0 to 999, in an order that looks like none.
changed = {
    "event_id": "n",
    "run_id": "'run-' || n / 100",
    "phase_id": "'phase-' || n",
    "predicted_output_tokens": "predicted_output_tokens + n * 2654435761 % 4294967296 % 1000",
    "actual_output_tokens": "actual_output_tokens * (500 + n * 2246822519 % 4294967296 % 1000) / 1000 + 1",
}
values = ", ".join(changed.get(column, column) for column in columns)
database.execute(
    f"""WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
    INSERT INTO {TABLE} SELECT {values} FROM numbers JOIN source ON source.rowid = 1 + n % 1200""",
    [n_rows],
)
for _, sql in indexes:
    database.execute(sql)
database.commit()
