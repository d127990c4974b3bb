"""The room of chapter 30-fast."""
