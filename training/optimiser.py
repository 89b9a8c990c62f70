"""Muon for the weights of hidden convolutions, AdamW for everything else.

Muon (Jordan et al. 2024) replaces the momentum of a weight matrix by the nearest semi-orthogonal matrix, found with a
quintic Newton-Schulz iteration. `torch.optim.Muon` takes two-dimensional parameters one at a time; here convolution
kernels are flattened to [out, in * k * k], and matrices of one shape are orthogonalised together in one batch, without
which the iteration costs as much as the network.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TypeAlias, cast

import torch
from torch import Tensor, nn

from training.cuda_graph import Replayed

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
_ITERATIONS = 5

Update: TypeAlias = Callable[[Sequence[Tensor]], Sequence[Tensor]]


def orthogonalise(matrices: Tensor) -> Tensor:
    """Approximately nearest semi-orthogonal matrices (singular values about 0.7..1.2) of a batch [N, rows, columns].

    The iteration x <- (a + b G + c G**2) x with G = x x^T multiplies x from the left by polynomials of the first G,
    which commute. So for long matrices the small G is iterated, and x is multiplied once at the end.
    """
    x = matrices.float()
    transposed = x.shape[1] > x.shape[2]
    if transposed:
        x = x.mT
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    a, b, c = _COEFFICIENTS
    if x.shape[2] < 2 * x.shape[1]:
        for _ in range(_ITERATIONS):
            gram = x @ x.mT
            x = a * x + (b * gram + c * gram @ gram) @ x
    else:
        gram = x @ x.mT
        identity = torch.eye(x.shape[1], dtype=x.dtype, device=x.device)
        product = identity.expand_as(gram)
        for _ in range(_ITERATIONS):
            polynomial = a * identity + b * gram + c * gram @ gram
            product = polynomial @ product
            gram = polynomial @ gram @ polynomial
        x = product @ x
    return (x.mT if transposed else x).to(matrices.dtype)


class Muon(torch.optim.Optimizer):
    """Nesterov momentum, orthogonalised; decoupled weight decay; update scaled to the RMS of a typical AdamW step."""

    def __init__(
        self, parameters: Iterable[Tensor], lr: float, momentum: float = 0.95, weight_decay: float = 0.0
    ) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
        self._replayed: dict[int, Replayed] = {}

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """One update from the gradients present; `closure` is not supported. On a GPU those have to be of the same
        parameters every time.
        """
        for number, group in enumerate(self.param_groups):
            parameters = [parameter for parameter in group["params"] if parameter.grad is not None]
            if not parameters:
                continue
            for parameter in parameters:
                if not self.state[parameter]:
                    self.state[parameter]["momentum"] = torch.zeros_like(parameter)
            device = parameters[0].device
            rate = torch.tensor(group["lr"], device=device)
            momenta = [self.state[parameter]["momentum"] for parameter in parameters]
            update: Update = partial(_update, parameters, momenta, group["momentum"], group["weight_decay"])
            if device.type == "cuda":
                update = self._replayed.setdefault(number, Replayed(update))
            update([rate, *(cast(Tensor, parameter.grad) for parameter in parameters)])


def _update(
    parameters: list[Tensor], momenta: list[Tensor], momentum: float, weight_decay: float, inputs: Sequence[Tensor]
) -> Sequence[Tensor]:
    """Move the parameters and momenta, given the learning rate (a scalar) and the gradients."""
    rate, *gradients = inputs
    torch._foreach_lerp_(momenta, gradients, 1 - momentum)
    directions = torch._foreach_lerp(gradients, momenta, momentum)
    torch._foreach_mul_(parameters, 1 - rate * weight_decay)
    by_shape: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for place, direction in enumerate(directions):
        by_shape[direction.flatten(1).shape].append(place)
    for shape, places in by_shape.items():
        updates = orthogonalise(torch.stack([directions[place].flatten(1) for place in places]))
        scaled = updates * (-rate * 0.2 * math.sqrt(max(shape)))
        for place, update in zip(places, scaled, strict=True):
            parameters[place].add_(update.view_as(parameters[place]))
    return ()


def is_hidden_convolution(name: str, parameter: Tensor) -> bool:
    """Whether Muon takes this parameter: a convolution kernel that is neither a first nor a last layer."""
    edge = any(part in name for part in ("stem", "synthesis_path.output", "coarse_outputs", "scale_network", "conv_dw"))
    return parameter.dim() == 4 and min(parameter.shape[0], parameter[0].numel()) > 1 and not edge


def build_optimisers(
    model: nn.Module, *, muon: bool, learning_rate: float, adam_learning_rate: float, weight_decay: float
) -> list[torch.optim.Optimizer]:
    """Optimisers of all trainable parameters of `model`.

    With `muon`, Muon takes the hidden convolutions at `learning_rate` with weight decay; AdamW takes the rest at
    `adam_learning_rate` without weight decay, which makes it Adam.
    """
    trainable = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    hidden = [p for name, p in trainable if muon and is_hidden_convolution(name, p)]
    chosen = set(map(id, hidden))
    rest = [p for _, p in trainable if id(p) not in chosen]
    optimisers: list[torch.optim.Optimizer] = []
    if hidden:
        optimisers.append(Muon(hidden, lr=learning_rate, weight_decay=weight_decay))
    if rest:
        optimisers.append(
            torch.optim.AdamW(rest, lr=adam_learning_rate, betas=(0.9, 0.99), weight_decay=0.0, fused=True)
        )
    return optimisers
