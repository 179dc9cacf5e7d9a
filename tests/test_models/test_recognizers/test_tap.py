"""Where maps come from, of each backbone of MMAction2, and the sizes that heads get."""

import pytest
import torch
from mmaction.registry import MODELS
from torch import nn

from stcr_mmaction.models.recognizers.tap import DEFAULT_TAPS, Tap

from ..toy import ToyBackbone

TRANSFORMER = dict(embed_dims=24, num_heads=2, patch_size=4, img_size=16)
UNIFORMER_V2 = dict(
    type='UniFormerV2',
    input_resolution=16,
    patch_size=4,
    width=24,
    layers=3,
    heads=2,
    t_size=4,
    return_list=[2],
    n_layers=1,
    n_dim=24,
    n_head=2,
    mlp_dropout=[0.5],
    clip_pretrained=False,
)
TIMESFORMER = dict(
    TRANSFORMER, type='TimeSformer', num_frames=4, num_transformer_layers=2
)
SLOWFAST_PATH = dict(
    type='resnet3d', depth=18, pretrained=None, base_channels=8, lateral=False
)
HEAD = dict(type='STCRHead')


def videomae():
    return MODELS.build(
        dict(TRANSFORMER, type='VisionTransformer', depth=2, num_frames=4)
    )


def timesformer(attention):
    return MODELS.build(dict(TIMESFORMER, attention_type=attention))


def read_tap(backbone, tap, clips):
    return Tap(backbone, tap).maps(backbone, clips)


def place(clips, n, t, row, column):
    """Make one patch of 4 x 4 pixels bright."""
    changed = clips.clone()
    changed[n, :, t, 4 * row : 4 * row + 4, 4 * column : 4 * column + 4] += 10
    return changed


