"""Pretext heads: tasks whose labels the pipeline draws.

Which path a head reads, and what becomes of the label where a transformation would
change it:

    head                   path   label, drawn by                   a temporal flip
    ---------------------  -----  --------------------------------  -------------------
    ClipOrderHead          clean  clip_order, ShuffleClips          inverts it: refused
    ClipVerificationHead   clean  clips_in_order, ShuffleClips      inverts it: refused
    FrameVerificationHead  clean  frames_in_order, ShuffleFrames    inverts it: refused
    ArrowOfTimeHead        noise  transform_codes,                  is the label
    TransformCodeHead      noise    SpatioTemporalTransform         is half of the label
      target='rotation'                                             does not matter

With STCR the noise path is flipped and the clean path never is, so each head reads the
path on which its label is true, and the rest follows:

- Clips and frames are shuffled before :class:`SiamesePaths`, in both paths alike:
  consistency compares clip with clip. Within a path, and after the decoding, it is
  refused.
- Without a ``consistency_head`` one path will do. It is then read by every head, so an
  order head refuses temporal flips in it.
- The clean path of a model with ``target_momentum`` is the target's, which no gradient
  leaves, so an order head is refused there.
- :class:`VideoMixup` and :class:`VideoCutMix` blend noise clips of two videos, hence of
  two labels, so a head that reads the noise path is refused beside them. Mixing in one
  frame (:class:`IntraVideoMixup`, :class:`InterVideoMixup`) leaves the label true.
- Frames one by one backwards are a temporal flip, which looks as ordered as before:
  no shuffle that counts as out of order is one.

The model refuses what it can see when built, :class:`PretextLabelsHook` what model and
pipeline are at odds about before training, and a head a batch without its label.
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
    """Classify one path by a label that the pipeline drew.

    A subclass has a :meth:`forward` and, if labels are not classes, a
    :meth:`to_class`. Its attributes say the rest.

    Args:
        in_channels (int): C', channels of the feature maps.
        num_classes (int): Number of classes.
        loss_weight (float): Weight of the cross entropy. Defaults to 1.0.
        init_cfg (dict, optional): mmengine's. Defaults to None: torch's initialization.

    Attributes:
        task (str): Names ``loss_<task>`` and ``acc_<task>``.
        path (str): The path that it reads, ``'clean'`` or ``'noise'``.
        label_key (str): Key of the label in a data sample's metainfo: one of the sample,
            or a list with one of each clip.
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
        """Return the class, 0 to ``num_classes - 1``, of what was drawn."""
        return label

    def loss(
        self, clean: Tensor, noise: Tensor, data_samples: SampleList
    ) -> dict[str, Tensor]:
        """Compute the cross entropy and the accuracy.

        Args:
            clean (Tensor): (N * num_clips, C', T', H', W'), maps of the clean path.
            noise (Tensor): The same of the noise path; with one path, the same maps.
            data_samples (SampleList): N samples, with the label in their metainfo.

        Returns:
            dict[str, Tensor]: ``loss_<task>``, and ``acc_<task>``, 0 to 1, which stays on
            the device.

        Raises:
            ValueError: If a sample lacks the label, or there is not one for each logit,
                or the maps have other channels or no time axis.
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
        """Refuse labels from which there is nothing to learn.

        Args:
            labels (Collection[int]): All that the pipeline may draw.

        Raises:
            ValueError: If they are none, all of one class, or of an unknown class.
        """
        if not labels:
            raise ValueError(
                f'no transform of the train pipeline draws {self.label_key!r}'
                f'{self._remedy}'
            )
        classes = {self.to_class(label) for label in labels}
        if len(classes) < 2 or max(classes) >= self.num_classes:
            raise ValueError(
                f'{type(self).__name__} tells {self.num_classes} classes apart, but '
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
    """Classify each clip: mean over time and space, dropout, a linear layer.

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
    """Classify the clips of a sample together, by what each two of them have in common.

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
