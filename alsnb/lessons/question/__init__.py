"""The room of chapter 00-question."""
