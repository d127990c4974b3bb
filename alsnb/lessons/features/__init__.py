"""The room of chapter 05-features."""
