"""Inception-I3D."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmcv.cnn import build_norm_layer
from torch import Tensor, nn

from .base import ClipBackbone

CONVS = dict(Conv3d_1a_7x7=64, Conv3d_2b_1x1=64, Conv3d_2c_3x3=192)
# Channels of the branches: 1x1 | 1x1 -> 3x3 | 1x1 -> 3x3 | pooling -> 1x1.
INCEPTIONS = dict(
    Mixed_3b=(64, 96, 128, 16, 32, 32),
    Mixed_3c=(128, 128, 192, 32, 96, 64),
    Mixed_4b=(192, 96, 208, 16, 48, 64),
    Mixed_4c=(160, 112, 224, 24, 64, 64),
    Mixed_4d=(128, 128, 256, 24, 64, 64),
    Mixed_4e=(112, 144, 288, 32, 64, 64),
    Mixed_4f=(256, 160, 320, 32, 128, 128),
    Mixed_5b=(256, 160, 320, 32, 128, 128),
    Mixed_5c=(384, 192, 384, 48, 128, 128),
)
