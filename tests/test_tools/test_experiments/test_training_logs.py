"""Figures from what a training logged."""

import json

from stcr_mmaction.apis.scalars import read_scalars
from tools.experiments.training_logs import collapse_figures, validation_figures

LOGGED = [
    dict(step=1, lr=0.1, loss=3.0, time=0.1),
    dict(step=2, lr=0.1, loss=2.0, time=0.1, rank_clean=8.0, spread_clean=0.5),
    {'step': 1, 'time': 0.1, 'data_time': 0.1, 'frozen/knn_top1': 0.25},
    dict(step=3, lr=0.1, loss=1.0, time=0.1, rank_clean=2.0, spread_clean=0.6),
    {'step': 2, 'time': 0.1, 'data_time': 0.1, 'frozen/knn_top1': 0.75},
    dict(step=4, lr=0.1, loss=1.0, time=0.1, rank_clean=4.0, spread_clean=0.7),
    {'step': 3, 'time': 0.1, 'data_time': 0.1, 'frozen/knn_top1': 0.5},
]


def test_figures_of_a_training():
    assert collapse_figures(LOGGED) == dict(
        rank_clean=dict(first=8.0, last=4.0, min=2.0),
        spread_clean=dict(first=0.5, last=0.7, min=0.5),
    )
    wanted = dict(first=0.25, last=0.5, best=0.75)
    assert validation_figures(LOGGED) == {'frozen/knn_top1': wanted}


def test_a_training_that_was_resumed_is_read_in_order(tmp_path):
    for stamp, lines in (('2', LOGGED[4:]), ('1', LOGGED[:4])):
        path = tmp_path / stamp / 'vis_data' / 'scalars.json'
        path.parent.mkdir(parents=True)
        path.write_text('\n'.join(map(json.dumps, lines)))
    assert read_scalars(tmp_path) == LOGGED
