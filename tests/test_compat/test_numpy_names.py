import numpy as np
import pytest
from mmaction.datasets.transforms import ColorJitter, PoseCompact
from mmaction.evaluation.functional import average_recall_at_avg_proposals
from mmaction.evaluation.metrics import RetrievalRecall

import stcr_mmaction.compat.numpy_names as numpy_names

# Pure colors in the order of the circle; the hue of the k-th is 30k (of 180).
CIRCLE = np.array(
    [[255, 0, 0], [255, 255, 0], [0, 255, 0], [0, 255, 255], [0, 0, 255], [255, 0, 255]]
)


@pytest.mark.parametrize('steps', range(-4, 5))
def test_hues_go_around_the_circle(steps):
    image = CIRCLE[None].astype(np.float32)
    shift = 30 * steps + 0.5 * np.sign(steps)  # is cut to a whole number
    shifted = ColorJitter.adjust_hue(image, shift / 255)
    assert np.array_equal(shifted[0], np.roll(CIRCLE, -steps, axis=0))
    assert shifted.dtype == np.float32


def test_color_jitter_runs_at_every_draw():
    frames = np.random.default_rng(0).integers(256, size=(2, 8, 8, 3), dtype=np.uint8)
    jitter = ColorJitter(hue=0.5)
    for _ in range(20):
        imgs = jitter(dict(imgs=list(frames)))['imgs']
        assert np.isfinite(imgs).all()


def test_proposals_are_measured():
    truth = dict(video=np.array([[0.0, 10.0]]))
    proposals = dict(video=np.array([[0.0, 10.0, 0.9], [5.0, 9.0, 0.1]]))
    *_, area = average_recall_at_avg_proposals(
        truth, proposals, total_num_proposals=2, max_avg_proposals=2
    )
    # Of both proposals 1 % to 100 %: none up to 49 %, then the right one.
    assert area == pytest.approx(50.5)


def test_retrieval_is_measured():
    recall = RetrievalRecall.calculate([[0, 1], [2, 1]], [[1], [0]], 2, True, True)
    assert [float(r) for r in recall] == [50]


def test_poses_are_made_compact():
    pose = dict(
        keypoint=np.full((1, 1, 2, 2), 20.0), img_shape=(100, 100), keypoint_score=None
    )
    pose['keypoint'][0, 0, 1] = 60
    assert PoseCompact(padding=0, threshold=1)(pose)['img_shape'] == (40, 40)


def test_numpy_itself_is_left_alone():
    old = numpy_names._NumpyWithOldNames('numpy')
    assert old.Inf == np.inf and old.array is np.array
    assert old.trapz([1.0, 1.0]) == 1 and old.in1d([1, 2], [2]).tolist() == [False, True]
    if int(np.__version__.split('.')[0]) > 1:
        assert not hasattr(np, 'Inf')
