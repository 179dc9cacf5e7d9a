"""Raise an error if pretrained weights are not loaded."""

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

TRAINING_PARTS = ('consistency_head', 'motion_head', 'pretext_head', 'target_backbone')
"""Parts of the model that are not used in a test."""

UNTRAINED = (
    '{parts} of the model is not in {file}, so a test would use random weights. If '
    'it is a pretraining checkpoint, train the classifier first: tools/train.py CONFIG '
    '--cfg-options load_from={file}. To evaluate its features, use '
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
    """Check that enough tensors of a checkpoint match the model.

    mmengine loads the weights that fit and only warns about the rest. So a backbone with
    other names or options may silently train from random weights. This hook checks every
    load before training or testing: ``load_from``, ``init_cfg=dict(type='Pretrained',
    ...)`` and ``pretrained=``. For each part of the model it logs how many tensors match
    the checkpoint in name and shape. An error is raised before anything is changed.

    It also reports a checkpoint that the config names but nothing loads. MMAction2's
    ResNet3d family and UniFormer ignore ``init_cfg``, its VisionTransformer ignores
    ``pretrained``, and a test only loads ``load_from``. In a test, all used parts of the
    model must come from the checkpoint: with a pretraining checkpoint the classifier
    would be random. Checkpoints that a run resumes from are not checked. Weights that a
    backbone copies itself (inflated 2D weights) are not counted; a warning says so.

    Args:
        min_matched (float): Smallest share of matching tensors, among all of the part in
            the model and in the checkpoint, 0 to 1. Defaults to 1.0.
        part (str): Direct submodule of the model that must match. In training, other
            parts may be new, such as the classifier. Defaults to 'backbone'.

    Raises:
        ValueError: If ``min_matched`` is out of range. Before training or test: if the
            model has no such ``part``.
        RuntimeError: Before training or test: if too few tensors match, or if a
            checkpoint that the config names is not loaded. Before a test: if another used
            part is not in the checkpoint.

    Source: beyond the paper.
    """

    # After the EMAHook, so that its copy of the model is not watched too.
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
        """Watch all modules, before weights are loaded."""
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
        """Report checkpoints that the config names but nothing has loaded."""
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
        """Report random parts, and checkpoints that are named but not loaded."""
        if self._untrained and runner.iter == 0:
            parts = ' and '.join(
                f'{part} ({match})' for part, match in self._untrained.items()
            )
            message = UNTRAINED.format(parts=parts, file=runner._load_from)
            examples = [match.examples() for match in self._untrained.values()]
            raise RuntimeError('\n'.join([message, *examples]))
        part = unwrap(runner.model).get_submodule(self.part)
        files = [
            pretrained_argument(runner.cfg, self.part),
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
        # A plain function, since copying the model would copy a bound method with its
        # hook.
        def listen(module: nn.Module, weights: dict, prefix: str, *_: object) -> None:
            starts_a_load = not prefix
            resumes = runner._resume and not name
            if starts_a_load and not resumes:
                self._loaded.add(name)
                source = (not name and runner._load_from) or 'weights'
                title = f'{source} -> {name or "model"}'
                model = with_full_names(get_state_dict(module), name)
                checkpoint = with_full_names(weights, name)
                matches = self._check(runner, title, model, checkpoint)
                self._note_untrained(matches)

        return listen

    def _note_untrained(self, matches: dict[str, Match]) -> None:
        """Note which other parts stay random and are used in a test."""
        for part, match in matches.items():
            self._untrained.pop(part, None)
            lacks = match.missing or match.reshaped
            if lacks and part not in (self.part, *TRAINING_PARTS):
                self._untrained[part] = match

    def _check(
        self, runner: Runner, title: str, model: dict, checkpoint: dict
    ) -> dict[str, Match]:
        """Log what matches; raise a RuntimeError if too little of the part does."""
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
        file, kind = pretrained_argument(runner.cfg, self.part), type(module).__name__
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


def with_full_names(weights: Mapping[str, Any], name: str) -> dict[str, Tensor]:
    """Return the tensors of a submodule by their names in the whole model."""
    prefix = f'{name}.' if name else ''
    return {prefix + key: tensor for key, tensor in countable(weights).items()}


def match_by_part(model: dict, checkpoint: dict) -> tuple[dict[str, Match], list[str]]:
    """Match each part of the model; also return names that belong to no part."""
    parts = dict.fromkeys(key.partition('.')[0] for key in model)
    matches = {
        part: match_tensors(of_part(model, part), of_part(checkpoint, part))
        for part in parts
    }
    return matches, [key for key in checkpoint if key.partition('.')[0] not in parts]


def pretrained_argument(config: Mapping, part: str) -> str | None:
    """Return the argument ``pretrained`` of a part of the model, if the config has it."""
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
