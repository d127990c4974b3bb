"""The room of chapter 20-pipeline."""
