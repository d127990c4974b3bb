"""Import Keras with TensorFlow, without its noise and without its slow dropout."""

import contextlib
import functools
import logging
import os
import sys
from collections.abc import Iterator
from typing import Any


def import_keras() -> Any:
    """Import Keras with its TensorFlow backend, silently, and return the module ``keras``.

    TensorFlow can be imported after this call without a note either.
    """
    if "tensorflow" not in sys.modules:
        # No setting silences what the C++ side reports before its logging is set up.
        with _silent_stderr():
            import tensorflow  # noqa: F401
    import keras

    # A cross-validation over tables of several sizes compiles several programs by design;
    # TensorFlow would warn of that on stderr.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    return keras


@contextlib.contextmanager
def threefry_dropout() -> Iterator[None]:
    """Let dropout layers that are compiled meanwhile draw with Threefry.

    The default generator is recomputed at every use of the mask in a compiled program, which
    made training twenty times slower.
    """
    import tensorflow as tf

    default = tf.nn.experimental.stateless_dropout
    tf.nn.experimental.stateless_dropout = functools.partial(default, rng_alg="threefry")
    try:
        yield
    finally:
        tf.nn.experimental.stateless_dropout = default


@contextlib.contextmanager
def _silent_stderr() -> Iterator[None]:
    """Send what is written to file descriptor 2 nowhere."""
    kept = os.dup(2)
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
