"""The room of chapter 40-brains-as-numbers."""
