"""Go all the way from a table to predictions; the only modules that know the whole order."""
