"""What was measured on a small scale, as entries of a metafile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from . import ROOT
from .paired_statistics import mean_and_std
from .real_clips.comparison import Group, accuracy, read_groups
from .real_clips.measures import SPACE
from .real_clips.network import RECIPE, UNTRAINED
from .real_clips.scale import SCALES
from .results import load_results, metric_of
from .spec import Arm, load_experiment

RESULTS = ROOT / 'docs/results'
MOTION = ROOT / 'tools/experiments/specs/motion.py'
RECIPE_CONFIG = f'configs/_base_/recipes/{RECIPE}.py'
TESTED = dict(interactions='UT-Interaction (set 1)', lips='MIRACL-VC1')
PRETRAINED_ON = dict(
    interactions='SkateboardML, ARID, surveillance cameras',
    lips='MIRACL-VC1, the training speakers of each fold',
)


def list_models() -> list[dict]:
    """Return the entries: of rendered motions, and of real clips."""
    return [*list_motions(), *list_real_clips()]


def entry(name: str, config: str, metadata: dict, results: list[dict]) -> dict:
    """Return the entry of a model."""
    return {
        'Name': name,
        'Config': config,
        'In Collection': 'STCR',
        'Metadata': metadata,
        'Modality': 'RGB',
        'Results': results,
    }


def list_motions() -> Iterator[dict]:
    """Yield an entry for each arm and backbone that was tested on rendered motions."""
    results = load_results(RESULTS, load_experiment(MOTION))
    measure, groups = metric_of(results.experiment.metric), {}
    for found in results.found:
        if found.content['metrics']:
            backbone, labels = found.columns(['backbone', 'labels'])
            group = groups.setdefault((found.run.arm, backbone), {})
            group.setdefault(labels, []).append(measure(found))
    for (arm, backbone), group in groups.items():
        told = [measure_motions(labels, group[labels]) for labels in sorted(group)]
        yield describe_motions(results.experiment.arms[arm], arm, backbone, told)


def describe_motions(arm: Arm, name: str, backbone: str, results: list[dict]) -> dict:
    """Return the entry of an arm."""
    metadata = {'Architecture': backbone, 'Training Data': 'Rendered motions'}
    if arm.pretrain:
        metadata['Pretrained'] = arm.pretrain
    return entry(f'motion-{name}_{backbone.lower()}', arm.recognize, metadata, results)


def measure_motions(labels: int, values: Sequence[float]) -> dict:
    """Return mean and spread over seeds."""
    mean, std = mean_and_std(values)
    metrics = {'Top 1 Accuracy': round(mean, 1), 'Seeds': len(values)}
    if std is not None:
        metrics['Standard Deviation'] = round(std, 1)
    plural = 's' * (labels != 1)
    dataset = f'Rendered motions, {labels} label{plural} a class'
    return dict(Task='Action Recognition', Dataset=dataset, Metrics=metrics)


def list_real_clips() -> Iterator[dict]:
    """Yield an entry for each scale, set and backbone of the recommended recipe."""
    for size in SCALES:
        groups = read_groups(RESULTS / 'real_clips' / size / 'frozen')
        untrained = {(g.set, g.backbone): g for g in groups if g.arm == UNTRAINED}
        for group in groups:
            if group.arm == RECIPE:
                before = untrained[group.set, group.backbone]
                yield describe_real_clips(size, group, before)


def describe_real_clips(size: str, group: Group, before: Group) -> dict:
    """Return the entry of a pretrained network."""
    scale = SCALES[size]
    metadata = {
        'Architecture': scale.backbone(group.backbone)['type'],
        'Batch Size': scale.batch_size,
        'Iterations': scale.iterations[group.set],
        'Resolution': f'{scale.crop}x{scale.crop}',
        'Training Data': PRETRAINED_ON[group.set],
        'Width': scale.width,
    }
    name = f'{group.set}-{RECIPE}_{group.backbone}_{size}'
    return entry(name, RECIPE_CONFIG, metadata, [measure_real_clips(group, before)])


def measure_real_clips(group: Group, before: Group) -> dict:
    """Return the linear probe, and that of the untrained network."""
    measure = f'linear, rgb, space {SPACE[group.set]}'
    found = accuracy(group, measure)
    metrics = {
        'Top 1 Accuracy': round(float(found.mean), 1),
        'Seeds': found.seeds,
        'Lower Bound (95%)': round(float(found.low), 1),
        'Upper Bound (95%)': round(float(found.high), 1),
        'Top 1 Accuracy Untrained': round(float(accuracy(before, measure).mean), 1),
    }
    return dict(Task='Linear Probe', Dataset=TESTED[group.set], Metrics=metrics)
