"""Start the layers of stacked networks from restricted Boltzmann machines, one after the other.

A survey (Litjens et al. 2017) describes Paper B's network as a deep belief network, and names it a
CNN in the same row; the paper's abstract says neither. So this is an option, and an ablation.

References
----------
Hinton, Neural Computation 2002;14:1771 (contrastive divergence); Hinton, Osindero and Teh, Neural
Computation 2006;18:1527 (layer by layer).
"""

import numpy as np
from scipy.special import expit


def pretrain_layers(
    weights: list[np.ndarray],
    inputs: np.ndarray,
    *,
    n_epochs: int,
    rate: float,
    batch_size: int,
    rngs: list[np.random.Generator],
) -> np.ndarray:
    """Change kernels and biases of all hidden layers, in place, to models of what they read.

    The first layer reads numbers of mean 0 and SD 1 (Gaussian units), the others the probabilities
    that the units before them are on.

    Parameters
    ----------
    weights : list of arrays
        Kernel (n_networks, n_in, n_out) and bias (n_networks, 1, n_out) of each layer; those of the
        last one, which gives the classes, stay as they are.
    inputs : array of shape (n_networks, n_patients, n_inputs)
        Of the training patients, without their classes.
    n_epochs, rate, batch_size
        Passes over the patients, step size and patients per step, for each layer.
    rngs : list of Generator
        One for each network.

    Returns
    -------
    array of shape (n_layers, n_epochs, n_networks)
        Mean squared difference between what a layer reads and its reconstruction, lower is better.
    """
    errors, seen = [], inputs
    for layer, (kernel, bias) in enumerate(zip(weights[:-2:2], weights[1:-2:2], strict=True)):
        machine = Machine(kernel, bias, gaussian=layer == 0)
        errors.append(
            [machine.learn(seen, rate, batch_size=batch_size, rngs=rngs) for _ in range(n_epochs)]
        )
        seen = machine.hidden(seen)
    return np.array(errors)


class Machine:
    """Restricted Boltzmann machines, one per network, that share nothing.

    Parameters
    ----------
    kernel, bias : arrays of shape (n_networks, n_in, n_out) and (n_networks, 1, n_out)
        Changed in place; the bias is that of the hidden units.
    gaussian : bool
        Whether visible units are numbers, or probabilities.
    """

    def __init__(self, kernel: np.ndarray, bias: np.ndarray, *, gaussian: bool):
        self.kernel, self.bias, self.gaussian = kernel, bias, gaussian
        self.visible_bias = np.zeros((len(kernel), 1, kernel.shape[1]), kernel.dtype)

    def hidden(self, visible: np.ndarray) -> np.ndarray:
        """Return the probability that each hidden unit is on, (n_networks, n_patients, n_out)."""
        return expit(visible @ self.kernel + self.bias)

    def reconstruct(self, hidden: np.ndarray) -> np.ndarray:
        """Return what hidden units let expect of the visible ones."""
        sums = hidden @ self.kernel.transpose(0, 2, 1) + self.visible_bias
        return sums if self.gaussian else expit(sums)

    def learn(
        self, visible: np.ndarray, rate: float, *, batch_size: int, rngs: list[np.random.Generator]
    ) -> np.ndarray:
        """Go once through the patients, by contrastive divergence of one step.

        Returns the mean squared error of reconstruction of each network, (n_networks,).
        """
        n_patients = visible.shape[1]
        orders = np.array([rng.permutation(n_patients) for rng in rngs])
        drawn = np.array(
            [rng.random((n_patients, self.bias.shape[2]), dtype="float32") for rng in rngs]
        )
        total = np.zeros(len(visible))
        for start in range(0, n_patients, batch_size):
            some = slice(start, start + batch_size)
            batch = np.take_along_axis(visible, orders[:, some, None], axis=1)
            on = self.hidden(batch)
            again = self.reconstruct((drawn[:, some] < on).astype(batch.dtype))
            on_again = self.hidden(again)
            size = np.float32(rate / batch.shape[1])
            steps = batch.transpose(0, 2, 1) @ on - again.transpose(0, 2, 1) @ on_again
            self.kernel += size * steps
            self.bias += size * (on - on_again).sum(axis=1, keepdims=True)
            self.visible_bias += size * (batch - again).sum(axis=1, keepdims=True)
            total += ((batch - again) ** 2).mean(axis=2).sum(axis=1)
        return total / n_patients
