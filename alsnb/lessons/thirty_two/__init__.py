"""The room of chapter 42-what-32-patients-show."""
