"""One Spark for all tests of this folder, and one business under both engines."""

import os
import shutil
import subprocess
import sys

import ibis
import pyarrow.parquet as pq
import pytest

from cxlab.data.simulate import simulate


def why_not():
    """What keeps Spark from running here, "" when nothing does."""
    try:
        import pyspark  # noqa: F401
    except ImportError:
        return "PySpark is not installed: sh scripts/set-up-spark"
    java = os.path.join(os.environ["JAVA_HOME"], "bin", "java") if os.environ.get("JAVA_HOME") else shutil.which("java")
    if not java or subprocess.run([java, "-version"], capture_output=True).returncode:
        return "Spark needs Java 17, and there is none: sh scripts/set-up-spark"
    return ""


@pytest.fixture(scope="session")
def session(tmp_path_factory):
    reason = why_not()
    if reason and os.environ.get("CI") == "true":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    settings = {
        "spark.sql.shuffle.partitions": 2,
        "spark.sql.adaptive.enabled": False,
        "spark.sql.codegen.wholeStage": False,
        "spark.ui.enabled": False,
        "spark.ui.showConsoleProgress": False,
        "spark.driver.memory": "1g",
        # Small tables gain nothing from compiled stages, re-planning and Java's slow compiler, and wait for them.
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("warehouse")),
    }
    builder = SparkSession.builder.master("local[2]").appName("cxlab")
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    yield spark
    spark.stop()


@pytest.fixture(scope="session")
def connections(session):
    """DuckDB and Spark, as Ibis knows them."""
    duck = ibis.duckdb.connect()
    duck.raw_sql("SET TimeZone = 'UTC'")
    return duck, ibis.pyspark.connect(session)


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    """Folder with the tables of a simulated boutique as Parquet."""
    folder = tmp_path_factory.mktemp("boutique")
    for name, table in simulate("clothing_boutique", customers=250, seed=4).tables.items():
        pq.write_table(table, folder / f"{name}.parquet")
    return folder


@pytest.fixture(scope="session")
def tables(files, connections):
    """{table: (on DuckDB, on Spark)}."""
    names = ("customers", "touchpoints", "transactions")
    return {n: tuple(c.read_parquet(files / f"{n}.parquet") for c in connections) for n in names}
