"""The room of chapter 26-explaining."""
