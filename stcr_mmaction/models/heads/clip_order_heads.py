"""Pretext tasks: predict or verify the order of clips or frames."""

from __future__ import annotations

import math

from mmaction.registry import MODELS

from .pretext_head import ClipPretextHead, ClipTuplePretextHead


@MODELS.register_module()
class ClipOrderHead(ClipTuplePretextHead):
    """Clip order prediction: classify the order of the clips, one of num_clips! orders.

    Logs ``loss_clip_order`` and ``acc_clip_order``.

    Args:
        in_channels (int): C', channels of the feature maps.
        num_clips (int): Clips of a sample, 2 or more. Defaults to 3, so 6 orders.
        hidden_channels (int): Width of a pair of clips. Defaults to 512.
        dropout_ratio (float): Dropout before the classifier. Defaults to 0.5.
        loss_weight (float): Weight of the cross entropy. Defaults to 1.0.
        init_cfg (dict, optional): mmengine's. Defaults to None: torch's initialization.

    Raises:
        ValueError: If ``num_clips`` is below 2.

    Examples:
        >>> maps = torch.rand(2 * 3, 512, 2, 7, 7)  # of two samples
        >>> tuple(ClipOrderHead(in_channels=512, num_clips=3)(maps).shape)
        (2, 6)

    Source: Xu et al., Self-Supervised Spatiotemporal Learning via Video Clip Order
        Prediction, CVPR 2019.
    """

    task = 'clip_order'
    path = 'clean'
    label_key = 'clip_order'
    drawn_by = "ShuffleClips(task='order')"

    def __init__(
        self, in_channels: int, num_clips: int = 3, **kwargs: float | dict | None
    ) -> None:
        super().__init__(in_channels, math.factorial(num_clips), num_clips, **kwargs)


@MODELS.register_module()
class ClipVerificationHead(ClipTuplePretextHead):
    """Order verification of clips: in order (class 1) or shuffled (class 0).

    Clips of one frame are the tuples of Shuffle & Learn. Logs
    ``loss_clip_verification`` and ``acc_clip_verification``; chance is the larger share,
    0.75 by default of :class:`ShuffleClips`.

    Args:
        in_channels (int): C', channels of the feature maps.
        num_clips (int): Clips of a sample, 2 or more. Defaults to 3.
        hidden_channels (int): Width of a pair of clips. Defaults to 512.
        dropout_ratio (float): Dropout before the classifier. Defaults to 0.5.
        loss_weight (float): Weight of the cross entropy. Defaults to 1.0.
        init_cfg (dict, optional): mmengine's. Defaults to None: torch's initialization.

    Raises:
        ValueError: If ``num_clips`` is below 2.

    Source: Misra et al., Shuffle and Learn, ECCV 2016, which concatenates the features of
        three frames and has one linear layer; the pairs are those of clip order
        prediction.
    """

    task = 'clip_verification'
    path = 'clean'
    label_key = 'clips_in_order'
    drawn_by = "ShuffleClips(task='verification')"

    def __init__(
        self, in_channels: int, num_clips: int = 3, **kwargs: float | dict | None
    ) -> None:
        super().__init__(in_channels, 2, num_clips, **kwargs)


@MODELS.register_module()
class FrameVerificationHead(ClipPretextHead):
    """Order verification within a clip: frames in order (class 1) or not (class 0).

    Logs ``loss_frame_verification`` and ``acc_frame_verification``; chance is the larger
    share, 0.75 by default of :class:`ShuffleFrames`.

    Args:
        in_channels (int): C', channels of the feature maps.
        dropout_ratio (float): Dropout before the classifier. Defaults to 0.5.
        loss_weight (float): Weight of the cross entropy. Defaults to 1.0.
        init_cfg (dict, optional): mmengine's. Defaults to None: torch's initialization.

    Source: Misra et al., Shuffle and Learn, ECCV 2016, for networks that see all frames
        of a clip together; the paper compares features of single frames.
    """

    task = 'frame_verification'
    path = 'clean'
    label_key = 'frames_in_order'
    drawn_by = 'ShuffleFrames'

    def __init__(self, in_channels: int, **kwargs: float | dict | None) -> None:
        super().__init__(in_channels, num_classes=2, **kwargs)
