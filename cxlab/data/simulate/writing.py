"""A simulated business as a data package: files, their description, and a card that says that they are simulated."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from cxlab.data.contract import TABLES
from cxlab.data.simulate.business import described
from cxlab.data.simulate.deciding import section, told
from cxlab.data.simulate.presets import PRESETS

if TYPE_CHECKING:
    from cxlab.data.dataset import Dataset
    from cxlab.data.simulate.world import Simulated

_SAYS = {
    "customer_id": "customer", "timestamp": "when, UTC", "sequence": "running number of the customer's contact",
    "stage": "stage of the journey", "touchpoint": "where the contact was", "channel": "by which channel",
    "session_id": "journey, from its first contact to its last", "emotion": "how it felt, −2…+2",
    "effort": "how much effort it took, 1…7", "duration_s": "length of the contact, seconds",
    "cost": "what the contact cost the business, money", "handled_by": "who handled it", "amount": "value of the order",
    "order_id": "order", "item": "what was bought", "margin": "what is left after the cost of what was sold, money",
    "first_seen": "day of the first contact", "acquisition_channel": "channel of the first contact",
    "consent": "agrees to be written to", "city": "where the customer lives",
    "visits": "orders in the first period", "spend": "value of these orders", "age": "years",
    "start": "first day of the contract", "end": "last day of the contract; empty: still active",
    "plan": "plan", "price": "price a month", "record_id": "record", "source": "system the record stands in",
    "first_name": "first name as written there", "last_name": "last name as written there",
    "email": "e-mail as written there", "phone": "telephone as written there", "postcode": "postcode as written there",
    "birth_date": "day of birth as written there", "invitations": "surveys the customer was asked to answer",
    "response_id": "response: all answers of one survey", "question": "question, see below",
    "score": "answer; empty: left out", "scale_min": "lowest answer there is", "scale_max": "highest answer there is",
    "brand": "whom the answer is about", "importance": "how important the customer says the component is, 1…7",
    "segment": "what kind of customer, as asked", "wave": "quarter of the visit", "feedback_id": "text",
    "text": "what the customer wrote", "rating": "stars, 1…5",
    "respondent_id": "customer who was asked", "task": "running number of the choice",
    "alternative": "number of the offer on the card, or none", "chosen": "1: chosen",
    "unit_id": "who or what took part", "arm": "control, or what was tried", "outcome": "what was measured",
    "site": "where the customer goes", "before": "the same in as many weeks before",
    "treated_from": "first day of the change; empty: never", "trial": "name of the trial",
    "raters": "ratings behind the mean",
    "minutes": "mean minutes of the contact that is changed", "name": "initiative", "running": "money a year",
    "months": "months until it is in effect", "people": "person-months until it is in effect",
    "life_years": "years it keeps its effect", "requires": "what must be in place before",
    "excludes": "what cannot be done beside it", "level": "foundational, intermediate or advanced",
    "evidence": "what the belief in its effect rests on", "owner": "who answers for it",
    "kpi": "by what it is followed", "alarm": "the limit at which somebody must look", "stop": "when it is ended",
    **{f"cost_{end}": f"what it costs once, {end}, money" for end in ("low", "likely", "high")},
    **{f"effect_{end}": f"margin a year when fully in effect, {end}, money" for end in ("low", "likely", "high")},
}  # fmt: skip
#: where a column says something else than elsewhere
_SAYS_OF = {
    ("surveys", "duration_s"): "how long the response took, seconds", ("feedback", "source"): "where it was written",
    ("surveys", "touchpoint"): "what the survey was about", ("feedback", "touchpoint"): "what the text is about",
    ("choices", "price"): "price of the offer", ("choices", "timestamp"): "day of the answers",
    ("choices", "brand"): "who offers it", ("trials", "spend"): "money spent in the weeks of the trial",
    ("trials", "timestamp"): "day a unit entered, or first day of the week",
}  # fmt: skip
_TYPES = {"date": pa.types.is_date, "datetime": pa.types.is_timestamp, "integer": pa.types.is_integer,
          "number": pa.types.is_floating}  # fmt: skip
LICENCE = {"name": "MIT", "title": "MIT License"}


def write(world: Simulated, folder: str | Path, *, format: Literal["csv", "parquet"] = "csv") -> Path:
    """Write tables, datapackage.json and a card into a folder, which is made when it is missing.

    Parameters
    ----------
    format : "csv" (compressed, columns as text) or "parquet"; a declaration of your own is written down, too

    Returns
    -------
    Path of datapackage.json
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    resources = [_resource(folder, name, table, format) for name, table in world.tables.items()]
    package = {
        "profile": "tabular-data-package",
        "name": world.name,
        "title": f"{world.title} (simulated)",
        "description": f"{world.title}: customers, their journeys and their purchases. Simulated; no such business and "
        "no such people exist.",
        "version": "1.0.0",
        "licenses": [LICENCE | ({"path": "LICENSE"} if (folder / "LICENSE").is_file() else {})],
        "sources": [{"title": f"Simulated by cxlab.data.simulate with seed {world.parameters['seed']}"}],
        "keywords": ["simulated", "customer journeys", "segments"]
        + (["surveys", "feedback"] if world.truth.experience else [])
        + (["choices", "trials", "initiatives"] if world.truth.decisions else []),
        "cxlab": {
            "kind": "simulated",
            "currency": world.truth.business.currency,
            "observation_end": world.parameters["end"],
            "origin": origin(world),
            "faults": faults(world),
            "simulation": dict(world.parameters),
            **({} if _preset(world) else {"business": described(world.truth.business)}),
        },
        "resources": resources,
    }
    file = folder / "datapackage.json"
    file.write_text(json.dumps(package, ensure_ascii=False, indent=2) + "\n", encoding="utf-8", newline="\n")
    (folder / "README.md").write_text(card(world, package), encoding="utf-8", newline="\n")
    return file


