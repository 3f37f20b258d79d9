"""The verbs of `cxlab data`: check a source, start a client.yaml, simulate a business, list what ships."""

from __future__ import annotations

import argparse
from pathlib import Path

_SHOWN_REASONS = 10
#: written out so that the command line starts without the simulator
_BUSINESSES = ("clothing_boutique", "coffee_shop", "boutique_hotel", "saas", "spa")


def add_commands(subparsers) -> None:
    """Add `data check`, `data init`, `data simulate` and `data list` to the command line."""
    data = subparsers.add_parser(
        "data", help="look at a data source before a study", description="Bring data in and vouch for it."
    )
    verbs = data.add_subparsers(dest="verb", metavar="VERB", required=True)
    check = verbs.add_parser(
        "check",
        help="show which column is read as what, how many rows can be used, and what is wrong with the others",
        description="Read a source as a study would. Exit 0: it can be used; 2: it cannot.",
    )
    check.add_argument("source", metavar="SOURCE", help="a shipped data set, file, folder, database URL or client.yaml")
    check.add_argument(
        "--column",
        metavar="OURS=THEIRS",
        action="append",
        default=[],
        type=pair,
        help="the source's own name of a column, for instance customer_id=CustNo; may be repeated",
    )
    check.add_argument("--table", metavar="TABLE", help="the contract table the source is, for instance transactions")
    check.add_argument(
        "--option",
        metavar="RULE=VALUE",
        action="append",
        default=[],
        type=pair,
        help="a rule of reading, for instance dates=month_first or refunds=keep; may be repeated",
    )
    check.set_defaults(handler=_check)
    init = verbs.add_parser(
        "init", help="write a client.yaml to start from", description="Write FOLDER/client.yaml for files of a client."
    )
    init.add_argument("folder", metavar="FOLDER", type=Path, help="where client.yaml is written; made when missing")
    init.add_argument("--from", dest="files", metavar="FILE", nargs="+", type=Path, required=True, help="the files")
    init.set_defaults(handler=_init)
    made = verbs.add_parser(
        "simulate",
        help="write the data of a small business that does not exist, for lessons and tests",
        description="Simulate a business and write its tables as a data package that cxlab loads by its folder.",
    )
    made.add_argument("business", metavar="BUSINESS", help="one of: " + ", ".join(_BUSINESSES))
    made.add_argument("--customers", metavar="N", type=int, default=3000, help="people with any contact (default 3000)")
    made.add_argument("--seed", metavar="S", type=int, default=1, help="the same seed makes the same data (default 1)")
    made.add_argument("--dirt", metavar="SHARE", type=float, default=0.0, help="share of the rows to spoil (default 0)")
    made.add_argument("--decisions", action="store_true", help="also choices, trials and initiatives, with their truth")
    made.add_argument("--to", metavar="FOLDER", type=Path, required=True, help="where it is written; made when missing")
    made.add_argument("--format", choices=("csv", "parquet"), default="csv", help="form of the tables (default csv)")
    made.set_defaults(handler=_simulate)
    verbs.add_parser("list", help="the data sets that ship with cxlab").set_defaults(handler=_list)


def pair(text: str) -> tuple[str, str]:
    """NAME=VALUE as a pair; the value may be empty.

    >>> pair("customer_id=Cust No")
    ('customer_id', 'Cust No')
    """
    name, sign, value = text.partition("=")
    if not (name.strip() and sign):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name.strip(), value


def _check(arguments: argparse.Namespace) -> int:
    from cxlab.data.sources import load
    from cxlab.wording import count

    data = load(
        arguments.source,
        columns=dict(arguments.column),
        table=arguments.table,
        options=dict(arguments.option),
    )
    mapping, counts, reasons = data.mapping, data.counts, data.reasons
    for row in counts.itertuples():
        print(f"{row.table}: {count(row.read)} rows read, {count(row.kept)} kept, {count(row.quarantined)} quarantined")
        ours = mapping[mapping["table"] == row.table]
        width = max(len(c) for c in ours["column"])
        for column in ours.itertuples():
            said = (
                f"from {column.source_column!r} ({column.how})"
                if column.how != "own name"
                else "kept under its own name"
            )
            print(f"  {column.column:<{width}}  {said}, {column.rule}")
        if row.table == "surveys":
            _questions(data)
    for note in data.notes:
        print(f"note: {note}")
    several = reasons["source"].nunique() > 1
    for row in reasons.head(_SHOWN_REASONS).itertuples():
        where = f"{row.source} row" if several else "row"
        value = "" if row.first_value is None or row.first_value != row.first_value else f": {row.first_value!r}"
        print(f"quarantined: {count(row.rows)} × {row.reason}, first on {where} {row.first_row}{value}")
    for name in data.tables:
        data.tables[name]
    return 0


def _questions(data) -> None:
    """The questions of a survey with their scales and answers."""
    from cxlab.wording import count

    answers = data.surveys
    told = answers.group_by("question", "scale_min", "scale_max").agg(
        answers=answers.score.count(), asked=answers.response_id.count()
    )
    for row in told.order_by("question").to_pandas().itertuples():
        scale = f"{row.scale_min:g} to {row.scale_max:g}" if row.scale_min == row.scale_min else "no scale"
        print(f"  question {row.question!r}: {scale}, {count(row.answers)} scores of {count(row.asked)} answers")


def _init(arguments: argparse.Namespace) -> int:
    from cxlab.data.starting import write_client

    written, open_columns = write_client(arguments.folder, arguments.files)
    print(f"wrote {written}")
    for line in open_columns:
        print(f"to fill in: {line}")
    print(f"next: cxlab data check {written}")
    return 0


def _simulate(arguments: argparse.Namespace) -> int:
    from cxlab.data.simulate import simulate
    from cxlab.errors import DataError
    from cxlab.wording import count

    if arguments.to.is_dir() and any(arguments.to.iterdir()):
        raise DataError(
            f"{arguments.to} holds files already.", expected="a folder that is new or empty", mend="--to OTHER_FOLDER"
        )
    world = simulate(arguments.business, customers=arguments.customers, seed=arguments.seed, dirt=arguments.dirt,
                     decisions=arguments.decisions)  # fmt: skip
    world.write(arguments.to, format=arguments.format)
    for name, table in world.tables.items():
        print(f"{name}: {count(table.num_rows)} rows")
    print(f"wrote {arguments.to}: simulated, no such business exists")
    print(f"next: cxlab data check {arguments.to}")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    from cxlab.data.catalog import datasets, folder
    from cxlab.data.packages import read_package

    names = datasets()
    width = max(map(len, names), default=0)
    for name in names:
        card = read_package(folder(name)).card
        print(f"{name:<{width}}  {card.title} ({card.kind}, {card.licence})")
    return 0
