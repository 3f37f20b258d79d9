"""The contract on Spark is the contract at the door: the same rows kept, the same set aside, for the same reasons."""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import cxlab as cx
from cxlab.journey import read_log
from cxlab.journey.transitions import transitions
from tests.spark.same import assert_same


def days(*numbers):
    return pa.array(numbers, pa.int32()).cast(pa.date32())


def moments(texts, zone=None):
    return pa.array(pd.to_datetime(texts, format="mixed")).cast(pa.timestamp("us", tz=zone))


DIRTY = {
    "transactions": {
        "CustNo": [" a1", "b2", "n/a", "a1", "c3", None, "Total", "d4", "a1", "e5", "f6", "f6", "g7", "h8"],
        "order_date": moments(["2024-01-01", "2024-01-02 10:30", "2024-01-03", "1930-01-01", "2090-01-01", "2024-01-04",
                               None, "2024-01-05", "2024-01-01", None, "2024-03-01 00:00:00.25", "2024-03-01",
                               "2024-03-01", "2024-03-02"]),
        "amount": [5.5, 7.0, 8.0, 9.0, 1.0, 2.0, 99.0, float("nan"), 5.5, 1.0, -3.25, float("inf"), 0.0, 12345678.0],
        "quantity": [1, 2, 3, 4, 5, 6, 7, 8, 1, 1, -1, 1, 1, -2],
        "order_id": ["1", "2", "C3", "4", "5", "6", "7", "8", "1", "10", "11", "12", "C13", "14"],
        "margin": [1.5, None, 2.0, float("inf"), 1.0, 1.0, 1.0, 1.0, 1.5, 1.0, 1.0, 1.0, float("-inf"), 1.0],
        "shop": [" x", "", "y", None, "none", "x", "x", "x", " x", "y", "z", "z", "z", "z"],
        "loyal": [True, False, None] + [True] * 11,
    },
    "touchpoints": {
        "customer_id": [f"c{i % 17}" for i in range(60)],
        "timestamp": moments(pd.date_range("2024-01-01", periods=60, freq="7h"), "UTC"),
        "stage": ["purchase", "post purchase", "SERVICE", None, "Onboarding"] * 12,
        "touchpoint": ["Shop", " Mail ", "null", "Help  desk", "Shop"] * 12,
        "emotion": pa.array([5 if i == 7 else i % 5 - 2 for i in range(60)], pa.int8()),
        "effort": [float("nan") if i == 9 else i % 7 + 1.0 for i in range(60)],
        "duration_s": [-1.0 if i == 3 else i * 10.0 for i in range(60)],
        "cost": [None if i % 9 == 0 else 1.25 * i for i in range(60)],
    },
    "customers": {
        "customer_id": pa.array([1, 2, 2, 3, None, 1], pa.int64()),
        "first_seen": days(19000, 19001, 19002, -10000, 19003, 19004),
        "city": list("ABCDEF"),
    },
    "subscriptions": {
        "customer_id": [1.0, 2.0, 2.0, 3.5, 4.0],
        "start": days(19000, 19001, 19001, 19002, 19003),
        "end": days(19010, None, None, 19000, 90000),
        "price": pa.array([5, 6, 6, 7, -8], pa.decimal128(8, 2)),
    },
    "summaries": {
        "customer_id": list("abcd"),
        "frequency": [1.0, 2.5, -1.0, 3.0],
        "recency": [1.0, 2.0, 3.0, 9.0],
        "T": [5.0] * 4,
        "monetary_value": [1.5, None, 2.0, 2.0],
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("dirty")
    for name, columns in DIRTY.items():
        pq.write_table(pa.table(columns), place / f"{name}.parquet")
    return place


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("transactions", {}),
        ("transactions", {"refunds": "drop", "duplicates": "quarantine", "latest": "2024-02-15"}),
        ("transactions", {"refunds": "keep", "missing": ""}),
        ("touchpoints", {}),
        ("touchpoints", {"emotion_scale": "2..-2"}),
        ("customers", {}),
        ("subscriptions", {}),
        ("subscriptions", {"duplicates": "keep"}),
        ("summaries", {}),
    ],
    ids=str,
)
def test_the_same_rows_are_kept_and_set_aside_for_the_same_reasons(session, folder, name, options):
    file = folder / f"{name}.parquet"
    door, spark = (cx.load(source, table=name, options=options) for source in (file, f"spark://local{file}"))
    assert door.counts.equals(spark.counts)
    assert door.counts["quarantined"].sum() > 0
    assert_same(door.quarantine.to_pandas(), spark.quarantine.to_pandas(), order="source_row")
    rows = door.tables[name].to_pandas()
    assert_same(rows, spark.tables[name].to_pandas(), order=rows.columns.tolist())
    assert door.mapping.equals(spark.mapping)
    assert [n for n in door.notes if "share customer_id" not in n] == spark.notes
    assert_same(door.reasons, spark.reasons, order=["rows", "reason"])
    assert door.finding().table.equals(spark.finding().table)


def test_a_folder_of_tables_is_a_data_set_and_a_log_is_read_from_it(session, files):
    held = cx.load(f"spark://local{files}")
    assert set(held.tables) >= {"customers", "touchpoints", "transactions"}
    door = cx.load(files / "touchpoints.parquet")
    ours = read_log(held, persona="acquisition_channel")
    assert set(ours.personas) == set(held.customers.acquisition_channel.to_pandas().dropna())
    ours, theirs = transitions(ours).table, transitions(read_log(door)).table
    assert_same(ours, theirs)


def test_a_dataframe_a_table_of_the_session_and_several_files_are_one_source(session, folder, tmp_path):
    whole = pq.read_table(folder / "customers.parquet")
    for part, start in enumerate((0, 2, 4)):
        pq.write_table(whole.slice(start, 2), tmp_path / f"part-{part}.parquet")
    frame = session.read.parquet(str(folder / "customers.parquet"))
    frame.createOrReplaceTempView("guests")
    expected = cx.load(folder / "customers.parquet").quarantine.drop("source").to_pandas()
    for source in (frame, "spark://local/guests", f"spark://local{tmp_path}"):
        found = cx.load(source, table="customers").quarantine.drop("source").to_pandas()
        assert_same(expected, found, order="source_row")


def test_text_where_numbers_belong_is_refused_with_the_cast_that_mends_it(session):
    frame = session.createDataFrame([("a", "2024-01-01", "5,50")], ["customer_id", "timestamp", "amount"])
    with pytest.raises(cx.DataError, match="timestamp.*holds text"):
        cx.load(frame).counts  # noqa: B018


def test_answers_of_another_scale_are_refused_as_at_the_door(session, folder, tmp_path):
    table = pa.table(DIRTY["touchpoints"] | {"emotion": [i % 5 + 1 for i in range(60)]})
    pq.write_table(table, tmp_path / "touchpoints.parquet")
    said = []
    for source in (tmp_path / "touchpoints.parquet", f"spark://local{tmp_path}/touchpoints.parquet"):
        with pytest.raises(cx.DataError) as refused:
            cx.load(source).touchpoints  # noqa: B018
        said.append((refused.value.found, refused.value.expected))
    assert said[0] == said[1]


def test_a_path_that_is_not_there_is_one_clear_error(session, tmp_path):
    with pytest.raises(cx.DataError, match="cannot be read by Spark"):
        cx.load(f"spark://local{tmp_path}/nothing.parquet").counts  # noqa: B018
