"""What all pretext heads have in common, and what each predicts."""

import itertools

import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample

# type: path, label, label of each sample, class of each label
HEADS = dict(
    ClipOrderHead=('clean', 'clip_order', [0, 5, 3], [0, 5, 3]),
    ClipVerificationHead=('clean', 'clips_in_order', [0, 1, 1], [0, 1, 1]),
    FrameVerificationHead=(
        'clean',
        'frames_in_order',
        [[0, 1, 1], [1, 1, 0], [0, 0, 0]],
        [0, 1, 1, 1, 1, 0, 0, 0, 0],
    ),
    ArrowOfTimeHead=(
        'noise',
        'transform_codes',
        [[0, 7, 8], [15, 9, 3], [4, 12, 1]],
        [0, 0, 1, 1, 1, 0, 0, 1, 0],
    ),
    TransformCodeHead=(
        'noise',
        'transform_codes',
        [[0, 7, 8], [15, 9, 3], [4, 12, 1]],
        [0, 7, 8, 15, 9, 3, 4, 12, 1],
    ),
)


def build(kind, **options):
    config = dict(type=kind, in_channels=8, dropout_ratio=0)
    return MODELS.build({**config, **options})


def samples_of(key, labels):
    return [ActionDataSample(metainfo={key: label}) for label in labels]


def maps_of(count=9):
    return torch.rand(2, count, 8, 2, 3, 3, requires_grad=True)


@pytest.mark.parametrize('kind', HEADS)
def test_loss_and_accuracy_of_the_label_on_the_path_that_is_read(kind):
    path, key, labels, classes = HEADS[kind]
    head = build(kind, loss_weight=0.5)
    clean, noise = paths = maps_of()
    losses = head.loss(clean, noise, samples_of(key, labels))
    logits = head(clean if path == 'clean' else noise)
    picked = logits.log_softmax(dim=1)[range(len(classes)), classes]
    right = [int(row.argmax()) == label for row, label in zip(logits, classes)]  # noqa: B905
    assert set(losses) == {f'loss_{head.task}', f'acc_{head.task}'}
    torch.testing.assert_close(losses[f'loss_{head.task}'], -picked.mean() / 2)
    assert losses[f'acc_{head.task}'].item() == pytest.approx(sum(right) / len(right))
    (gradient,) = torch.autograd.grad(losses[f'loss_{head.task}'], paths)
    read, other = gradient if path == 'clean' else gradient.flip(0)
    assert read.abs().sum() > 0
    assert other.abs().sum() == 0


@pytest.mark.parametrize('num_clips', [2, 3, 4])
@pytest.mark.parametrize('kind', ['ClipOrderHead', 'ClipVerificationHead'])
def test_clips_of_a_sample_are_compared_pair_by_pair(kind, num_clips):
    head = build(kind, num_clips=num_clips, hidden_channels=5)
    maps = torch.rand(2 * num_clips, 8, 2, 3, 3)
    expected = []
    for sample in maps.mean(dim=(2, 3, 4)).split(num_clips):
        pairs = [torch.cat(pair) for pair in itertools.combinations(sample, 2)]
        related = torch.cat([head.pair_fc(pair).relu() for pair in pairs])
        expected.append(head.fc(related))
    torch.testing.assert_close(head(maps), torch.stack(expected))


def test_clip_order_prediction_has_the_parameters_of_the_original():
    head = MODELS.build(dict(type='ClipOrderHead', in_channels=512))
    assert sum(p.numel() for p in head.parameters()) == 534_022
    assert head.dropout.p == 0.5
    assert head.num_classes == 6


@pytest.mark.parametrize('kind', HEADS)
def test_a_sample_without_the_label(kind):
    key = HEADS[kind][1]
    message = f"no '{key}', which {kind} predicts: put .* list '{key}' in PackAction"
    with pytest.raises(ValueError, match=message):
        build(kind).loss(*maps_of(), samples_of('other', [0, 0, 0]))


@pytest.mark.parametrize('kind', HEADS)
def test_clips_without_labels_of_their_own(kind):
    """As of two paths that are taken for one."""
    _, key, labels, _ = HEADS[kind]
    with pytest.raises(ValueError, match=r"labels .* list 'transform_codes' in Pack"):
        build(kind).loss(*maps_of(18), samples_of(key, labels))


@pytest.mark.parametrize('kind', HEADS)
@pytest.mark.parametrize('shape', [(9, 8), (9, 7, 2, 3, 3)])
def test_maps_that_do_not_fit(kind, shape):
    with pytest.raises(ValueError, match=rf'\(N, 8, T, H, W\).*\({shape[0]}, {shape[1]}'):
        build(kind)(torch.rand(shape))


def test_clips_that_are_no_tuples():
    with pytest.raises(ValueError, match='3 clips of each sample, which 8 clips are no'):
        build('ClipOrderHead')(torch.rand(8, 8, 2, 3, 3))
    with pytest.raises(ValueError, match='num_clips must be 2 or more, got 1'):
        build('ClipVerificationHead', num_clips=1)


@pytest.mark.parametrize(
    ('kind', 'options', 'labels'),
    [
        ('ArrowOfTimeHead', {}, [0, 8]),
        ('TransformCodeHead', {}, range(16)),
        ('TransformCodeHead', {}, [0, 2, 4, 6]),  # frames that are not square
        ('TransformCodeHead', dict(target='rotation'), range(16)),
        ('ClipOrderHead', {}, range(6)),
        ('ClipOrderHead', dict(num_clips=2), range(2)),
        ('FrameVerificationHead', {}, range(2)),
    ],
)
def test_labels_that_can_be_learned_pass(kind, options, labels):
    build(kind, **options).check_labels(labels)


@pytest.mark.parametrize(
    ('kind', 'options', 'labels', 'message'),
    [
        ('ArrowOfTimeHead', {}, range(8), r'2 classes.*from \[0, 1.* classes \[0\]'),
        ('ArrowOfTimeHead', {}, [8, 15], r'classes \[1\]'),
        ('TransformCodeHead', dict(target='rotation'), [0, 4, 8, 12], r'classes \[0\]'),
        ('ClipOrderHead', dict(num_clips=2), range(6), 'predicts 2 classes'),
        ('ClipVerificationHead', {}, [], "no transform .* draws 'clips_in_order'"),
    ],
)
def test_labels_that_cannot_be_learned_are_refused(kind, options, labels, message):
    with pytest.raises(ValueError, match=message):
        build(kind, **options).check_labels(labels)
