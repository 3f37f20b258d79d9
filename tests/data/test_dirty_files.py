# ruff: noqa: E501  one case a line reads better than one wrapped
"""Real files are dirty: each case is one file, what is kept of it, and what is said about the rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

import pytest

from cxlab.data import load
from cxlab.errors import DataError

D, T = date, datetime


@dataclass(frozen=True)
class Case:
    """A file, how it is loaded, and what must come of it.

    Parameters
    ----------
    name : what is dirty
    content : the file
    kept : (customer_id, timestamp, amount) of the rows kept, in file order
    aside : {source row: reason} of the rows quarantined
    notes : texts that must stand in the notes
    error : texts that must stand in the DataError, when the file cannot be used
    """

    name: str
    content: str | bytes
    kept: list[tuple] = field(default_factory=list)
    aside: dict[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    error: tuple[str, ...] = ()
    options: dict = field(default_factory=dict)
    columns: dict = field(default_factory=dict)
    file: str = "orders.csv"


def rows(*lines: str, header: str = "customer_id,date,amount") -> str:
    return "\n".join([header, *lines]) + "\n"


def semicolons(*lines: str) -> str:
    return rows(*lines, header="customer_id;date;amount")


DAY = D(2024, 1, 31)

CASES = [
    # encodings
    Case("UTF-8 byte-order mark", b"\xef\xbb\xbf" + rows("a,2024-01-31,5").encode(), [("a", DAY, 5)]),
    Case("UTF-16 with mark", rows("Zoë,2024-01-31,5").encode("utf-16"), [("Zoë", DAY, 5)], notes=("UTF-16",)),
    Case("UTF-16 without mark", rows("a,2024-01-31,5", "b,2024-01-31,6").encode("utf-16-be"),
         [("a", DAY, 5), ("b", DAY, 6)], notes=("UTF-16",)),
    Case("Windows-1252", semicolons("Jürgen;2024-01-31;5,00 €").encode("cp1252"), [("Jürgen", DAY, 5)],
         notes=("2 bytes are not UTF-8 and were read as Windows-1252",)),
    Case("UTF-8 with one stray byte", "customer_id,date,amount\nZoë,2024-01-31,5\nJ".encode() + b"\xfcrgen,2024-01-31,6\n",
         [("Zoë", DAY, 5), ("Jürgen", DAY, 6)], notes=("1 bytes are not UTF-8",)),
    Case("declared encoding", rows("Łucja,2024-01-31,5").encode("cp1250"), [("Łucja", DAY, 5)],
         options={"encoding": "cp1250"}),
    Case("unknown encoding", rows("a,2024-01-31,5"), options={"encoding": "klingon"}, error=("'klingon' is not known",)),
    Case("NUL bytes", rows("a,2024-\x0001-31,5"), [("a", DAY, 5)], notes=("1 NUL or control characters were left out",)),
    Case("old Mac line ends", rows("a,2024-01-31,5", "b,2024-01-31,6").replace("\n", "\r"), [("a", DAY, 5), ("b", DAY, 6)]),
    Case("mixed line ends", "customer_id,date,amount\r\na,2024-01-31,5\nb,2024-01-31,6\r", [("a", DAY, 5), ("b", DAY, 6)]),
    # layout
    Case("titles above the header", "Export of the shop\nfrom 1 January\n\n" + rows("a,2024-01-31,5"), [("a", DAY, 5)],
         notes=("2 lines above the header (line 4) were passed over",)),
    Case("empty lines", rows("", "a,2024-01-31,5", ",,", "", "b,2024-01-31,x"), [("a", DAY, 5)],
         {6: "amount is not a number"}, notes=("3 empty lines were passed over",)),
    Case("a line of totals", semicolons("a;2024-01-31;5", "Gesamtsumme;;5"), [("a", DAY, 5)], {3: "a line of totals"}),
    Case("short and long lines", rows("a,2024-01-31,5", "b,2024-01-31", "c,2024-01-31,5,9"), [("a", DAY, 5)],
         {3: "the line has 2 fields, the header has 3", 4: "the line has 4 fields, the header has 3"}),
    Case("a delimiter at each end", rows("a,2024-01-31,5,", "b,2024-01-31,6,"), [("a", DAY, 5), ("b", DAY, 6)]),
    Case("the header again", rows("a,2024-01-31,5", "customer_id,date,amount", "b,2024-01-31,6"),
         [("a", DAY, 5), ("b", DAY, 6)], {3: "the line repeats the header"}),
    Case("tabs", rows("a,2024-01-31,5").replace(",", "\t"), [("a", DAY, 5)], notes=("parted by tab",), file="orders.tsv"),
    Case("bars", rows("a,2024-01-31,5").replace(",", "|"), [("a", DAY, 5)], notes=("parted by bar",)),
    Case("a spreadsheet's sep= line", "sep=;\n" + semicolons("a;2024-01-31;5,5"), [("a", DAY, 5.5)]),
    Case("declared delimiter", rows("a,2024-01-31,5").replace(",", "~"), [("a", DAY, 5)], options={"delimiter": "~"}),
    Case("a comma in quotes", rows('"Doe, Jane",2024-01-31,"1,234.50"'), [("Doe, Jane", DAY, 1234.5)]),
    Case("quotes in quotes", rows('"the ""Duke""",2024-01-31,5'), [('the "Duke"', DAY, 5)]),
    Case("a line break in quotes", rows('"Jane\nDoe",2024-01-31,5', "b,2024-01-31,x"), [("Jane\nDoe", DAY, 5)],
         {4: "amount is not a number"}),
    Case("a quote never closed", rows('"a,2024-01-31,5', "b,2024-01-31,6", '"c",2024-01-31,7'),
         [("b", DAY, 6), ("c", DAY, 7)], {2: "a quote opened on this line is never closed"}),
    Case("inches", rows('5" pipe,2024-01-31,5', 'b,2024-01-31,6'), [('5" pipe', DAY, 5), ("b", DAY, 6)]),
    Case("no header", "a,2024-01-31,5\nb,2024-01-31,6\n", error=("column_1, column_2, column_3", "--column customer_id=NAME")),
    Case("no header, columns declared", "a,2024-01-31,5\nb,2024-01-31,6\n", [("a", DAY, 5), ("b", DAY, 6)],
         columns={"customer_id": "column_1", "timestamp": "column_2", "amount": "column_3"}, notes=("no header line",)),
    Case("empty file", b"", error=("orders.csv is empty",)),
    Case("header only", rows(), error=("orders.csv has a header (customer_id, date, amount) and no rows",)),
    Case("a picture named .csv", b"\x89PNG\r\n\x1a\n" + bytes(200), error=("orders.csv is a picture", ".xlsx")),
    Case("binary named .csv", bytes(range(256)) * 40, error=("orders.csv is a binary file",)),
    Case("a web page named .csv", "<!DOCTYPE html><html><body>Log in</body></html>", error=("is a web page or XML",)),
    # names of columns
    Case("German", "Kundennr;Bestelldatum;Betrag (in €)\n007;31.01.2024;5,50\n", [("007", DAY, 5.5)]),
    Case("French", "N° client;Date commande;Montant\n7;31/01/2024;5,50\n", [("7", DAY, 5.5)]),
    Case("Spanish", "Código cliente;Fecha pedido;Importe\n7;31/01/2024;5,50\n", [("7", DAY, 5.5)]),
    Case("Portuguese", "Cliente;Data compra;Valor total\n7;31/01/2024;5,50\n", [("7", DAY, 5.5)]),
    Case("Dutch", "Klantnummer;Besteldatum;Bedrag\n7;31-01-2024;5,50\n", [("7", DAY, 5.5)]),
    Case("case, spaces and units", " CUSTOMER ID , Order Date ,Amount [USD]\na,2024-01-31,5\n", [("a", DAY, 5)]),
    Case("two columns may be the amount", rows("a,2024-01-31,5,6", header="customer_id,date,Revenue,Sales"),
         error=("amount of transactions may be any of 2 columns: Revenue, Sales", "--column amount=Revenue")),
    Case("... and one is declared", rows("a,2024-01-31,5,6", header="customer_id,date,Revenue,Sales"),
         [("a", DAY, 6)], columns={"amount": "Sales"}),
    Case("the same header twice", rows("a,2024-01-31,5,6", header="customer_id,date,amount,amount"),
         error=("may be any of 2 columns: amount, amount (2)", "--column amount='amount (2)'")),
    Case("a declared column that is not there", rows("a,2024-01-31,5"), columns={"amount": "amuont"},
         error=("'amuont'", "did you mean 'amount'?")),
    Case("no column for money", rows("a,2024-01-31,5", header="customer_id,date,colour"),
         error=("no table of the contract is recognised", "colour")),
    Case("price × quantity", rows("7,2009-12-01 07:45:00,85048,12,6.95", header="Customer ID,InvoiceDate,StockCode,Quantity,Price"),
         [("7", T(2009, 12, 1, 7, 45), 83.4)], notes=("amount is Price × Quantity",)),
    # numbers
    Case("decimal comma, dots between thousands", semicolons("a;2024-01-31;1.234,56", "b;2024-01-31;2.500"),
         [("a", DAY, 1234.56), ("b", DAY, 2500)]),
    Case("decimal point, commas between thousands", rows('a,2024-01-31,"1,234.56"', 'b,2024-01-31,"2,500"'),
         [("a", DAY, 1234.56), ("b", DAY, 2500)]),
    Case("spaces and apostrophes between thousands", semicolons("a;2024-01-31;1 234,56", "b;2024-01-31;1'234,56", "c;2024-01-31;1\u202f234,56"),
         [("a", DAY, 1234.56), ("b", DAY, 1234.56), ("c", DAY, 1234.56)]),
    Case("dots that may be either, between semicolons", semicolons("a;2024-01-31;2.500", "b;2024-01-31;3.000"),
         [("a", DAY, 2500), ("b", DAY, 3000)], notes=("'.' is taken as a thousands separator", "decimal=.")),
    Case("dots that may be either, between commas", rows("a,2024-01-31,2.500", "b,2024-01-31,3.000"),
         [("a", DAY, 2.5), ("b", DAY, 3)], notes=("'.' is taken as decimal", "decimal=,")),
    Case("... and the mark is declared", rows("a,2024-01-31,2.500"), [("a", DAY, 2500)], options={"decimal": ","}),
    Case("both marks in one column", semicolons("a;2024-01-31;2,5", "b;2024-01-31;2.5", "c;2024-01-31;2.500"),
         [("a", DAY, 2.5), ("b", DAY, 2.5)], {4: "amount may have a decimal or a thousands separator"}, notes=("mixes decimal",)),
    Case("currency signs and codes", rows("a,2024-01-31,$5.00", "b,2024-01-31,US$ 6.00", "c,2024-01-31,7.00 USD", "d,2024-01-31,8"),
         [("a", DAY, 5), ("b", DAY, 6), ("c", DAY, 7), ("d", DAY, 8)]),
    Case("two currencies", rows("a,2024-01-31,€5.00", "b,2024-01-31,€6.00", "c,2024-01-31,$7.00"), [("a", DAY, 5), ("b", DAY, 6)],
         {4: "amount is in $, the column is in EUR"}),
    Case("minus in every dress", rows("a,2024-01-31,(5.00)", "b,2024-01-31,6.00-", "c,2024-01-31,−7.00", "d,2024-01-31,-$8", "e,2024-01-31,$9"),
         [("a", DAY, -5), ("b", DAY, -6), ("c", DAY, -7), ("d", DAY, -8), ("e", DAY, 9)], options={"refunds": "keep"},
         notes=("4 negative amounts are kept",)),
    Case("not finite", rows("a,2024-01-31,inf", "b,2024-01-31,1e999", "c,2024-01-31,5"), [("c", DAY, 5)],
         {2: "amount is not finite", 3: "amount is not finite"}),
    Case("words for numbers", rows("a,2024-01-31,free", "b,2024-01-31,12 apples", "c,2024-01-31,1.2.3", "d,2024-01-31,5"), [("d", DAY, 5)],
         {2: "amount is not a number", 3: "amount is not a number", 4: "amount is not a number"}),
    Case("missing amounts", rows("a,2024-01-31,", "b,2024-01-31,n/a", "c,2024-01-31,-", "d,2024-01-31,5"), [("d", DAY, 5)],
         {2: "amount is missing", 3: "amount is missing", 4: "amount is missing"}),
    Case("zero amounts", rows("a,2024-01-31,0", "b,2024-01-31,5"), [("a", DAY, 0), ("b", DAY, 5)], notes=("1 zero amounts are kept",)),
    # refunds and repeats
    Case("refunds", rows("a,2024-01-31,-5", "b,2024-01-31,5"), [("b", DAY, 5)], {2: "amount is negative: a refund or cancellation"}),
    Case("refunds left out", rows("a,2024-01-31,-5", "b,2024-01-31,5"), [("b", DAY, 5)],
         {2: "amount is negative: a refund or cancellation, left out as asked"}, options={"refunds": "drop"}),
    Case("cancelled orders", rows("a,2024-01-31,5,536365", "b,2024-01-31,6,536366", "a,2024-01-31,5,C536367", header="customer_id,date,amount,InvoiceNo"),
         [("a", DAY, 5), ("b", DAY, 6)], {4: "order_id begins with C: a cancellation"}),
    Case("order numbers that all begin with C", rows("a,2024-01-31,5,C1", "b,2024-01-31,6,C2", header="customer_id,date,amount,order_id"),
         [("a", DAY, 5), ("b", DAY, 6)]),
    Case("the same line twice", rows("a,2024-01-31,5", "a,2024-01-31,5"), [("a", DAY, 5), ("a", DAY, 5)],
         notes=("1 rows repeat an earlier row",)),
    Case("the same line twice, set aside", rows("a,2024-01-31,5", "a,2024-01-31,5"), [("a", DAY, 5)],
         {3: "repeats row 2 in every column"}, options={"duplicates": "quarantine"}),
    # dates
    Case("day first by a day above 12", rows("a,31/01/2024,5", "b,03/04/2024,6"), [("a", DAY, 5), ("b", D(2024, 4, 3), 6)]),
    Case("month first by a day above 12", rows("a,01/31/2024,5", "b,03/04/2024,6"), [("a", DAY, 5), ("b", D(2024, 3, 4), 6)]),
    Case("nothing above 12", rows("a,01/02/2024,5", "b,03/04/2024,6"), [("a", D(2024, 2, 1), 5), ("b", D(2024, 4, 3), 6)],
         notes=("2 dates like 03/04/2024 and no day above 12: taken as day-first", "dates=month_first")),
    Case("... and the order is declared", rows("a,01/02/2024,5"), [("a", D(2024, 1, 2), 5)], options={"dates": "month_first"}),
    Case("declared order against the value", rows("a,31/01/2024,5", "b,01/31/2024,6"), [("b", DAY, 6)], {2: "timestamp is not a date"},
         options={"dates": "month_first"}),
    Case("both orders in one column", rows("a,31/01/2024,5", "b,01/31/2024,6", "c,03/04/2024,7", "d,05/05/2024,8"),
         [("a", DAY, 5), ("b", DAY, 6), ("d", D(2024, 5, 5), 8)], {4: "timestamp may be day-first or month-first"}, notes=("mixes day-first",)),
    Case("mixed formats", rows("a,2024-01-31,5", "b,31.01.2024,5", "c,20240131,5", "d,31 Jan 2024,5", "e,\"January 31st, 2024\",5", "f,31-ene-24,5", "g,31. März 2024,5", "h,1 août 2024,5", "i,2024/1/31,5"),
         [(c, DAY, 5) for c in "abcdef"] + [("g", D(2024, 3, 31), 5), ("h", D(2024, 8, 1), 5), ("i", DAY, 5)], notes=("timestamp mixes date formats",)),
    Case("times of day", rows("a,31/01/2024 14:05,5", "b,31/01/2024 02:05:06 PM,5", "c,31/01/2024 12:00 am,5"),
         [("a", T(2024, 1, 31, 14, 5), 5), ("b", T(2024, 1, 31, 14, 5, 6), 5), ("c", T(2024, 1, 31), 5)]),
    Case("midnights are days", rows("a,2024-01-31 00:00:00,5"), [("a", DAY, 5)]),
    Case("time zones", rows("a,2024-01-31T00:30:00+02:00,5", "b,2024-01-31T10:00:00Z,5", "c,2024-01-31T10:00:00-0530,5"),
         [("a", T(2024, 1, 30, 22, 30), 5), ("b", T(2024, 1, 31, 10), 5), ("c", T(2024, 1, 31, 15, 30), 5)]),
    Case("time zones, in a stated zone", rows("a,2024-07-01T22:30:00Z,5", "b,2024-07-01T10:00:00,5"),
         [("a", T(2024, 7, 2, 0, 30), 5), ("b", T(2024, 7, 1, 10), 5)], options={"timezone": "Europe/Berlin"}),
    Case("with and without zone", rows("a,2024-07-01T22:30:00Z,5", "b,2024-07-01T10:00:00,5"),
         [("a", T(2024, 7, 1, 22, 30), 5), ("b", T(2024, 7, 1, 10), 5)], notes=("with and without a zone",)),
    Case("spreadsheet day numbers", rows("a,45322,5", "b,45322.5,5"), [("a", T(2024, 1, 31), 5), ("b", T(2024, 1, 31, 12), 5)],
         notes=("2 spreadsheet day numbers",)),
    Case("Unix times", rows("a,1706695200,5", "b,1706695200000,5"), [("a", T(2024, 1, 31, 10), 5), ("b", T(2024, 1, 31, 10), 5)], notes=("2 Unix times",)),
    Case("two-digit years", rows("a,31.01.24,5", "b,31.01.99,5"), [("a", DAY, 5), ("b", D(1999, 1, 31), 5)], notes=("2 two-digit years",)),
    Case("days that do not exist", rows("a,2023-02-29,5", "b,31/04/2024,5", "c,00/01/2024,5", "d,2024-13-01,5", "e,2024-01-31,5"), [("e", DAY, 5)],
         {2: "timestamp is not a date", 3: "timestamp is not a date", 4: "timestamp is not a date", 5: "timestamp is not a date"}),
    Case("words for dates", rows("a,yesterday,5", "b,5 apples 2024,5", "c,12,5", "d,2024-01-31,5"), [("d", DAY, 5)],
         {2: "timestamp is not a date", 3: "timestamp is not a date", 4: "timestamp is not a date"}),
    Case("absurd days", rows("a,1900-01-01,5", "b,2099-12-31,5", "c,2024-01-31,5"), [("c", DAY, 5)],
         {2: "timestamp is before 1950-01-01", 3: "timestamp is in the future"}),
    Case("after the declared last day", rows("a,2024-02-01,5", "b,2024-01-31,5"), [("b", DAY, 5)], {2: "timestamp is after 2024-01-31"},
         options={"latest": "2024-01-31"}),
    Case("missing dates", rows("a,,5", "b,NULL,5", "c,2024-01-31,5"), [("c", DAY, 5)], {2: "timestamp is missing", 3: "timestamp is missing"}),
    # customers
    Case("missing customers", rows(",2024-01-31,5", "NA,2024-01-31,5", " null ,2024-01-31,5", "c,2024-01-31,5"), [("c", DAY, 5)],
         {2: "customer_id is missing", 3: "customer_id is missing", 4: "customer_id is missing"}),
    Case("a customer called NA", rows("NA,2024-01-31,5", ",2024-01-31,5"), [("NA", DAY, 5)], {3: "customer_id is missing"}, options={"missing": ""}),
    Case("leading zeros", rows("007,2024-01-31,5", "7,2024-01-31,5"), [("007", DAY, 5), ("7", DAY, 5)]),
    Case("ids that end in .0", rows("12345.0,2024-01-31,5", "12346.0,2024-01-31,5"), [("12345", DAY, 5), ("12346", DAY, 5)],
         notes=("2 ids end in .0",)),
    Case("versions are no spreadsheet ids", rows("v1.0,2024-01-31,5", "v2.0,2024-01-31,5"), [("v1.0", DAY, 5), ("v2.0", DAY, 5)]),
    Case("ids a spreadsheet has rounded", rows("4.90124E+12,2024-01-31,5", "4901240000001,2024-01-31,5"), [("4901240000001", DAY, 5)],
         {2: "customer_id was rounded by a spreadsheet"}),
    Case("white space around everything", rows("  a\u00a0, 2024-01-31 ,\t5 "), [("a", DAY, 5)]),
    # everything at once
    Case("nothing can be used", rows("a,yesterday,5", "b,tomorrow,6"), error=("none of the 2 rows", "timestamp is not a date (2 rows, first on row 2)")),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_kept_and_what_is_said(case, tmp_path):
    file = tmp_path / case.file
    file.write_bytes(case.content if isinstance(case.content, bytes) else case.content.encode())
    if case.error:
        with pytest.raises(DataError) as problem:
            load(file, options=case.options, columns=case.columns).transactions  # noqa: B018
        for text in case.error:
            assert text in str(problem.value)
        return
    data = load(file, options=case.options, columns=case.columns)
    kept = data.transactions.select("customer_id", "timestamp", "amount").to_pyarrow().to_pylist()
    assert [tuple(row.values()) for row in kept] == [(c, t, pytest.approx(a)) for c, t, a in case.kept]
    aside = {row["source_row"]: row["reason"] for row in data.quarantine.to_pyarrow().to_pylist()}
    assert aside.keys() == case.aside.keys()
    for row, reason in case.aside.items():
        assert aside[row].startswith(reason)
    for note in case.notes:
        assert any(note in said for said in data.notes), data.notes
    counts = data.counts.iloc[0]
    assert counts["kept"] + counts["quarantined"] == counts["read"] == len(case.kept) + len(case.aside)


def test_a_name_near_a_file_that_is_there(tmp_path):
    (tmp_path / "orders.csv").write_text(rows("a,2024-01-31,5"))
    with pytest.raises(DataError, match=r"there is no file(.|\n)*did you mean .*orders\.csv"):
        load(tmp_path / "oders.csv")


def test_a_value_in_quarantine_is_the_one_the_user_wrote(tmp_path):
    (tmp_path / "orders.csv").write_text(rows("a,2024-01-31,5", "b,2024-01-31, 12 apples "))
    [row] = load(tmp_path / "orders.csv").quarantine.to_pyarrow().to_pylist()
    assert row == {"table": "transactions", "source": "orders.csv", "source_row": 3, "column": "amount", "value": "12 apples",
                   "reason": "amount is not a number"}  # fmt: skip
