import logging
import os
import subprocess
import sys

import pytest

from alsnb.models.backend import import_keras

import_keras()

# One process for both, since its imports take seconds.
SCRIPT = """
import sys
import numpy as np
from alsnb.models.ffnn import FFNNSettings
from alsnb.models.network import NetworkRegressor
assert not {"keras", "tensorflow"} & set(sys.modules), "imported too early"
inputs = np.random.default_rng(0).normal(size=(9, 3))
regressor = NetworkRegressor(FFNNSettings(hidden_sizes=(4,), n_epochs=1), n_networks=1)
regressor.fit(inputs, inputs[:, 0]).predict(inputs)
assert "tensorflow" in sys.modules
"""


@pytest.mark.slow
def test_a_fresh_process_imports_tensorflow_late_and_writes_nothing():
    hidden = {"TF_CPP_MIN_LOG_LEVEL", "KERAS_BACKEND"}
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "")


def test_compiling_for_many_shapes_warns_nobody(caplog):
    import tensorflow as tf

    program = tf.function(lambda tensor: tensor + 1)
    for n_rows in range(1, 9):
        program(tf.zeros(n_rows))
    assert not logging.getLogger("tensorflow").isEnabledFor(logging.WARNING)
    assert not caplog.records
