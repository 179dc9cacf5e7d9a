"""Accuracy of single clips and of whole videos."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmaction.evaluation import top_k_accuracy
from mmaction.registry import METRICS
from torch import Tensor

from .checked_acc_metric import CheckedAccMetric, cap_top_k, count_as_wrong


@METRICS.register_module()
class ClipAccMetric(CheckedAccMetric):
    """:class:`CheckedAccMetric` that also measures the accuracy of clips.

    The model must return the scores of each clip: ``model.cls_head.average_clips=None``.
    In addition to the metrics of :class:`AccMetric` for videos, ``clip_top{k}`` is the
    accuracy over all clips of all videos.

    Args:
        average_clips (str): What is averaged over the clips of a video: ``'score'``,
            before softmax, as in the code of clip order prediction, or ``'prob'``, after
            it, as MMAction2 recommends. Defaults to 'score'.
        topk (Sequence[int]): Values of k, for clips and videos. Defaults to (1, 5).
        collect_device (str): ``'cpu'`` or ``'gpu'``, mmengine's. Defaults to 'cpu'.
        prefix (str, optional): Mmengine's. Defaults to None: ``'acc'``.

    Raises:
        ValueError: If ``average_clips`` is unknown. In a test: if the model averages the
            clips itself.

    Examples:
        >>> metric = ClipAccMetric(topk=[1])
        >>> scores = torch.tensor([[0.9, 0.1], [0.4, 0.6]])  # of two clips of a video
        >>> metric.process(None, [dict(pred_score=scores, gt_label=torch.tensor([0]))])
        >>> figures = metric.evaluate(size=1)
        >>> float(figures['acc/top1']), float(figures['acc/clip_top1'])
        (1.0, 0.5)
    """

    def __init__(
        self,
        average_clips: str = 'score',
        topk: Sequence[int] = (1, 5),
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        self.topk = tuple(topk)
        super().__init__(
            metric_options=dict(top_k_accuracy=dict(topk=self.topk)),
            collect_device=collect_device,
            prefix=prefix,
        )
        if average_clips not in ('score', 'prob'):
            raise ValueError(
                f"average_clips must be 'score' or 'prob', got {average_clips!r}"
            )
        self.average_clips = average_clips

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep scores and labels.

        Args:
            data_batch (Any): Not used.
            data_samples (Sequence[dict]): Samples with ``pred_score`` (V, classes) of V
                clips, and ``gt_label`` (1,).
        """
        count = len(self.results)
        videos = [
            {**sample, 'pred_score': self._average(sample['pred_score'])}
            for sample in data_samples
        ]
        super().process(data_batch, videos)
        for result, sample in zip(self.results[count:], data_samples, strict=True):
            result['clips'] = count_as_wrong(sample)['pred_score'].cpu().numpy()

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Compute the metrics of videos and of clips."""
        videos = [result for result in results for _ in result['clips']]
        clips = [scores for result in results for scores in result['clips']]
        labels = [result['label'] for result in videos]
        shares = top_k_accuracy(clips, labels, self.topk)
        of_clips = {f'clip_top{k}': s for k, s in zip(self.topk, shares, strict=True)}
        return {**super().compute_metrics(results), **cap_top_k(of_clips, videos)}

    def _average(self, scores: Tensor) -> Tensor:
        if scores.ndim != 2:
            raise ValueError(
                'ClipAccMetric needs the scores of each clip, (clips, classes), got '
                f'{tuple(scores.shape)}: set model.cls_head.average_clips=None'
            )
        if self.average_clips == 'prob':
            scores = scores.softmax(dim=1)
        return scores.mean(dim=0)
