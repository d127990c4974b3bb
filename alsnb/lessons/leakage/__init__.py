"""The room of chapter 32-leakage."""
