"""The room of chapter 02-data."""
