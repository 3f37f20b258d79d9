"""Section of benchmarks/README.md on plans of single draws."""

from __future__ import annotations

from cells import number, ratio, table

TEXT = """## The best plan of every draw

40 options in four quarters, a third of which need another, 500 draws of what they are worth; the budget is a share of
all costs, the same in each quarter. cxlab walks through plans near the bound of the linear relaxation; where that takes
too long, a plan is taken apart and put together again: what is not proven to be the best has a proven distance to it.
Beside it HiGHS (`scipy.optimize.milp`) alone on the same integer programmes, from nothing, with ten seconds a draw, for
the first draws only. The last column is CPU seconds a draw, HiGHS by cxlab. Compiled code of cxlab is warm.
"""


def plans(records) -> str:
    rows = []
    for r in records:
        base = next(o for o in records if o["package"] == "cxlab" and not o["alone"]
                    and (o["budget"], o["carry_over"]) == (r["budget"], r["carry_over"]))  # fmt: skip
        head = [f"{r['budget']:.0%}{', what is left waits' if r['carry_over'] else ''}",
                "HiGHS alone" if r["alone"] else "cxlab"]  # fmt: skip
        if r["status"] != "done":
            rows.append([*head, f"**{r['status']}**", *["–"] * 6])
            continue
        each = r["cpu_seconds"] / r["draws"]
        ours = base["cpu_seconds"] / base["draws"] if base["status"] == "done" else None
        rows.append([*head, f"{r['draws']:,}", number(r["seconds"]), number(r["cpu_seconds"]), number(each),
                     f"{r['proven']:.0%}", f"{r['distance']:.2%}",
                     ratio(ours, each) if r["alone"] else "1"])  # fmt: skip
    head = ["budget", "by", "draws", "wall s", "CPU s", "CPU s a draw", "proven best", "mean distance to the bound",
            "CPU beside cxlab"]  # fmt: skip
    return "\n".join([TEXT, table(head, rows)])
