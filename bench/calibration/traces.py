"""Makes traces for `autopack backtest` from a folder of data sets with token counts.

    traces.py DATA_DIR OUT_DIR

DATA_DIR/NAME/NAME.csv or .csv.gz have the columns category, model, input_tokens, actual_output_tokens and, where the
calls have an order, timestamp, offset_ms or window_start_s. OUT_DIR/NAME.csv have timestamp, group, output_tokens,
input_tokens. Sets without an order are shuffled, always in the same way.
"""
import csv
import gzip
import random
import sys
from pathlib import Path

SEED = 20261124

# For each set: the columns that make a group, whether input size (in octiles of the category) does too, and the order.
SETS = {
    "azure_llm_2023": (["category"], True, "timestamp"),
    "mooncake_conversation": (["category"], True, "offset_ms"),
    "servegen_deepseek_r1": (["category"], False, "window_start_s"),
    "aider_analytics": (["model"], False, "timestamp"),
    "hellobench": (["category", "model"], False, None),
    "zeroeval": (["category", "model"], False, None),
    "tau2_calls": (["category", "model"], False, None),
    "arena_hard": (["category", "model"], False, None),
}


def read(folder, name):
    for path in (folder / name / f"{name}.csv.gz", folder / name / f"{name}.csv"):
        if path.exists():
            opened = gzip.open(path, "rt", newline="") if path.suffix == ".gz" else open(path, newline="")
            with opened as lines:
                return [row for row in csv.DictReader(lines) if int(row["actual_output_tokens"] or 0) > 0]
    return []


def in_order(rows, order, rng):
    rng.shuffle(rows)
    if order == "timestamp":
        rows.sort(key=lambda row: row[order])
    elif order:
        rows.sort(key=lambda row: float(row[order]))
    return rows


def octiles(rows):
    """The seven sizes of input that cut the calls of each category into eight parts."""
    sizes = {}
    for row in rows:
        sizes.setdefault(row["category"], []).append(int(row["input_tokens"]))
    return {key: [sorted(values)[len(values) * part // 8] for part in range(1, 8)] for key, values in sizes.items()}


def main(data, out):
    out.mkdir(parents=True, exist_ok=True)
    for name, (keys, by_size, order) in SETS.items():
        rows = in_order(read(data, name), order, random.Random(SEED))
        if not rows:
            print(f"{name}: not there", file=sys.stderr)
            continue
        cuts = octiles(rows) if by_size else {}
        with open(out / f"{name}.csv", "w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["timestamp", "group", "output_tokens", "input_tokens"])
            for place, row in enumerate(rows):
                parts = [row[key] for key in keys]
                if by_size:
                    parts.append(f"in{sum(int(row['input_tokens']) > cut for cut in cuts[row['category']])}")
                # A group's name has `/` between what it shares with others and what is its own: names keep none.
                group = "/".join(part.replace("/", ":") for part in parts)
                writer.writerow([place, group, row["actual_output_tokens"], row["input_tokens"]])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
