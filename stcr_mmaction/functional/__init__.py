"""Pure functions on tensors: the arithmetic of STCR, without state or configuration."""

from .appearance import choose_clips, mix_colours, temporal_gradient
from .collapse import channel_spread, effective_rank
from .consistency import (
    channel_wise_divergence,
    spatial_pooling,
    temporal_wise_distance,
)
from .contrast import info_nce
from .decorrelation import covariance_penalty, variance_hinge
from .equivariance import transformation_consistency
from .features import FEATURE_POOLINGS, pool_features
from .heat import heat_maps, heat_on_motion, moving_pixels
from .mixup import (
    inter_video_mixup,
    intra_video_mixup,
    spatial_noise,
    video_cutmix,
    video_mixup,
)
from .retrieval import nearest_neighbours, neighbour_vote, retrieval_accuracy
from .spatio_temporal import (
    NUM_CODES,
    invert_clips,
    parse_code,
    transform_clips,
    transform_frames,
    unflip_time,
)

__all__ = [
    'FEATURE_POOLINGS',
    'NUM_CODES',
    'channel_spread',
    'channel_wise_divergence',
    'choose_clips',
    'covariance_penalty',
    'effective_rank',
    'heat_maps',
    'heat_on_motion',
    'info_nce',
    'inter_video_mixup',
    'intra_video_mixup',
    'invert_clips',
    'mix_colours',
    'moving_pixels',
    'nearest_neighbours',
    'neighbour_vote',
    'parse_code',
    'pool_features',
    'retrieval_accuracy',
    'spatial_noise',
    'spatial_pooling',
    'temporal_gradient',
    'temporal_wise_distance',
    'transform_clips',
    'transform_frames',
    'transformation_consistency',
    'unflip_time',
    'variance_hinge',
    'video_cutmix',
    'video_mixup',
]
