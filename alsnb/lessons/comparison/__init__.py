"""The room of chapter 25-comparison."""
