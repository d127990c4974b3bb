"""The room of chapter 10-dream."""
