"""Weights that do not arrive are an error, not a line in the log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.model import BaseTTAModel, is_model_wrapper
from mmengine.runner import Runner
from mmengine.runner.checkpoint import get_state_dict
from torch import Tensor, nn

from ...functional.matching import Match, countable, match_tensors, of_part, some
from ...type_names import type_name

OF_TRAINING = ('consistency_head', 'motion_head', 'pretext_head', 'target_backbone')
"""Parts of the model that a test does not run."""

UNTRAINED = (
    '{parts} of the model is not in {file}, so a test would judge random weights. If '
    'that is a pretraining, train the classifier on it first: tools/train.py CONFIG '
    '--cfg-options load_from={file}. To judge the features as they are, use '
    'tools/retrieval.py CONFIG {file} --out FILE.png.'
)
ADVICE = (
    'Give the {part} the type and options that these weights were trained with. If the '
    'names differ by a "{part}." in front: tools/model_converters/export_backbone.py '
    'writes either kind. Public checkpoints with names of their own: '
    'tools/model_converters/convert_public_weights.py. If the rest is meant to start at '
    'random: lower min_matched of the CheckpointMatchHook.'
)


@HOOKS.register_module()
class CheckpointMatchHook(Hook):
    """Count the tensors that a checkpoint and the model share; too few are an error.

    mmengine loads what fits and warns of the rest, so that a backbone with other names
    or options silently trains from random weights. This hook watches every load before
    training or test: ``load_from``, ``init_cfg=dict(type='Pretrained', ...)`` and
    ``pretrained=``. By part of the model it logs how many tensors have the name and the
    shape of one in the checkpoint, and its error comes before anything is changed.

    It also reports a checkpoint that the config names and nothing loads: MMAction2's
    ResNet3d family and UniFormer ignore ``init_cfg``, its VisionTransformer
    ``pretrained``, and a test loads neither, but ``load_from`` alone. In a test, all
    parts of the model that it runs must have come from the checkpoint; with that of a
    pretraining the classifier would be random. What a resumed run loads of its own is
    left alone. Weights that a backbone copies in its own way (2D
    weights that are inflated) are not counted; a warning says so.

    Args:
        min_matched (float): Least share of the part's tensors, those of the model and
            of the checkpoint together, that must match, 0 to 1. Defaults to 1.0.
        part (str): Direct submodule of the model that must match; the others may be
            new in training, as the classifier is. Defaults to 'backbone'.

    Raises:
        ValueError: If ``min_matched`` is out of range. Before training or test: if the
            model has no such ``part``.
        RuntimeError: Before training or test: if too few tensors match, or if a
            checkpoint that the config names is not loaded. Before a test: if another part
            that it runs is not in the checkpoint.

    Source: beyond the paper, whose results rest on the weights being there.
    """

    # Behind the EMAHook, so that its copy of the model is not watched as well.
    priority = 'LOW'

    def __init__(self, min_matched: float = 1.0, part: str = 'backbone') -> None:
        if not 0 <= min_matched <= 1:
            raise ValueError(
                'CheckpointMatchHook needs min_matched between 0 and 1, got '
                f'{min_matched}'
            )
        self.min_matched = min_matched
        self.part = part
        self._loaded: set[str] = set()
        self._untrained: dict[str, Match] = {}
        self._handles: list = []

    def before_run(self, runner: Runner) -> None:
        """Watch all modules: weights are loaded next."""
        model = unwrap(runner.model)
        parts = dict(model.named_children())
        if self.part not in parts:
            raise ValueError(
                f'CheckpointMatchHook: {type(model).__name__} has no part '
                f'{self.part!r}; it has {list(parts)}'
            )
        for name, module in model.named_modules():
            listener = self._listener(runner, name)
            self._handles.append(module.register_load_state_dict_pre_hook(listener))

    def before_train(self, runner: Runner) -> None:
        """Report what the config names and nothing has loaded."""
        part = unwrap(runner.model).get_submodule(self.part)
        for name, module in part.named_modules(prefix=self.part):
            if name not in self._loaded and (file := pretrained_init(module)):
                raise RuntimeError(
                    f'{file} is not loaded: {type(module).__name__} ({name}) ignores '
                    'init_cfg. Use load_from or its argument pretrained (with '
                    'pretrained2d=False where it has that one)'
                )
        self._check_argument(runner, part)

    def before_test(self, runner: Runner) -> None:
        """Report random parts, or what the config names and no checkpoint is loaded."""
        if self._untrained and runner.iter == 0:
            parts = ' and '.join(
                f'{part} ({match})' for part, match in self._untrained.items()
            )
            message = UNTRAINED.format(parts=parts, file=runner._load_from)
            examples = [match.examples() for match in self._untrained.values()]
            raise RuntimeError('\n'.join([message, *examples]))
        part = unwrap(runner.model).get_submodule(self.part)
        files = [
            named_by_config(runner.cfg, self.part),
            *map(pretrained_init, part.modules()),
        ]
        file = next(filter(None, files), None)
        if file and not self._loaded and runner.iter == 0:
            raise RuntimeError(
                f'{file} is not loaded: a test loads load_from alone, which '
                'tools/test.py sets to the checkpoint that it is given'
            )

    def after_run(self, runner: Runner) -> None:
        """Stop watching."""
        while self._handles:
            self._handles.pop().remove()

    def _listener(self, runner: Runner, name: str) -> Callable[..., None]:
        # A plain function, which copies of the model share; a method would be copied
        # along with its hook.
        def listen(module: nn.Module, weights: dict, prefix: str, *_: object) -> None:
            starts_a_load = not prefix
            resumes = runner._resume and not name
            if starts_a_load and not resumes:
                self._loaded.add(name)
                source = (not name and runner._load_from) or 'weights'
                title = f'{source} -> {name or "model"}'
                both = (in_the_model(w, name) for w in (get_state_dict(module), weights))
                matches = self._check(runner, title, *both)
                self._note_untrained(matches)

        return listen

    def _note_untrained(self, matches: dict[str, Match]) -> None:
        """Note which parts of a test a load leaves random, beside the one that counts."""
        for part, match in matches.items():
            self._untrained.pop(part, None)
            lacks = match.missing or match.reshaped
            if lacks and part not in (self.part, *OF_TRAINING):
                self._untrained[part] = match

    def _check(
        self, runner: Runner, title: str, model: dict, checkpoint: dict
    ) -> dict[str, Match]:
        """Log what matches; raise a RuntimeError if it is too little of the part."""
        matches, others = match_by_part(model, checkpoint)
        lines = [title, *(f'{part}: {match}' for part, match in matches.items())]
        if others:
            lines.append(f'not in the model: {len(others)} tensors, {some(others)}')
        report = '\n    '.join(lines)
        match = matches.get(self.part)
        if match is not None and match.share < self.min_matched:
            raise RuntimeError(
                f'{report}\n{match.examples()}\nCheckpointMatchHook wants '
                f'{self.min_matched:.0%} of the {self.part} to match. '
                + ADVICE.format(part=self.part)
            )
        runner.logger.info(report)
        return matches

    def _check_argument(self, runner: Runner, module: nn.Module) -> None:
        """Report a ``pretrained=`` of the config that nothing has loaded."""
        file, kind = named_by_config(runner.cfg, self.part), type(module).__name__
        if not file or self.part in self._loaded:
            return
        if not hasattr(module, 'pretrained'):
            raise RuntimeError(
                f'{file} is not loaded: {kind} ({self.part}) ignores pretrained. Use '
                "load_from or init_cfg=dict(type='Pretrained', checkpoint=...)"
            )
        runner.logger.warning(
            f'{kind} copies {file} in its own way, as when it inflates 2D weights: '
            'CheckpointMatchHook cannot count the tensors'
        )


def unwrap(model: nn.Module) -> nn.Module:
    """Return the model inside wrappers for distributed training or test-time views."""
    while is_model_wrapper(model) or isinstance(model, BaseTTAModel):
        model = model.module
    return model


def in_the_model(weights: Mapping[str, Any], name: str) -> dict[str, Tensor]:
    """Return a submodule's tensors under their names in the whole model."""
    prefix = f'{name}.' if name else ''
    return {prefix + key: tensor for key, tensor in countable(weights).items()}


def match_by_part(model: dict, checkpoint: dict) -> tuple[dict[str, Match], list[str]]:
    """Match each part of the model; also return the names that are of no part."""
    parts = dict.fromkeys(key.partition('.')[0] for key in model)
    matches = {
        part: match_tensors(of_part(model, part), of_part(checkpoint, part))
        for part in parts
    }
    return matches, [key for key in checkpoint if key.partition('.')[0] not in parts]


def named_by_config(config: Mapping, part: str) -> str | None:
    """Return the ``pretrained`` of a part of the model, if the config has one."""
    model = config.get('model')
    part_config = model.get(part) if isinstance(model, Mapping) else None
    return (part_config or {}).get('pretrained')


def pretrained_init(module: nn.Module) -> str | None:
    """Return the checkpoint that the module's ``init_cfg`` names, if any."""
    configs = getattr(module, 'init_cfg', None) or []
    for config in [configs] if isinstance(configs, dict) else configs:
        if type_name(config) in ('Pretrained', 'PretrainedInit'):
            return config['checkpoint']
    return None
