"""Laws of the door: no row is lost, and the order of rows, their delimiter and their packing change nothing."""

from __future__ import annotations

import csv
import gzip
import io
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cxlab.data import load
from cxlab.data.names import normalised, own_names, public_name
from cxlab.errors import DataError

QUICK = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
NASTY = st.text(st.sampled_from(list("ab1239,.;:-/\"'\n\r\t |€$() \0éß\ufeff")), max_size=14)
CELL = st.one_of(
    NASTY, st.sampled_from(["2024-01-31", "31/01/2024", "03/04/2024", "1.234,5", "-5", "NA", "", "Total", "1e5"])
)
LINES = st.lists(st.lists(CELL, min_size=1, max_size=5).map(",".join), min_size=1, max_size=12)


def account(data):
    """(read, kept, quarantined) of transactions, the tables counted themselves."""
    counts = data.counts.iloc[0]
    aside = data.quarantine.to_pyarrow().to_pylist()
    assert len(aside) == counts["quarantined"]
    assert all(row["reason"] for row in aside)
    assert len({row["source_row"] for row in aside}) == len(aside)
    try:
        kept = data.transactions.count().execute()
    except DataError:
        kept = 0
    assert kept == counts["kept"]
    return tuple(int(counts[c]) for c in ("read", "kept", "quarantined"))


@QUICK
@given(lines=LINES)
@example(lines=['"', "a,2024-01-31,5", '"'])
@example(lines=['a,2024-01-31,"5\n6"', '"""'])
@example(lines=["a\r\rb,,", "\0"])
@example(lines=['"a,2024-01-31,5', 'b",2024-01-31,6'])
def test_no_line_of_garbage_is_lost(lines, tmp_path_factory):
    file = tmp_path_factory.mktemp("garbage") / "orders.csv"
    file.write_bytes("\n".join(["customer_id,date,amount", *lines]).encode("utf-8", "surrogatepass"))
    try:
        data = load(file)
        read, kept, aside = account(data)
    except DataError as problem:
        assert "no rows" in str(problem) or "empty" in str(problem)
        return
    assert kept + aside == read
    # Every line is a row, empty, or part of a row that a quote carries over several lines.
    text = file.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
    assert read <= text.count("\n")
    if '"' not in text:
        assert read == sum(bool(line.strip(', \t\0"\u00a0')) for line in text.split("\n")[1:])


@QUICK
@pytest.mark.parametrize(
    "headers",
    [
        "respondent_id,task,alternative,chosen",
        "unit_id,arm,outcome,before,treated_from",
        "name,cost_low,cost_likely,cost_high,effect_low,effect_likely,effect_high,months",
    ],
)
@given(lines=LINES)
def test_no_line_of_garbage_is_lost_to_decisions(headers, lines, tmp_path_factory):
    file = tmp_path_factory.mktemp("garbage") / "file.csv"
    file.write_bytes("\n".join([headers, *lines]).encode("utf-8", "surrogatepass"))
    try:
        data = load(file)
        counts = data.counts.iloc[0]
    except DataError as problem:
        assert any(word in str(problem) for word in ("no rows", "empty", "binary"))
        return
    assert counts["kept"] + counts["quarantined"] == counts["read"] <= len("\n".join(lines).splitlines()) + 1
    assert data.quarantine.count().execute() == counts["quarantined"]


@QUICK
@given(content=st.binary(min_size=1, max_size=400))
def test_bytes_of_any_kind_are_read_or_refused(content, tmp_path_factory):
    file = tmp_path_factory.mktemp("bytes") / "orders.csv"
    file.write_bytes(content)
    try:
        data = load(file, columns={"customer_id": "column_1", "timestamp": "column_2", "amount": "column_3"})
        read, kept, aside = account(data)
    except DataError:
        return
    assert kept + aside == read


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["a", "007", "Zoë", "", 'the "Duke"', "Doe, Jane"]),
        st.dates(date(2000, 1, 1), date(2024, 12, 31)).map(lambda d: d.strftime("%d/%m/%Y")) | st.just("soon"),
        st.decimals(-99, 9999, places=2).map(lambda d: f"{d:,}") | st.just("free"),
    ),
    min_size=1,
    max_size=15,
)