@pytest.mark.parametrize(
    ('backbone', 'tap', 'times'),
    [
        (videomae, 'patch_embed', 2),
        (lambda: timesformer('joint_space_time'), 'drop_after_time', 1),
        (lambda: timesformer('space_only'), 'drop_after_pos', 1),
        (lambda: MODELS.build(UNIFORMER_V2), 'ln_pre', 1),
    ],
    ids=['VideoMAE', 'joint', 'space only', 'UniFormerV2'],
)
def test_tokens_become_maps_where_and_when_they_came_from(backbone, tap, times):
    """Before any attention, one patch of the clips is one place of the map."""
    backbone = backbone().eval()
    clips = torch.rand(2, 3, 4, 16, 16)

    def maps_of(clips):
        # The places are those of the blocks behind; these layers stand for them.
        outputs = []
        layer = backbone.get_submodule(tap)
        with layer.register_forward_hook(lambda *call: outputs.append(call[-1])):
            backbone(clips)
        return outputs[-1]

    n, t, row, column = 1, 3, 2, 1
    before, after = maps_of(clips), maps_of(place(clips, n, t, row, column))
    before, after = (as_block_output(backbone, tap, x) for x in (before, after))
    output = Tap(backbone, 'output')
    maps = [output(backbone, clips.shape, lambda x=x: x)[1] for x in (before, after)]
    moved = (maps[1] - maps[0]).abs().sum(dim=1)
    assert moved.shape == (2, 4 // times, 4, 4)
    assert moved.nonzero().tolist() == [[n, t // times, row, column]]


def as_block_output(backbone, tap, tokens):
    """Bring what a layer before the blocks gives into the order of the blocks."""
    if tap == 'patch_embed':
        return tokens[0]
    if tap == 'ln_pre':
        return tokens.permute(1, 0, 2)
    if tap == 'drop_after_time':  # ((n h w) t c), without the class token
        tokens = tokens.reshape(2, -1, tokens.shape[-1])
        return torch.cat([tokens[:, :1], tokens], dim=1)
    return tokens


@pytest.mark.parametrize(
    ('backbone', 'shape'),
    [
        (videomae, (24, 2, 4, 4)),
        (lambda: timesformer('divided_space_time'), (24, 4, 4, 4)),
        (lambda: timesformer('joint_space_time'), (24, 4, 4, 4)),
        (lambda: timesformer('space_only'), (24, 4, 4, 4)),
        (lambda: MODELS.build(UNIFORMER_V2), (24, 4, 4, 4)),
    ],
    ids=['VideoMAE', 'divided', 'joint', 'space only', 'UniFormerV2'],
)
def test_default_taps_of_transformers_give_maps(backbone, shape):
    backbone = backbone()
    maps = read_tap(backbone, None, torch.rand(2, 3, 4, 16, 16))
    assert maps.shape == (2, *shape)


def test_slowfast_is_tapped_by_the_name_of_its_pathway():
    backbone = MODELS.build(
        dict(
            type='ResNet3dSlowFast',
            pretrained=None,
            resample_rate=2,
            speed_ratio=2,
            channel_ratio=2,
            slow_pathway=dict(SLOWFAST_PATH, lateral=True, conv1_kernel=(1, 7, 7)),
            fast_pathway=dict(SLOWFAST_PATH, base_channels=4),
        )
    )
    clips = torch.rand(1, 3, 8, 32, 32)
    slow, fast = backbone.eval()(clips)
    assert torch.equal(read_tap(backbone, None, clips), slow)
    assert torch.equal(read_tap(backbone, 'output[0]', clips), slow)
    assert torch.equal(read_tap(backbone, 'fast_path.layer4', clips), fast)
    assert torch.equal(read_tap(backbone, 'output[1]', clips), fast)
    with pytest.raises(ValueError, match='never calls this submodule itself'):
        read_tap(backbone, 'slow_path', clips)


def test_of_several_stages_the_last_is_taken():
    backbone = MODELS.build(
        dict(
            type='ResNet3dSlowOnly',
            depth=18,
            pretrained=None,
            lateral=False,
            out_indices=(2, 3),
            base_channels=4,
        )
    )
    backbone.eval()
    clips = torch.rand(1, 3, 4, 32, 32)
    stages = backbone(clips)
    assert torch.equal(read_tap(backbone, None, clips), stages[1])
    assert torch.equal(read_tap(backbone, 'output[0]', clips), stages[0])


def test_an_index_takes_a_tensor_as_it_is():
    backbone, clips = ToyBackbone(), torch.rand(2, 3, 4, 8, 8)
    assert torch.equal(read_tap(backbone, 'output[-1]', clips), backbone(clips))


def test_a_negative_number_counts_layers_from_the_end():
    backbone = ToyBackbone()
    backbone.blocks = nn.ModuleList([nn.Identity(), nn.ReLU()])
    assert Tap(backbone, 'blocks.-1').find_layer(backbone) is backbone.blocks[1]


def test_subclasses_have_the_tap_of_their_class():
    kind = type('MyC3D', (MODELS.get('C3D'),), {})
    backbone = kind(pretrained=None)
    assert Tap(backbone).name == 'conv5b'
    assert Tap(backbone, 'conv4b').name == 'conv4b'
    assert Tap(ToyBackbone()).name == 'output'


@pytest.mark.parametrize('tap', ['layer9', 'stem.7', 'stem[0', '', 'stem.forward'])
def test_a_tap_that_is_no_layer_lists_those_there_are(tap):
    with pytest.raises(ValueError, match=r'it has stem, stem\.0, .*output'):
        Tap(ToyBackbone(), tap)


def test_tokens_of_too_few_places_are_refused():
    backbone = timesformer('space_only')
    with pytest.raises(ValueError, match=r"tap 'norm' gives tokens \(2, 17, 24\)"):
        read_tap(backbone, 'norm', torch.rand(2, 3, 4, 16, 16))


def test_every_default_is_of_a_backbone_there_is_and_has_a_reason():
    for kind, (_, reason) in DEFAULT_TAPS.items():
        assert MODELS.get(kind) is not None
        assert reason


def build(head, **options):
    toy = dict(backbone=dict(type='ToyBackbone'), clip_shape=(4, 8, 8))
    return MODELS.build({'type': 'STCR', 'consistency_head': head, **toy, **options})


def test_a_head_gets_its_sizes_from_the_clips():
    model = build(HEAD)
    assert (model.consistency_head.in_channels, model.consistency_head.temporal_size) == (
        8,
        2,
    )
    model = build(HEAD, tap='stem', pretext_head=dict(type='TransformCodeHead'))
    assert model.consistency_head.temporal_size == 4
    assert model.pretext_head.in_channels == 4


@pytest.mark.parametrize(
    ('head', 'said'),
    [
        (dict(HEAD, in_channels=9), r'in_channels=9, .*: set in_channels=8'),
        (dict(HEAD, temporal_size=3), r'temporal_size=3, .*: set temporal_size=2'),
    ],
)
def test_wrong_sizes_are_refused_and_the_right_one_is_named(head, said):
    with pytest.raises(ValueError, match=said):
        build(head)


def test_right_sizes_may_be_given():
    build(dict(HEAD, in_channels=8, temporal_size=2))


def test_without_sizes_or_clips_there_is_nothing_to_build():
    with pytest.raises(ValueError, match='needs in_channels: .*clip_shape'):
        build(HEAD, clip_shape=None)
    with pytest.raises(ValueError, match='temporal_size'):
        build(dict(HEAD, in_channels=8), clip_shape=None)


def test_a_head_of_an_unknown_type_or_of_none_is_explained():
    with pytest.raises(ValueError, match="head of STCR: .* 'STCRHaed'; near .*STCRHead"):
        build(dict(HEAD, type='STCRHaed'))
    with pytest.raises(ValueError, match='head of STCR: .* has no type'):
        build(dict(in_channels=8))


@pytest.mark.parametrize(
    ('noise', 'message'),
    [
        (dict(type='SpatioTemporalTransform'), 'quarter turns, but frames are 8 high'),
        (dict(type='RandomClipCrop', size=9), 'cannot cut size=9 out of frames 8 high'),
        (dict(type='RandomClipCrop', size=8), r'one shape, got .*8, 12\) .*8, 8\)'),
        (dict(type='SpatioTemporalTransform', codes=(0, 2, 4, 6)), None),
    ],
)
def test_paths_that_are_not_of_the_clips_shape_are_refused(noise, message):
    blending = dict(type='SiameseBlending', clean=[], noise=[noise])
    preprocessor = dict(type='ActionDataPreprocessor', blending=blending)
    options = dict(clip_shape=(4, 8, 12), data_preprocessor=preprocessor)
    if message is None:
        build(HEAD, **options)
        return
    with pytest.raises(ValueError, match=message):
        build(HEAD, **options)


def test_a_projector_is_told_the_size_of_its_input():
    projector = dict(type='ProjectionMLP')
    loss = dict(type='InfoNCELoss', projector=projector)
    head = dict(HEAD, auxiliary_losses=dict(contrast=loss))
    model = build(head)
    head = model.consistency_head
    size = head.in_channels * head.temporal_size
    assert head.auxiliary_losses['contrast'].projector.in_channels == size
    projector['in_channels'] = size + 1
    with pytest.raises(ValueError, match=rf"in_channels={size + 1}.*C' \* T' = {size}"):
        build(dict(HEAD, auxiliary_losses=dict(contrast=loss)))


def test_a_vector_is_refused_while_the_model_is_built():
    c3d = dict(type='C3D', pretrained=None)
    with pytest.raises(ValueError, match=r"'fc7' gives \(2, 4096\), not maps"):
        build(HEAD, backbone=c3d, tap='fc7', clip_shape=(16, 112, 112))
