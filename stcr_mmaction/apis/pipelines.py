"""Read the train pipelines of stock configs, and add both paths to them."""

from __future__ import annotations

from collections.abc import Sequence

from ..type_names import type_name

META_KEYS = 'img_shape', 'img_key', 'video_id', 'timestamp'  # PackActionInputs' own
TEST_CROPS = 'CenterCrop', 'ThreeCrop', 'TenCrop'
CROPS = 'RandomCrop', 'RandomResizedCrop', 'MultiScaleCrop', *TEST_CROPS
SIZES = dict.fromkeys(TEST_CROPS, 'crop_size')
SIZES.update(RandomCrop='size', MultiScaleCrop='input_size', Resize='scale')


def siamese_pipeline(
    pipeline: Sequence[dict], clean: Sequence[dict], noise: Sequence[dict]
) -> list[dict]:
    """Replace the crops of a pipeline by :class:`SiamesePaths`.

    Args:
        pipeline (Sequence[dict]): A train pipeline up to ``PackActionInputs``.
        clean (Sequence[dict]): Augmentations of the clean path, without crops.
        noise (Sequence[dict]): Augmentations of the noise path, without crops.

    Returns:
        list[dict]: The new pipeline. Each path draws the steps between the first crop and
        ``FormatShape`` on its own. Flips come before, and are the same in both paths.
    """
    types = [type_name(step) for step in pipeline]
    end = types.index('FormatShape')
    start = next((n for n, kind in enumerate(types) if kind in CROPS), end)
    flips = [step for step in pipeline[start:end] if type_name(step) == 'Flip']
    both = [step for step in pipeline[start:end] if type_name(step) != 'Flip']
    paths = dict(type='SiamesePaths', clean=[*both, *clean], noise=[*both, *noise])
    pack = dict(pipeline[-1])
    pack['meta_keys'] = (*pack.get('meta_keys', META_KEYS), 'transform_codes')
    return [*pipeline[:start], *flips, paths, *pipeline[end:-1], pack]


def read_clip_shape(pipeline: Sequence[dict]) -> tuple[int, int, int]:
    """Read the clip shape (T, H, W) of a pipeline.

    Args:
        pipeline (Sequence[dict]): A pipeline.

    Returns:
        tuple[int, int, int]: Frames, height and width.

    Raises:
        ValueError: If it does not make clips of one size in the format NCTHW.
    """
    types = [type_name(step) for step in pipeline]
    formats = [step.get('input_format') for step in pipeline]
    if 'NCTHW' not in formats or types[-1] != 'PackActionInputs':
        raise ValueError(
            "consistency needs clips, a train pipeline with FormatShape('NCTHW') and "
            f'PackActionInputs at its end; got {types} with FormatShape'
            f'({next(filter(None, formats), None)!r})'
        )
    lengths = [step.get('clip_len') for step in pipeline if 'Sample' in type_name(step)]
    if not (lengths and isinstance(lengths[0], int)):
        raise ValueError(
            'the train pipeline needs a step that samples clips of one clip_len, got '
            f'clip_len={lengths}'
        )
    return lengths[0], *_read_frame_size(pipeline)


def as_training(pipeline: Sequence[dict]) -> list[dict]:
    """Turn a test pipeline into a train pipeline: one clip with one random crop."""
    return [_as_training(step) for step in pipeline]


def plain_pipeline(clip_len: int, size: int) -> list[dict]:
    """Return a test pipeline for a config that has none."""
    return [
        dict(type='DecordInit'),
        dict(type='UniformSample', clip_len=clip_len, num_clips=1),
        dict(type='DecordDecode'),
        dict(type='Resize', scale=(-1, size)),
        dict(type='CenterCrop', crop_size=size),
        dict(type='FormatShape', input_format='NCTHW'),
        dict(type='PackActionInputs'),
    ]


def _as_training(step: dict) -> dict:
    if 'Sample' in type_name(step):
        step = {key: value for key, value in step.items() if key != 'test_mode'}
        return dict(step, num_clips=1)
    if type_name(step) in TEST_CROPS:
        return dict(type='RandomCrop', size=step['crop_size'])
    return step


def _read_frame_size(pipeline: Sequence[dict]) -> tuple[int, int]:
    """Return the height and width that the last resizing step sets."""
    for step in reversed(pipeline):
        kind = type_name(step)
        if kind in SIZES and not (kind == 'Resize' and step.get('keep_ratio', True)):
            size = step[SIZES[kind]]
            return (size, size) if isinstance(size, int) else (size[1], size[0])
    raise ValueError(
        'the train pipeline gives frames of no fixed size: end its crops by '
        "dict(type='Resize', scale=(W, H), keep_ratio=False)"
    )
