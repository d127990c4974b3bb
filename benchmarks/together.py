"""How much faster are networks of many splits trained together than by Keras ``fit`` in turn?"""

import time

import numpy as np

from alsnb.models.backend import import_keras
from alsnb.models.layered import LAYERED, LayeredSettings, train_layered
from alsnb.models.together import OTHER, TRAIN, VALIDATION, scale
from alsnb.splits import split_in_three
from alsnb.synthetic.imaging.draw import draw_imaging_cohort
from alsnb.synthetic.imaging.survival import class_of

SIZES = (83, 20, 32)
N_TOGETHER, N_KERAS = 200, 6
"""Splits trained together, and the first of them trained by Keras one after the other."""


def make_patients(seed=3):
    """Return what the three sources know of 135 simulated patients, and their classes."""
    cohort = draw_imaging_cohort(sum(SIZES), 0, seed=seed, deceased_only=True)
    people = cohort.patients
    clinical = people[["age_at_onset_years", "alsfrs_r_total", "fvc_percent"]].to_numpy(float)
    clinical = np.column_stack(
        [
            clinical,
            np.log(people[["diagnostic_delay_months", "onset_to_scan_months"]].to_numpy(float)),
            people["site_of_onset"] == "bulbar",
            people["c9orf72"] == "yes",
            people["bvftd"] == "yes",
        ]
    )
    sources = {
        "clinical": clinical,
        "connectivity": np.log1p(cohort.scan.counts),
        "morphology": cohort.scan.thickness,
    }
    return sources, class_of(people["survival_months"].to_numpy())


def make_parts(classes, n_splits):
    """Return what each patient is to each split."""
    keys = range(len(classes))
    splits = split_in_three(keys, sizes=SIZES, n_splits=n_splits, seed=1, strata=classes)
    parts = np.full((n_splits, len(classes)), OTHER)
    for split in splits:
        parts[split.number, split.train] = TRAIN
        parts[split.number, split.validation] = VALIDATION
    return parts


def fit_keras(inputs, classes, part, settings, seed):
    """Return the probabilities of all patients by one network trained with Keras ``fit``."""
    keras = import_keras()
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    model = keras.Sequential([layers.Input((inputs.shape[1],))])
    for size in settings.hidden_sizes:
        model.add(layers.Dense(size, activation=settings.activation))
        model.add(layers.Dropout(settings.dropout_rate))
    model.add(layers.Dense(int(classes.max()) + 1, activation="softmax"))
    adam = keras.optimizers.AdamW(settings.learning_rate, weight_decay=settings.weight_decay)
    adam.exclude_from_weight_decay(var_names=["bias"])
    model.compile(adam, loss="sparse_categorical_crossentropy")
    train, watched = part == TRAIN, part == VALIDATION
    stop = keras.callbacks.EarlyStopping(
        patience=settings.patience, restore_best_weights=True, start_from_epoch=0
    )
    model.fit(
        inputs[train],
        classes[train],
        validation_data=(inputs[watched], classes[watched]),
        batch_size=settings.batch_size,
        epochs=settings.n_epochs,
        callbacks=[stop],
        verbose=0,
    )
    return model.predict(inputs, verbose=0)


def train_in_turn(sources, classes, parts, settings):
    """Return what four networks per split say of all patients, trained by Keras in turn."""
    found = {name: [] for name in (*sources, LAYERED)}
    for number, part in enumerate(parts):
        train = np.flatnonzero(part == TRAIN)[None]
        for name, inputs in sources.items():
            scaled = scale(inputs, train, settings.least_present.get(name, 0.0))[0]
            found[name].append(fit_keras(scaled, classes, part, settings.source, number))
        said = np.concatenate([found[name][-1] for name in sources], axis=1)
        scaled = scale(said, train)[0]
        found[LAYERED].append(fit_keras(scaled, classes, part, settings.layered, number))
    return {name: np.array(each) for name, each in found.items()}


def losses_of(probabilities, classes, parts):
    """Return the mean cross-entropy of each split's held-out patients."""
    of_class = np.take_along_axis(probabilities, classes[None, :, None], axis=2)[:, :, 0]
    held_out = parts == OTHER
    return (-np.log(np.maximum(of_class, 1e-7)) * held_out).sum(axis=1) / held_out.sum(axis=1)


def measure(n_together=N_TOGETHER, n_keras=N_KERAS):
    """Train four networks per split together, and by Keras in turn; compare time and loss.

    Returns
    -------
    dict
        ``name``, ``ratio`` (Keras seconds a split per second of ours, higher is better), ``aim``
        and ``detail``.
    """
    import_keras()  # neither side pays for the import
    sources, classes = make_patients()
    settings, parts = LayeredSettings(), make_parts(classes, n_together)
    start = time.perf_counter()
    ours = train_layered(sources, classes, parts, settings, seed=1)
    seconds = (time.perf_counter() - start) / n_together
    start = time.perf_counter()
    keras = train_in_turn(sources, classes, parts[:n_keras], settings)
    seconds_keras = (time.perf_counter() - start) / n_keras
    words = []
    for name, said in keras.items():
        mine = losses_of(ours[name].probabilities[:n_keras], classes, parts[:n_keras])
        gap = mine - losses_of(said, classes, parts[:n_keras])
        error = gap.std(ddof=1) / n_keras**0.5
        words.append(f"{name} {gap.mean():+.3f} (standard error {error:.3f})")
    return {
        "name": "four networks for each of 200 splits",
        "ratio": round(seconds_keras / seconds, 2),
        "aim": 10,
        "better": "higher",
        "detail": (
            f"together {seconds:.2f} s a split, Keras fit {seconds_keras:.1f} s; difference of the "
            f"held-out loss over {n_keras} splits: {', '.join(words)}"
        ),
    }


if __name__ == "__main__":
    print(measure())
