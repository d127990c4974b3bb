"""Turn the raw tables of PRO-ACT into clean ones, and account for every row on the way."""
