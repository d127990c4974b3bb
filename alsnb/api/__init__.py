"""What ``import alsnb`` gives, where that is more than a name of the library below."""
