import math

import pytest
import torch

from freqlib.errors import InputError
from freqlib.experiments.evaluation.outcomes import as_logits, losses, outcomes


def test_trap_13_rank_one_is_best_and_ties_share_their_mean_place():
    logits = torch.tensor([[3.0, 2.0, 1.0, 0.0]] * 4)
    assert outcomes(logits, torch.arange(4)).rank.tolist() == [1, 2, 3, 4]
    tied = torch.tensor([[1.0, 1.0, 1.0, 1.0], [2.0, 1.0, 1.0, 0.0]])
    assert outcomes(tied, torch.tensor([0, 2])).rank.tolist() == [2.5, 2.5]


def test_trap_13_nan_logits_are_an_error():
    with pytest.raises(InputError, match="NaN"):
        outcomes(torch.tensor([[0.0, torch.nan]]), torch.tensor([0]))


def test_the_margin_is_the_distance_to_the_best_other():
    logits = torch.tensor([[3.0, 2.0, 1.0], [0.0, 5.0, 1.0]])
    found = outcomes(logits[None], torch.tensor([0, 2]))
    assert found.margin.tolist() == [[1.0, -4.0]]
    assert found.hit.tolist() == [[True, False]]


def test_the_loss_of_a_sure_answer_is_small_and_not_zero():
    logits = torch.tensor([[30.0, 0.0], [0.0, 30.0]], requires_grad=True)
    found = losses(logits, torch.tensor([0, 0]))
    assert found.tolist() == pytest.approx([math.log1p(math.exp(-30)), 30 + math.log1p(math.exp(-30))], rel=1e-12)
    found.sum().backward()
    assert float(logits.grad[0, 1]) == pytest.approx(math.exp(-30), rel=1e-5)  # in single precision it would be 0


@pytest.mark.parametrize("returned", [torch.zeros(3, 1), {"logits": torch.zeros(3, 2)}, torch.zeros(3, 2, 1)])
def test_what_is_no_table_of_logits_is_refused(returned):
    with pytest.raises(InputError, match="wrap it"):
        as_logits(returned)


def test_rank_agrees_with_a_sort():
    logits = torch.randn(3, 50, 20, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(50) % 20
    order = logits.argsort(-1, descending=True)
    place = (order == labels[:, None]).float().argmax(-1) + 1
    assert torch.equal(outcomes(logits, labels).rank, place.float())


def test_labels_beyond_the_outputs_are_refused():
    with pytest.raises(InputError, match="Labels run from 0 to 3, but the model has 3 outputs"):
        outcomes(torch.zeros(2, 3), torch.tensor([0, 3]))


def test_half_precision_is_judged_in_single():
    found = outcomes(torch.tensor([[1.0, 2.0]], dtype=torch.bfloat16), torch.tensor([0]))
    assert found.margin.dtype == torch.float32
