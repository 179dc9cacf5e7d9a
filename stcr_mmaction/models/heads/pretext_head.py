"""Pretext heads: tasks with labels drawn by the pipeline.

The table shows which path a head reads, and the effect of a temporal flip on the label:

    head                   path   label, drawn by                   a temporal flip
    ---------------------  -----  --------------------------------  -------------------
    ClipOrderHead          clean  clip_order, ShuffleClips          inverts it: refused
    ClipVerificationHead   clean  clips_in_order, ShuffleClips      inverts it: refused
    FrameVerificationHead  clean  frames_in_order, ShuffleFrames    inverts it: refused
    ArrowOfTimeHead        noise  transform_codes,                  is the label
    TransformCodeHead      noise    SpatioTemporalTransform         is half of the label
      target='rotation'                                             does not matter

With STCR the noise path is flipped and the clean path never is. Each head reads the path
on which its label is true. This has consequences:

- Clips and frames are shuffled before :class:`SiamesePaths`, in the same way for both
  paths, since consistency compares clips one by one. Shuffling within a path or after
  decoding is refused.
- Without a ``consistency_head``, one path is enough. All heads then read it, so an order
  head refuses temporal flips in it.
- With ``target_momentum``, the clean path comes from the target network, which gets no
  gradient. So an order head is refused.
- :class:`VideoMixup` and :class:`VideoCutMix` blend noise clips of two videos with two
  labels, so a head that reads the noise path is refused with them. Mixing in one frame
  (:class:`IntraVideoMixup`, :class:`InterVideoMixup`) keeps the label true.
- Single frames in reverse order are a temporal flip, which looks ordered. So reversal
  never counts as out of order.

Errors are raised when the model is built, by :class:`PretextLabelsHook` before training
if model and pipeline do not fit, and by a head for a batch without its label.
"""

from __future__ import annotations

import itertools
from abc import ABCMeta, abstractmethod
from collections.abc import Collection, Sequence

import torch
import torch.nn.functional as F
from mmaction.utils import SampleList
from mmengine.model import BaseModule
from torch import Tensor, nn

from ...checks import check_weight
from ...functional.precision import at_least_single


