"""What satisfaction goes along with in behaviour and money, and what such data cannot show."""
