"""The room of chapter 21-baselines."""
