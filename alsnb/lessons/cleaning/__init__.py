"""The room of chapter 03-cleaning."""
