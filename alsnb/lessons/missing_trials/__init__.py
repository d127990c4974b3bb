"""The room of chapter 35-missing-and-trials."""