def dataset(world: Simulated) -> Dataset:
    """The tables brought in through the same door as a file, from a folder that goes when the last of them goes."""
    from cxlab.data.sources import load

    folder = Path(tempfile.mkdtemp(prefix="cxlab-simulated-"))
    dirty = world.truth.dirt is not None and len(world.truth.dirt)
    write(world, folder, format="csv" if dirty else "parquet")
    data = load(folder)
    weakref.finalize(data._engine.backend, shutil.rmtree, folder, ignore_errors=True)
    return data


def origin(world: Simulated) -> str:
    """In a sentence: simulated, by what, with what."""
    said = world.parameters
    options = ", ".join(f"{k} {v}" for k, v in said.items() if k not in ("business", "seed", "change"))
    changed = f", changed: {said['change']}" if said["change"] else ""
    return f"Simulated: business {said['business']}, seed {said['seed']}, {options}{changed}."


def faults(world: Simulated) -> list[str]:
    """What a reader should know who takes the data for real."""
    found = [
        "Everything is simulated: no such business, customers or staff exist, and nothing here is evidence about real "
        "ones.",
    ]
    if "touchpoints" in world.tables:
        found.append("Every contact has an answer on emotion and effort; in a survey most people answer nothing.")
    found.append("Contacts come at any time of day and every day of the week alike.")
    if world.truth.experience:
        found += [
            "Texts are put together from a small grammar, so they repeat themselves more than people do. Addresses and "
            "numbers in them are kept for examples, fiction and tests, and belong to nobody.",
            "Rivals are rated only by customers of this business.",
            "Some responses are rushed, sent twice or give one answer to everything; which, is in "
            "`world.truth.experience.responses`.",
        ]
    if world.truth.experience and world.truth.experience.experience.nonresponse:
        found += [
            "Customers who were more satisfied with a visit answer more often, and who no longer comes is not asked.",
        ]
    if world.truth.decisions:
        found += told(world.truth.decisions)
    if world.parameters["dirt"]:
        found.append(f"{world.parameters['dirt']:.0%} of the rows of each table were spoilt on purpose.")
    return found


