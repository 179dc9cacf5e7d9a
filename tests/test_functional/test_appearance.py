"""Changes of appearance: linear maps of colors, and changes in time."""

import pytest
import torch

from stcr_mmaction.functional import choose_clips, mix_colors, temporal_gradient


def clips_of(dtype=torch.float64, shape=(3, 3, 5, 4, 6)):
    return torch.randint(0, 256, shape).to(dtype)


@pytest.mark.parametrize('dtype', [torch.float64, torch.uint8])
def test_the_identity_keeps_the_colors(dtype):
    clips = clips_of(dtype)
    same = mix_colors(clips, torch.eye(3).expand(3, 3, 3), 127.5)
    torch.testing.assert_close(same, clips)


def test_a_matrix_and_its_inverse_cancel_and_the_pivot_stays():
    clips, matrices = clips_of(), torch.randn(3, 3, 3).double()
    mixed = mix_colors(clips, matrices, 100.0)
    torch.testing.assert_close(mix_colors(mixed, matrices.inverse(), 100.0), clips)
    gray = torch.full_like(clips, 100.0)
    torch.testing.assert_close(mix_colors(gray, matrices, 100.0), gray)


def test_mixed_colors_of_every_pixel():
    clips, matrices = clips_of(), torch.randn(3, 3, 3).double()
    mixed = mix_colors(clips, matrices, 127.5)
    pixel = clips[1, :, 2, 3, 4]
    wanted = matrices[1] @ (pixel - 127.5) + 127.5
    torch.testing.assert_close(mixed[1, :, 2, 3, 4], wanted)


def test_what_stands_still_has_no_gradient_whatever_it_looks_like():
    still = clips_of(shape=(2, 3, 1, 4, 6)).expand(-1, -1, 5, -1, -1)
    assert (temporal_gradient(still, 1.5, 127.5) == 127.5).all()
    clips = clips_of(shape=(2, 3, 5, 4, 6))
    torch.testing.assert_close(
        temporal_gradient(clips + still, 1.5, 127.5), temporal_gradient(clips, 1.5, 127.5)
    )


def test_gradient_of_every_frame():
    clips = clips_of()
    gradient = temporal_gradient(clips, 2.0, 10.0)
    for t in range(5):
        now = min(t, 3)
        wanted = 2.0 * (clips[:, :, now + 1] - clips[:, :, now]) + 10.0
        torch.testing.assert_close(gradient[:, :, t], wanted)


def test_played_backwards_the_gradient_changes_its_sign():
    clips = clips_of()
    forwards = temporal_gradient(clips, 1.0, 0.0)[:, :, :-1]
    backwards = temporal_gradient(clips.flip(2), 1.0, 0.0)[:, :, :-1]
    torch.testing.assert_close(backwards, -forwards.flip(2))


def test_integers_are_rounded_and_clamped():
    clips = torch.tensor([0, 255, 10, 11], dtype=torch.uint8).view(1, 1, 4, 1, 1)
    gradient = temporal_gradient(clips, 1.5, 127.5).flatten().tolist()
    assert gradient == [255, 0, 129, 129]


def test_chosen_clips_alone_are_changed():
    clips, changed = clips_of(), clips_of()
    taken = choose_clips(torch.tensor([True, False, True]), changed, clips)
    torch.testing.assert_close(taken, torch.stack([changed[0], clips[1], changed[2]]))


@pytest.mark.parametrize(
    ('call', 'message'),
    [
        (lambda c: mix_colors(c, torch.eye(3), 0.0), r'must be \(3, 3, 3\)'),
        (lambda c: temporal_gradient(c[:, :, :1], 1.0, 0.0), '2 frames or more'),
        (
            lambda c: choose_clips(torch.ones(2).bool(), c, c),
            'one value for each of the 3',
        ),
    ],
)
def test_bad_arguments_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(clips_of())
