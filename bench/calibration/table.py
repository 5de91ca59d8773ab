"""Prints the JSON of `autopack backtest` as a Markdown table, and checks it against the ceilings that were written.

    table.py RESULT.json

Beside each trace T lies T.ceilings. Truncation, worst group and ceiling / oracle of `learned` are counted here again, from
the ceilings and the lengths alone; any difference ends the run.
"""
import csv
import json
import math
import sys
from pathlib import Path


def count_again(trace, target):
    with open(trace, newline="") as file:
        calls = [(row["group"], int(row["output_tokens"])) for row in csv.DictReader(file)]
    with open(f"{trace}.ceilings", newline="") as file:
        ceilings = [int(row["ceiling"]) for row in csv.DictReader(file)]
    groups = {}
    for place, (group, _) in enumerate(calls):
        groups.setdefault(group, []).append(place)
    first = len(calls) // 5
    n_cut, logs, worst = 0, [], 0.0
    for places in groups.values():
        lengths = sorted(calls[place][1] for place in places)
        oracle = lengths[len(lengths) - 1 - int(target * len(lengths))]
        late = [place for place in places if place >= first]
        cut = sum(calls[place][1] > ceilings[place] for place in late)
        n_cut += cut
        logs += [math.log(ceilings[place] / oracle) for place in late]
        if len(late) >= 200:
            worst = max(worst, cut / len(late))
    return n_cut / len(logs), worst, math.exp(sum(logs) / len(logs))


def main(path):
    result = json.loads(Path(path).read_text())
    target = result["target_truncation"]
    print(f"\n### Target {target:.0%}\n")
    print("| trace | policy | cut off | at most | worst group | to oracle | pinball | median waste | excess cost | calls/min |")
    print("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    for trace in result["traces"]:
        name = f"{Path(trace['trace']).stem} ({trace['n_calls']:,} calls, {trace['n_groups']} groups)"
        for policy in trace["policies"]:
            worst = policy["worst_group_truncation_rate"] or 0.0
            if policy["policy"] == "learned":
                ours = (policy["truncation_rate"], worst, policy["ceiling_to_oracle_ratio"])
                again = count_again(trace["trace"], target)
                assert all(abs(a - b) < 1e-9 for a, b in zip(ours, again)), (name, ours, again)
            print(
                f"| {name} | {policy['policy']} | {policy['truncation_rate']:.2%} | {policy['truncation_rate_high']:.2%} "
                f"| {worst:.2%} | {policy['ceiling_to_oracle_ratio']:.3f} | {policy['pinball_to_oracle_ratio']:.2f} "
                f"| {policy['median_waste_ratio']:.2f} | {policy['excess_cost_share']:.1%} | {policy['calls_per_minute']:,.0f} |"
            )
            name = ""


if __name__ == "__main__":
    main(sys.argv[1])
