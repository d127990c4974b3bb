"""What a curation of the laboratory does first: list its texts and its units, in plain pandas."""

import pandas as pd

KEPT = 500
"""A test is kept if so many results of it are numbers."""


def kept_tests(files):
    labs = pd.read_csv(files["labs"], low_memory=False)
    numbers = pd.to_numeric(labs["Test_Result"], errors="coerce")
    counts = numbers.groupby(labs["Test_Name"]).count()
    kept = labs[labs["Test_Name"].isin(counts.index[counts >= KEPT])]
    text = kept[pd.to_numeric(kept["Test_Result"], errors="coerce").isna()]
    return kept, text.dropna(subset=["Test_Result"])


def units_of_kept_tests(files):
    """Return the tests with more than one unit, after IU/L and U/L are taken for the same."""
    kept, _ = kept_tests(files)
    units = kept["Test_Unit"].replace("IU/L", "U/L").groupby(kept["Test_Name"]).nunique()
    return set(units.index[units > 1])


def texts_of_kept_tests(files):
    """Return the tests with each kind of text, and how many results have a comma."""
    _, text = kept_tests(files)
    results, names = text["Test_Result"], text["Test_Name"]
    commas = results.str.contains(",")
    return {
        "dash": set(names[results == "-"]),
        "limit": set(names[results.str.startswith("<")]),
        "normal": set(names[results == "Normal"]),
        "comma": names[commas].value_counts().to_dict(),
        "other": set(results[~(results.isin(["-", "Normal"]) | results.str.startswith("<"))])
        - set(results[commas]),
    }
