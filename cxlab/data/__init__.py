"""The door: bring data in and vouch for it.

>>> import cxlab as cx
>>> cx.load("cdnow").transactions.columns[:3]
('customer_id', 'timestamp', 'amount')
"""

from cxlab.data.catalog import datasets
from cxlab.data.contract import TABLES, Column, Table
from cxlab.data.dataset import Card, Dataset
from cxlab.data.rules import Rules
from cxlab.data.sources import load

__all__ = ["TABLES", "Card", "Column", "Dataset", "Rules", "Table", "datasets", "load"]