class PretextHead(BaseModule, metaclass=ABCMeta):
    """Base class of heads that classify one path by a label from the pipeline.

    A subclass defines :meth:`forward`, the attributes below and, if labels are not
    classes, :meth:`to_class`.

    Args:
        in_channels (int): C', channels of the feature maps.
        num_classes (int): Number of classes.
        loss_weight (float): Weight of the cross entropy. Defaults to 1.0.
        init_cfg (dict, optional): mmengine's. Defaults to None: torch's initialization.

    Attributes:
        task (str): Name of the task, in ``loss_<task>`` and ``acc_<task>``.
        path (str): The path that it reads, ``'clean'`` or ``'noise'``.
        label_key (str): Key of the label in the metainfo: one label for the sample, or a
            list with one for each clip.
        drawn_by (str): The transform that draws the label, for messages.
    """

    task: str
    path: str
    label_key: str
    drawn_by: str

    def __init__(
        self,
        in_channels: int,
        num_classes: int,
        loss_weight: float = 1.0,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        self.in_channels = in_channels
        self.num_classes = num_classes
        check_weight('loss_weight', loss_weight)
        self.loss_weight = loss_weight

    @abstractmethod
    def forward(self, maps: Tensor) -> Tensor:
        """Classify.

        Args:
            maps (Tensor): (N * num_clips, C', T', H', W'), floating, of one path.

        Returns:
            Tensor: (number of labels, num_classes), logits.
        """

    def to_class(self, label: int) -> int:
        """Return the class of a label, 0 to ``num_classes - 1``."""
        return label

    def loss(
        self, clean: Tensor, noise: Tensor, data_samples: SampleList
    ) -> dict[str, Tensor]:
        """Compute the cross entropy and the accuracy.

        Args:
            clean (Tensor): (N * num_clips, C', T', H', W'), maps of the clean path.
            noise (Tensor): Maps of the noise path; the same maps if there is one path.
            data_samples (SampleList): N samples, with the label in their metainfo.

        Returns:
            dict[str, Tensor]: ``loss_<task>``, and ``acc_<task>``, 0 to 1, on the device.

        Raises:
            ValueError: If a sample lacks the label, the numbers of labels and logits
                differ, or the maps have the wrong shape.
        """
        logits = at_least_single(self(dict(clean=clean, noise=noise)[self.path]))
        classes = self.read_classes(data_samples)
        if len(classes) != len(logits):
            raise ValueError(
                f'{type(self).__name__} got {len(classes)} labels {self.label_key!r} for '
                f'{len(logits)} to predict: if the train pipeline has SiamesePaths, list '
                "'transform_codes' in PackActionInputs(meta_keys=...)"
            )
        target = torch.tensor(classes).to(logits.device, non_blocking=True)
        correct = logits.argmax(dim=1) == target
        return {
            f'loss_{self.task}': self.loss_weight * F.cross_entropy(logits, target),
            f'acc_{self.task}': correct.float().mean(),
        }

    def read_classes(self, data_samples: SampleList) -> list[int]:
        """Read the labels of a batch."""
        labels = []
        for sample in data_samples:
            drawn = sample.metainfo.get(self.label_key)
            if drawn is None:
                raise ValueError(f'a data sample has no {self.label_key!r}{self._remedy}')
            labels.extend(drawn if isinstance(drawn, Sequence) else [drawn])
        return [self.to_class(label) for label in labels]

    def check_labels(self, labels: Collection[int]) -> None:
        """Check that the labels allow learning.

        Args:
            labels (Collection[int]): All labels that the pipeline may draw.

        Raises:
            ValueError: If there are none, or all are of one class, or one is of an
                unknown class.
        """
        if not labels:
            raise ValueError(
                f'no transform of the train pipeline draws {self.label_key!r}'
                f'{self._remedy}'
            )
        classes = {self.to_class(label) for label in labels}
        if len(classes) < 2 or max(classes) >= self.num_classes:
            raise ValueError(
                f'{type(self).__name__} predicts {self.num_classes} classes, but '
                f'{self.drawn_by} draws {self.label_key!r} from {sorted(labels)}, which '
                f'are of the classes {sorted(classes)}: change its options, or the head'
            )

    @property
    def _remedy(self) -> str:
        return (
            f', which {type(self).__name__} predicts: put {self.drawn_by} into the train '
            f'pipeline and list {self.label_key!r} in PackActionInputs(meta_keys=...)'
        )

    def _pool(self, maps: Tensor) -> Tensor:
        """(N, C', T', H', W') -> (N, C')."""
        if maps.ndim != 5 or maps.shape[1] != self.in_channels:
            raise ValueError(
                f'{type(self).__name__} was built for feature maps (N, '
                f'{self.in_channels}, T, H, W), but they are {tuple(maps.shape)}: set '
                'in_channels, or tap to a layer of the backbone that gives maps'
            )
        return maps.mean(dim=(2, 3, 4))


class ClipPretextHead(PretextHead):
    """Classify each clip: global average pooling, dropout, a linear layer.

    Args:
        in_channels (int): C', channels of the feature maps.
        num_classes (int): Number of classes.
        dropout_ratio (float): Dropout before the classifier. Defaults to 0.5.
        **kwargs: Arguments of :class:`PretextHead`.
    """

    def __init__(
        self,
        in_channels: int,
        num_classes: int,
        dropout_ratio: float = 0.5,
        **kwargs: float | dict | None,
    ) -> None:
        super().__init__(in_channels, num_classes, **kwargs)
        self.dropout = nn.Dropout(dropout_ratio)
        self.fc = nn.Linear(in_channels, num_classes)

    def forward(self, maps: Tensor) -> Tensor:
        """(N, C', T', H', W') -> logits (N, num_classes)."""
        return self.fc(self.dropout(self._pool(maps)))


class ClipTuplePretextHead(PretextHead):
    """Classify the clips of a sample together, by pairs of clips.

        clips (N * num_clips, C', T', H', W') -- mean over time and space
        each pair i < j (N, 2 C') -- FC, ReLU, one for all pairs
        all pairs (N, pairs * hidden_channels) -- dropout, FC
        logits (N, num_classes)

    Args:
        in_channels (int): C', channels of the feature maps.
        num_classes (int): Number of classes.
        num_clips (int): Clips of a sample, 2 or more. Defaults to 3.
        hidden_channels (int): Width of a pair. Defaults to 512.
        dropout_ratio (float): Dropout before the classifier. Defaults to 0.5.
        **kwargs: Arguments of :class:`PretextHead`.

    Raises:
        ValueError: If ``num_clips`` is below 2. When called: if the clips are no multiple
            of it.
    """

    def __init__(
        self,
        in_channels: int,
        num_classes: int,
        num_clips: int = 3,
        hidden_channels: int = 512,
        dropout_ratio: float = 0.5,
        **kwargs: float | dict | None,
    ) -> None:
        super().__init__(in_channels, num_classes, **kwargs)
        if num_clips < 2:
            raise ValueError(
                f'{type(self).__name__} compares clips of a sample, so num_clips must be '
                f'2 or more, got {num_clips}'
            )
        self.num_clips = num_clips
        self.pairs = list(itertools.combinations(range(num_clips), 2))
        self.pair_fc = nn.Linear(2 * in_channels, hidden_channels)
        self.dropout = nn.Dropout(dropout_ratio)
        self.fc = nn.Linear(len(self.pairs) * hidden_channels, num_classes)

    def forward(self, maps: Tensor) -> Tensor:
        """(N * num_clips, C', T', H', W') -> logits (N, num_classes)."""
        if len(maps) % self.num_clips:
            raise ValueError(
                f'{type(self).__name__} was built for {self.num_clips} clips of each '
                f'sample, which {len(maps)} clips are no multiple of: set its num_clips '
                'to that of the train pipeline'
            )
        clips = self._pool(maps).unflatten(0, (-1, self.num_clips))
        pairs = [torch.cat((clips[:, i], clips[:, j]), dim=1) for i, j in self.pairs]
        related = self.pair_fc(torch.stack(pairs, dim=1)).relu()
        return self.fc(self.dropout(related.flatten(1)))
