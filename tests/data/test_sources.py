"""Every kind of source arrives as the same typed tables, and what it cannot be is said in one message."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import sqlite3
import zipfile
from datetime import date, datetime

import duckdb
import openpyxl
import pandas as pd
import pytest

import cxlab as cx
from cxlab.data import TABLES
from cxlab.errors import DataError

CSV = "customer_id,date,amount,city\n007,2024-01-31,5.5,Bonn\n8,2024-02-01,1.234,\n9,,3,Köln\n"
KEPT = [("007", date(2024, 1, 31), 5.5, "Bonn"), ("8", date(2024, 2, 1), 1.234, None)]
COLUMNS = ("customer_id", "timestamp", "amount", "city")


def kept(data, table="transactions"):
    return [tuple(row.values()) for row in data.tables[table].to_pyarrow().to_pylist()]


def offenders(data):
    return [(r["source_row"], r["reason"]) for r in data.quarantine.to_pyarrow().to_pylist()]


def plain(path):
    path.write_text(CSV, encoding="utf-8")
    return path


def zipped(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("__MACOSX/._orders.csv", "junk")
        archive.writestr("orders.csv", CSV)
    return path


def workbook(path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Orders of the shop"])
    sheet.append([])
    sheet.append(["customer_id", "date", "amount", "city"])
    sheet.append(["007", datetime(2024, 1, 31), 5.5, "Bonn"])
    sheet.append([8, date(2024, 2, 1), 1.234, None])
    sheet.append([9, None, 3, "Köln"])
    book.save(path)
    return path


def json_lines(path):
    rows = [
        {"customer_id": "007", "date": "2024-01-31", "amount": 5.5, "city": "Bonn"},
        {"customer_id": 8, "date": "2024-02-01", "amount": 1.234},
        {"customer_id": 9, "date": None, "amount": 3, "city": "Köln"},
    ]
    path.write_text("\n".join(json.dumps(r) for r in rows) + "\n")
    return path


def json_list(path):
    json_lines(path)
    path.write_text(json.dumps([json.loads(line) for line in path.read_text().splitlines()]))
    return path


FRAME = pd.DataFrame(
    {
        "customer_id": ["007", "8", "9"],
        "date": [date(2024, 1, 31), date(2024, 2, 1), None],
        "amount": [5.5, 1.234, 3.0],
        "city": ["Bonn", None, "Köln"],
    }
)


def parquet(path):
    FRAME.to_parquet(path)
    return path


def duckdb_file(path):
    with duckdb.connect(path) as connection:
        connection.register("frame", FRAME)
        connection.execute("CREATE TABLE orders AS SELECT * FROM frame")
        connection.execute("CREATE TABLE other AS SELECT 1 AS x")
    return path


def sqlite_file(path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE orders (customer_id TEXT, date TEXT, amount REAL, city TEXT)")
        values = [("007", "2024-01-31", 5.5, "Bonn"), ("8", "2024-02-01", 1.234, None), ("9", None, 3, "Köln")]
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", values)
    connection.close()
    return path


MAKERS = {
    "orders.csv": (plain, 4),
    "orders.tsv": (lambda p: p.write_text(CSV.replace(",", "\t"), encoding="utf-8") and p, 4),
    "orders.csv.gz": (lambda p: p.write_bytes(gzip.compress(CSV.encode())) and p, 4),
    "orders.csv.bz2": (lambda p: p.write_bytes(bz2.compress(CSV.encode())) and p, 4),
    "orders.csv.xz": (lambda p: p.write_bytes(lzma.compress(CSV.encode())) and p, 4),
    "orders.zip": (zipped, 4),
    "orders.xlsx": (workbook, 6),
    "orders.jsonl": (json_lines, 3),
    "orders.json": (json_list, 3),
    "orders.parquet": (parquet, 3),
    "shop.duckdb": (duckdb_file, 3),
    "shop.sqlite": (sqlite_file, 3),
}


@pytest.mark.parametrize("name", MAKERS)
def test_every_kind_of_file_gives_the_same_rows(name, tmp_path):
    make, offending_row = MAKERS[name]
    data = cx.load(make(tmp_path / name))
    assert data.transactions.columns == COLUMNS
    assert kept(data) == KEPT
    assert offenders(data) == [(offending_row, "timestamp is missing")]
    assert data.counts.to_dict("records") == [{"table": "transactions", "read": 3, "kept": 2, "quarantined": 1}]
    assert len(data.fingerprint) == 64


def test_a_workbook_named_csv_is_still_a_workbook(tmp_path):
    assert kept(cx.load(workbook(tmp_path / "orders.csv.xlsx").rename(tmp_path / "orders.csv"))) == KEPT


def test_a_database_url(tmp_path):
    file = sqlite_file(tmp_path / "shop.sqlite")
    data = cx.load(f"sqlite://{file}", options={"relation": "orders"})
    assert kept(data) == KEPT
    assert data.name == "sqlite://shop.sqlite"
    assert data.fingerprint == cx.load(f"sqlite://{file}").fingerprint


def test_a_database_that_cannot_be_opened_hides_the_password():
    with pytest.raises(DataError, match="cannot be opened") as problem:
        cx.load("mysql://me:secret@nowhere.invalid/shop")
    assert "secret" not in str(problem.value)


def test_native_types_of_parquet_keep_their_meaning_and_are_checked(tmp_path):
    frame = pd.DataFrame(
        {
            "customer_id": [12345.0, 12346.0, None, 12348.0],
            "timestamp": pd.to_datetime(
                ["2024-01-31 10:00+02:00", "2024-01-31 11:00+02:00", "2024-01-31", "2099-01-01"],
                utc=True,
                format="mixed",
            ),
            "amount": [5.0, float("inf"), 2.0, 3.0],
            "loyal": [True, False, True, True],
        }
    )
    frame.to_parquet(tmp_path / "orders.parquet")
    data = cx.load(tmp_path / "orders.parquet")
    assert kept(data) == [("12345", datetime(2024, 1, 31, 8), 5.0, True)]
    assert offenders(data) == [
        (2, "amount is not finite"),
        (3, "customer_id is missing"),
        (4, "timestamp is in the future"),
    ]


def test_a_line_that_is_no_json_is_quarantined(tmp_path):
    file = tmp_path / "orders.jsonl"
    file.write_text('{"customer_id": 1, "date": "2024-01-31", "amount": 5}\n\n{"customer_id": 2, \n[1, 2]\n')
    data = cx.load(file)
    assert offenders(data) == [(3, "the line is no JSON object"), (4, "the line is no JSON object")]
    assert data.quarantine.to_pyarrow().to_pylist()[0]["value"] == '{"customer_id": 2, '


def test_archives_that_are_broken_or_hold_several_files(tmp_path):
    (tmp_path / "orders.csv.gz").write_bytes(gzip.compress(CSV.encode() * 1000)[:60])
    with pytest.raises(DataError, match="cannot be unpacked"):
        cx.load(tmp_path / "orders.csv.gz")
    with zipfile.ZipFile(tmp_path / "shop.zip", "w") as archive:
        archive.writestr("orders.csv", CSV)
        archive.writestr("more.csv", CSV)
    with pytest.raises(DataError, match=r"holds 2 files: orders.csv, more.csv(.|\n)*member=orders.csv"):
        cx.load(tmp_path / "shop.zip")
    assert kept(cx.load(tmp_path / "shop.zip", options={"member": "orders.csv"})) == KEPT


def test_sheets_that_may_both_be_the_table(tmp_path):
    book = openpyxl.load_workbook(workbook(tmp_path / "orders.xlsx"))
    book.copy_worksheet(book.active).title = "2025"
    book.save(tmp_path / "orders.xlsx")
    with pytest.raises(DataError, match="may both be transactions"):
        cx.load(tmp_path / "orders.xlsx")
    assert kept(cx.load(tmp_path / "orders.xlsx", options={"sheet": "2025"})) == KEPT
    with pytest.raises(DataError, match="did you mean '2025'"):
        cx.load(tmp_path / "orders.xlsx", options={"sheet": "2024"})


def package(folder, **resource):
    folder.mkdir(exist_ok=True)
    plain(folder / "lines.csv")
    described = {"name": "lines", "path": "lines.csv", **resource}
    (folder / "datapackage.json").write_text(
        json.dumps({"name": "shop", "title": "A shop", "licenses": [{"name": "CC0-1.0"}], "resources": [described]})
    )
    return folder


def test_a_data_package_says_what_its_columns_are(tmp_path):
    said = {
        "table": "transactions",
        "columns": {"customer_id": "city", "timestamp": "date", "amount": "amount"},
        "missing": "Bonn",
    }
    data = cx.load(package(tmp_path / "shop", cxlab=said))
    assert (data.name, data.card.title, data.card.licence, data.card.kind) == ("shop", "A shop", "CC0-1.0", "user file")
    assert offenders(data) == [
        (2, "customer_id is missing"),
        (3, "customer_id is missing"),
        (4, "timestamp is missing"),
    ]


@pytest.mark.parametrize("path", ["../orders.csv", "/etc/hostname", "https://example.org/orders.csv"])
def test_a_data_package_reads_nothing_outside_its_folder(path, tmp_path):
    plain(tmp_path / "orders.csv")
    with pytest.raises(DataError, match="leaves the folder"):
        cx.load(package(tmp_path / "shop", path=path))


def test_a_link_out_of_the_folder_is_refused_too(tmp_path):
    plain(tmp_path / "orders.csv")
    folder = package(tmp_path / "shop", path="link.csv")
    (folder / "link.csv").symlink_to(tmp_path / "orders.csv")
    with pytest.raises(DataError, match="leaves the folder"):
        cx.load(folder)


def test_a_folder_that_is_no_package(tmp_path):
    plain(tmp_path / "orders.csv")
    with pytest.raises(
        DataError, match=r"no datapackage.json and no client.yaml \(files: orders.csv\)(.|\n)*cxlab data init"
    ):
        cx.load(tmp_path)


def client(folder, text):
    (folder / "client.yaml").write_text(text, encoding="utf-8")
    return folder / "client.yaml"


def test_a_client_names_sources_columns_and_rules(tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "2023.csv").write_text("CustNo;Bought;Paid;Shop\n1;01/02/2023;-5,00;A\n2;01/02/2023;6,50;B\n")
    (tmp_path / "files" / "2024.csv").write_text("CustNo;Bought;Paid\n1;01/03/2024;7,00\n")
    (tmp_path / "ads.csv").write_text("Month,Channel,Cost\n2024-01,search,100\n2024-02,mail,50\n2024-02,mail,50\n")
    rules = "dates: month_first, refunds: keep, columns: {customer_id: CustNo, timestamp: Bought, amount: Paid}"
    file = client(
        tmp_path,
        "client: Corner shop\ncurrency: EUR\nobservation_end: 2024-12-31\nsources:\n"
        f"  old: {{path: files/2023.csv, table: transactions, {rules}}}\n"
        f"  new: {{path: files/2024.csv, table: transactions, {rules}}}\n"
        "  spend: ads.csv\n",
    )
    data = cx.load(file)
    assert (data.name, data.currency, data.observation_end) == ("Corner shop", "EUR", date(2024, 12, 31))
    assert sorted(kept(data)) == [
        ("1", date(2023, 1, 2), -5.0, "A"),
        ("1", date(2024, 1, 3), 7.0, None),
        ("2", date(2023, 1, 2), 6.5, "B"),
    ]
    assert kept(data, "spend") == [(date(2024, 1, 1), "search", 100.0), (date(2024, 2, 1), "mail", 50.0)]
    assert data.counts.to_dict("records") == [
        {"table": "transactions", "read": 3, "kept": 3, "quarantined": 0},
        {"table": "spend", "read": 3, "kept": 2, "quarantined": 1},
    ]
    assert kept(cx.load(tmp_path), "spend") == kept(data, "spend")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("sources: [", "is no YAML"),
        ("client: x\n", "names no sources"),
        ("sources: {a: {table: transactions}}", "source 'a' has no path"),
        ("sources: {a: {path: oders.csv}}", "did you mean 'orders.csv'"),
        ("sources: {a: {path: orders.csv, tabel: transactions}}", "did you mean 'table'"),
        ("sources: {a: {path: orders.csv, table: transaction}}", "did you mean 'transactions'"),
        ("sources: {a: {path: orders.csv, dates: american}}", "day_first or month_first"),
        ("sources: {a: {path: orders.csv, columns: {amount: Amuont}}}", "did you mean 'amount'"),
        ("source: {}\nsources: {a: orders.csv}", "did you mean 'sources'"),
    ],
)
def test_faults_of_a_client_yaml_are_named(text, says, tmp_path):
    plain(tmp_path / "orders.csv")
    with pytest.raises(DataError, match=says):
        cx.load(client(tmp_path, text))


def test_a_source_of_several_tables(tmp_path):
    with duckdb.connect(tmp_path / "shop.duckdb") as connection:
        connection.execute(
            "CREATE TABLE transactions AS SELECT 'a' AS customer_id, DATE '2024-01-31' AS timestamp, 5 AS amount"
        )
        connection.execute(
            "CREATE TABLE customers AS SELECT 'a' AS customer_id, DATE '2024-01-01' AS first_seen, 'vip' AS tier"
        )
        connection.execute("CREATE TABLE log AS SELECT 1 AS line")
    data = cx.load(tmp_path / "shop.duckdb")
    assert sorted(data.tables) == ["customers", "transactions"]
    assert kept(data, "customers") == [("a", date(2024, 1, 1), "vip")]
    assert data.notes == ["shop.duckdb:log fits no table of the contract and was left out"]
    with pytest.raises(DataError, match="has no table 'spend'(.|\n)*customers, transactions"):
        data.spend  # noqa: B018


def test_subscriptions_end_after_they_start_and_far_ends_are_open(tmp_path):
    (tmp_path / "s.csv").write_text(
        "customer_id,start,end,price\na,2024-01-01,,9\nb,2024-01-01,9999-12-31,9\nc,2024-05-01,2024-01-01,9\nd,2024-01-01,2024-06-01,-9\n"
        "a,2024-01-01,,9\n"
    )
    data = cx.load(tmp_path / "s.csv")
    assert kept(data, "subscriptions") == [("a", date(2024, 1, 1), None, 9.0), ("b", date(2024, 1, 1), None, 9.0)]
    assert offenders(data) == [
        (4, "end is before start"),
        (5, "price is below 0"),
        (6, "repeats row 2 in every column"),
    ]


def test_a_customer_stands_once(tmp_path):
    (tmp_path / "customers.csv").write_text("customer_id,first_seen\na,2024-01-01\nb,2024-01-02\na,2024-03-01\n")
    data = cx.load(tmp_path / "customers.csv")
    assert kept(data, "customers") == [("a", date(2024, 1, 1)), ("b", date(2024, 1, 2))]
    assert offenders(data) == [(4, "customer_id stands on row 2 already")]


def test_summaries_are_whole_and_possible(tmp_path):
    (tmp_path / "x.csv").write_text("id_,frequency,recency,T\na,2,30.4,38.9\nb,1.5,10,38\nc,1,40,38\nd,-1,0,38\n")
    data = cx.load(tmp_path / "x.csv", table="summaries", columns={"customer_id": "id_"})
    assert kept(data, "summaries") == [("a", 2, 30.4, 38.9)]
    assert [r for _, r in offenders(data)] == [
        "frequency is not a whole number",
        "recency exceeds T",
        "frequency is below 0",
    ]


@pytest.mark.parametrize("written", ["2024-02", "02/2024", "Feb 2024", "2024-02-01", "Q1 2024", "2024-W05", "2024"])
def test_a_period_is_its_first_day(written, tmp_path):
    (tmp_path / "spend.csv").write_text(f"period,channel,spend\n{written},search,100\n")
    first = {"Q1 2024": date(2024, 1, 1), "2024-W05": date(2024, 1, 29), "2024": date(2024, 1, 1)}.get(
        written, date(2024, 2, 1)
    )
    assert kept(cx.load(tmp_path / "spend.csv"), "spend") == [(first, "search", 100.0)]


def test_the_guess_is_shown(tmp_path):
    data = cx.load(plain(tmp_path / "orders.csv"), columns={"amount": "amount"})
    shown = data.mapping.set_index("column")[["source_column", "how"]].T.to_dict("list")
    assert shown == {
        "customer_id": ["customer_id", "same name"],
        "timestamp": ["date", "guessed"],
        "amount": ["amount", "declared"],
        "city": ["city", "own name"],
    }


def test_extra_columns_are_typed_when_they_are_clean(tmp_path):
    (tmp_path / "orders.csv").write_text(
        "customer_id,date,amount,Post Code,Pieces!,weight,amount ,seen\n"
        "a,2024-01-31,5,01234,2,1.5,x,2024-01-01\n"
        "b,2024-01-31,5,50667,,2,y,2024-01-02\n"
    )
    schema = cx.load(tmp_path / "orders.csv", columns={"amount": "amount", "quantity": ""}).transactions.schema()
    assert {k: str(v) for k, v in schema.items() if k not in COLUMNS} == {
        "post_code": "string",
        "pieces": "int64",
        "weight": "float64",
        "amount_2": "string",
        "seen": "date",
    }


def test_a_table_is_read_once(tmp_path):
    file = plain(tmp_path / "orders.csv")
    data = cx.load(file)
    first = kept(data)
    file.unlink()
    assert kept(data) == first
    assert data.counts["read"].sum() == 3


def test_a_table_outlives_its_dataset_and_its_folder_goes_with_it(tmp_path):
    import gc

    data = cx.load(plain(tmp_path / "orders.csv"))
    folder, table = data._engine.folder, data.transactions
    del data
    gc.collect()
    assert table.count().execute() == 2
    del table
    gc.collect()
    assert not folder.exists()


def test_the_finding_says_the_three_numbers_and_the_mapping(tmp_path):
    finding = cx.load(plain(tmp_path / "orders.csv")).finding()
    assert finding.name == "data.rows"
    assert "3 rows were read from orders.csv: 2 kept, 1 quarantined (33 %)" in finding.text
    assert "timestamp from 'date' (guessed)" in finding.text
    assert "timestamp is missing: 1 (first on row 4)" in finding.text
    assert not finding.believed


def test_rows_left_out_as_asked_are_no_fault_of_the_data(tmp_path):
    (tmp_path / "orders.csv").write_text("customer_id,date,amount\na,2024-01-31,5\nb,2024-01-31,-5\n")
    assert cx.load(tmp_path / "orders.csv", options={"refunds": "drop"}).finding().believed
    assert not cx.load(tmp_path / "orders.csv").finding().believed


def test_unknown_names_list_the_known_ones(tmp_path):
    file = plain(tmp_path / "orders.csv")
    with pytest.raises(DataError, match="unknown option 'refund'(.|\n)*did you mean 'refunds'"):
        cx.load(file, options={"refund": "keep"})
    with pytest.raises(DataError, match="unknown table 'orders'(.|\n)*transactions"):
        cx.load(file, table="orders")
    with pytest.raises(DataError, match="unknown column of transactions 'amuont'"):
        cx.load(file, columns={"amuont": "amount"}, table="transactions")
    with pytest.raises(DataError, match="did you mean 'cdnow'"):
        cx.load("cdnwo")


def test_a_new_table_is_a_declaration(tmp_path, monkeypatch):
    from cxlab.data import Column, Table

    panel = Table(
        "panel",
        "one answer",
        (Column("response_id", "id"), Column("score", "number", minimum=0)),
        unique=("response_id",),
    )
    monkeypatch.setitem(TABLES, "panel", panel)
    (tmp_path / "panel.csv").write_text("response_id,score\n1,9\n2,-1\n1,8\n")
    data = cx.load(tmp_path / "panel.csv")
    assert kept(data, "panel") == [("1", 9.0)]
    assert offenders(data) == [(3, "score is below 0"), (4, "response_id stands on row 2 already")]
