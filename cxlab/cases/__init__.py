"""A client's whole job: studies run where something changed, told as one case, written as one folder."""

from cxlab.cases.case import Case, open_case
from cxlab.cases.deliver import deliver
from cxlab.cases.plan import CasePlan, cases, read_plan

__all__ = ["Case", "CasePlan", "cases", "deliver", "open_case", "read_plan"]
