"""What the theory of Deep Feedback Control says of a network: conditions (Meulemans et al. 2021)."""

from .conditions import condition_2 as condition_2
