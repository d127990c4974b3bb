"""The room of chapter 31-survival."""
