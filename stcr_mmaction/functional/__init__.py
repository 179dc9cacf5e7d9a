"""Pure functions on tensors, without state or configuration."""

from .appearance import choose_clips, mix_colors, temporal_gradient
from .clip_grid import ClipGrid, sample_clips
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
from .motion import motion_target, unexplained_share
from .pixels import PixelScale
from .random_numbers import RandomNumbers, normal_images
from .retrieval import nearest_neighbors, neighbor_vote, retrieval_accuracy
from .spatio_temporal import (
    NUM_CODES,
    invert_clips,
    move_grid,
    parse_code,
    transform_clips,
    unflip_time,
)

__all__ = [
    'ClipGrid',
    'FEATURE_POOLINGS',
    'NUM_CODES',
    'PixelScale',
    'RandomNumbers',
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
    'mix_colors',
    'motion_target',
    'move_grid',
    'moving_pixels',
    'nearest_neighbors',
    'neighbor_vote',
    'normal_images',
    'parse_code',
    'pool_features',
    'retrieval_accuracy',
    'sample_clips',
    'spatial_noise',
    'spatial_pooling',
    'temporal_gradient',
    'temporal_wise_distance',
    'transform_clips',
    'transformation_consistency',
    'unexplained_share',
    'unflip_time',
    'variance_hinge',
    'video_cutmix',
    'video_mixup',
]
