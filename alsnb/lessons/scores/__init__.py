"""The room of chapter 01-scores."""
