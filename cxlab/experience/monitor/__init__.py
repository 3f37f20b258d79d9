"""Whether to act or to wait: measures by period, limits with a known rate of false alarms, and when a level changed."""
