"""What customers are worth: from an order log to customer lifetime value with honest uncertainty."""

from __future__ import annotations
