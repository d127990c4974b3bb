"""The room of chapter 44-real-brains."""