def card(world: Simulated, package: dict) -> str:
    """The card of the data package, as Markdown."""
    tables = ", ".join(f"`{name}` ({table.num_rows:,} rows)" for name, table in world.tables.items())
    said = world.parameters
    options = [
        f"    {k}={json.dumps(v) if isinstance(v, str) else repr(v)}," for k, v in said.items() if k != "business"
    ]
    business = json.dumps(said["business"]) if _preset(world) else "business"
    lines = [
        f"# {package['title']}",
        "",
        f"**Kind:** simulated. **Tables:** {tables}.",
        f"**Licence:** {package['licenses'][0]['name']}.",
        "",
        "## Origin",
        f"{package['cxlab']['origin']} The same call makes the same tables, and the truth they were made from:",
        "",
        "```python",
        "from cxlab.data.simulate import simulate",
        "",
        "world = simulate(",
        f"    {business},",
        *options,
        ")",
        "world.truth.outcome()",
        "```",
        "",
        f"A journey reaches its goal with a contact at {world.truth.business.goal}. Latent segments: "
        + ", ".join(s.name for s in world.truth.business.segments)
        + ("; surveys ask for them. " if world.truth.experience else "; they are in no table, only in the truth. ")
        + f"The second period begins on {world.truth.second_period}; some customers are in another segment then.",
        "",
        "## Columns",
        "| table | column | is |",
        "|---|---|---|",
        *(
            f"| `{resource['name']}` | `{field['name']}` | {field['description']} |"
            for resource in package["resources"]
            for field in resource["schema"]["fields"]
        ),
        "",
        *_asked(world),
        *(section(world.truth.decisions) if world.truth.decisions else []),
        "## Known faults",
        *(f"- {fault}" for fault in package["cxlab"]["faults"]),
        "",
    ]
    return "\n".join(lines)


def _asked(world: Simulated) -> list[str]:
    """The questions of the surveys, and where their truth is."""
    if not world.truth.experience:
        return []
    told = world.truth.experience.experience
    rows = [(name, text, "1…7") for name, _, text in told.items]
    rows += [(q.name, q.text, f"{q.low}…{q.high}") for q in told.questions]
    return [
        "## Questions",
        "| question | asks | scale |",
        "|---|---|---|",
        *(f"| `{name}` | {text} | {scale} |" for name, text, scale in rows),
        "",
        f"The components are {', '.join(told.names)}. What is true of answers, texts and purchases stands in "
        "`world.truth.experience`: `scores()`, `drivers`, `variance`, `signal`, `staff`, `effects`, `texts`, `themes`, "
        "`private`.",
        "",
    ]


def _preset(world: Simulated) -> bool:
    """Whether the business is one that ships, so that its name says everything."""
    return PRESETS.get(world.name) == world.truth.business


def _resource(folder: Path, name: str, table: pa.Table, format: str) -> dict:
    """Write one table and describe it."""
    plain = _plain(table)
    file = folder / (f"{name}.csv.gz" if format == "csv" else f"{name}.parquet")
    if format == "csv":
        text = io.BytesIO()
        pa.csv.write_csv(plain, text, pa.csv.WriteOptions(quoting_style="needed"))
        file.write_bytes(gzip.compress(text.getvalue(), 9, mtime=0))
    else:
        pa.parquet.write_table(table, file, compression="zstd")
    content = file.read_bytes()
    described = {
        "name": name,
        "path": file.name,
        "profile": "tabular-data-resource",
        "format": format,
        "bytes": len(content),
        "hash": "sha256:" + hashlib.sha256(content).hexdigest(),
        "schema": {"fields": [_field(name, f) for f in plain.schema], "missingValues": [""]},
    }
    if format == "csv":
        described |= {"mediatype": "text/csv", "encoding": "utf-8", "compression": "gz"}
    if name in TABLES:
        columns = [c.name for c in TABLES[name].columns if c.name in table.column_names]
        described["cxlab"] = {"table": name, "columns": {c: c for c in columns}}
    return described


def _plain(table: pa.Table) -> pa.Table:
    """Dictionary-encoded columns as plain text."""
    fields = [f.with_type(f.type.value_type) if pa.types.is_dictionary(f.type) else f for f in table.schema]
    return table.cast(pa.schema(fields))


def _field(table: str, field: pa.Field) -> dict:
    kind = next((name for name, holds in _TYPES.items() if holds(field.type)), "string")
    said = _SAYS_OF.get((table, field.name), _SAYS.get(field.name))
    if not said and field.name.startswith("interest_"):
        said = f"1: interested in {field.name.removeprefix('interest_').replace('_', ' ')}"
    if not said and field.name.startswith("attitude_"):
        said = f"agrees, 1…7: {field.name.removeprefix('attitude_').replace('_', ' ')}"
    return {"name": field.name, "type": kind, "description": said or field.name.replace("_", " ")}
