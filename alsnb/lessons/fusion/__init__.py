"""The room of chapter 43-fusion-and-the-honest-task."""