def written(rows, *, delimiter=","):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([("customer_id", "date", "amount"), *rows])
    return text.getvalue().encode()


def outcome(file):
    """What is kept and why the rest is not, whatever the order."""
    data = load(file)
    counts = account(data)
    kept = sorted(map(str, data.transactions.to_pyarrow().to_pylist())) if counts[1] else []
    reasons = data.reasons[["reason", "rows"]].sort_values(["reason", "rows"]).to_numpy().tolist()
    return counts, kept, reasons


@QUICK
@given(rows=ROWS, shuffled=st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows, shuffled, tmp_path_factory):
    # A day above 12, so that no order leaves the order of day and month open, and one plain amount.
    rows = [*rows, ("z", "31/12/2023", "1.50")]
    other = list(rows)
    shuffled.shuffle(other)
    folder = tmp_path_factory.mktemp("order")
    (folder / "a.csv").write_bytes(written(rows))
    (folder / "b.csv").write_bytes(written(other))
    assert outcome(folder / "a.csv") == outcome(folder / "b.csv")


@QUICK
@given(rows=ROWS)
def test_delimiter_and_packing_change_nothing(rows, tmp_path_factory):
    rows = [*rows, ("z", "31/12/2023", "1.50")]
    folder = tmp_path_factory.mktemp("packing")
    (folder / "a.csv").write_bytes(written(rows))
    (folder / "b.tsv").write_bytes(written(rows, delimiter="\t"))
    (folder / "c.csv.gz").write_bytes(gzip.compress(written(rows)))
    assert outcome(folder / "a.csv") == outcome(folder / "b.tsv") == outcome(folder / "c.csv.gz")


DAYS = [date(1970, 1, 1) + timedelta(days=n) for n in range(0, 20_000, 173)]


@pytest.mark.parametrize(
    "form",
    ["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%m/%d/%Y", "%Y%m%d", "%d %B %Y", "%b %d, %Y", "%d-%b-%y", "%A, %d %B %Y"],
)
def test_every_form_of_a_day_reads_back(form, tmp_path):
    rows = [(str(n), day.strftime(form), "1") for n, day in enumerate(DAYS)]
    (tmp_path / "orders.csv").write_bytes(written(rows))
    table = load(tmp_path / "orders.csv").transactions
    assert table.order_by(table.customer_id.cast("int")).timestamp.to_pyarrow().to_pylist() == DAYS


@pytest.mark.parametrize("form", ["{:.2f}", "{:,.2f}", "${:,.2f}", "{:,.2f} EUR", "€ {:.2f}", "{:e}"])
@pytest.mark.parametrize("comma", [False, True])
def test_every_form_of_an_amount_reads_back(form, comma, tmp_path):
    amounts = [0.05, 1, 12.34, 999.99, 1000, 1234.56, 98765.4, 1234567.89]
    if comma and "e" in form:
        pytest.skip("exponents are written with a point")
    texts = [form.format(a) for a in amounts]
    if comma:
        texts = [t.translate(str.maketrans(",.", ".,")) for t in texts]
    (tmp_path / "orders.csv").write_bytes(
        written([(str(n), "2024-01-31", t) for n, t in enumerate(texts)], delimiter=";")
    )
    table = load(tmp_path / "orders.csv").transactions
    assert table.order_by("customer_id").amount.to_pyarrow().to_pylist() == pytest.approx(amounts, rel=1e-5)


@given(headers=st.lists(NASTY, max_size=8))
def test_names_of_columns_are_unique_and_usable(headers):
    names = own_names(headers)
    assert len({n.casefold() for n in names}) == len(headers)
    taken: set[str] = set()
    for name in names:
        public = public_name(name, taken)
        assert public
        assert public not in taken
        taken.add(public)


@given(name=st.text(max_size=20))
def test_reducing_a_name_twice_is_reducing_it_once(name):
    assert normalised(normalised(name)) == normalised(name)
