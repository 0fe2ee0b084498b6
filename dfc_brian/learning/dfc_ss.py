"""Deep Feedback Control, steady state: plasticity acts once, when a presentation ends (Meulemans et al. 2021, DFC-SS).

The rule sees the last state alone, with the last rates r_(i-1)[T-1]: v_b = W_i r_(i-1)[T-1] + b_i and
v_s = v_b + (v_i[T-1] - v_i^ff[T-1]). Without delays in transmission that is the last state itself; where there are,
`network.prediction` computes the basal voltage again. No plasticity is computed before the end.
"""

from .dfc import Learner as Learner
