"""The model list that mim and MMAction2 read."""

import pytest
import yaml
from mmengine.config import Config

from tools.experiments import ROOT, write_metafile

PACKAGED = ROOT / 'stcr_mmaction/.mim'
MODELS = write_metafile.read(ROOT / 'configs/stcr/metafile.yml')
MEASURED = write_metafile.read(write_metafile.SMALL)
KEEPING = dict(type='Resize', scale=(-1, 256))
RESIZE = dict(type='Resize', scale=(224, 200), keep_ratio=False)
RESULTS = [dict(Task='Action Recognition', Dataset='UCF101', Metrics=dict(top1=1.0))]


def test_every_config_is_listed_once():
    configs = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / 'configs/stcr').rglob('*.py')
    }
    listed = [model['Config'] for model in MODELS.values()]
    assert configs == set(listed), 'run python -m tools.experiments.write_metafile'
    assert len(listed) == len(configs)


@pytest.mark.parametrize(
    'folder', ['', 'ablations', 'benchmarks', 'mmaction2', 'benchmarks/c3d-vcop_stcr']
)
def test_entries_are_what_the_configs_say(folder):
    entry = next(
        model
        for model in MODELS.values()
        if model['Config'].startswith(f'configs/stcr/{folder}')
    )
    described = write_metafile.describe(ROOT / entry['Config'])
    measured = {key: entry[key] for key in write_metafile.MEASURED if key in entry}
    assert entry == described | measured, 'run python -m tools.experiments.write_metafile'


def test_the_index_imports_the_list_where_the_package_ships_it():
    index = yaml.safe_load((PACKAGED / 'model-index.yml').read_text())
    contents = [yaml.safe_load((PACKAGED / name).read_text()) for name in index['Import']]
    models = [model for content in contents for model in content['Models']]
    assert all((PACKAGED / model['Config']).is_file() for model in models)
    assert len({model['Name'] for model in models}) == len(models)
    (collection,) = contents[0]['Collections']
    assert {model['In Collection'] for model in models} == {collection['Name']}


def test_the_parser_of_mim_reads_it():
    modelindex = pytest.importorskip('modelindex.load_model_index')
    index = modelindex.load(str(PACKAGED / 'model-index.yml'))
    index.build_models_with_collections()
    assert not index.check(silent=True)
    assert {model.name for model in index.models} == set(MODELS) | set(MEASURED)
    assert '2008.02086' in index.models[0].full_model.paper['URL']


def test_what_was_measured_is_kept_when_it_is_written_anew():
    name = 'r3d-vcop_8xb8-16x1x1-45e_ucf101-rgb'
    path = ROOT / MODELS[name]['Config']
    known = {name: dict(Name='old', Results=RESULTS, Weights='file.pth')}
    (model,) = yaml.safe_load(write_metafile.dump([path], known))['Models']
    assert (model['Name'], model['Results']) == (name, RESULTS)
    assert model['Weights'] == 'file.pth'


def test_what_was_measured_on_a_small_scale_is_in_the_result_files():
    written = yaml.safe_load(write_metafile.SMALL.read_text())
    assert written == write_metafile.small(), (
        'run python -m tools.experiments.write_metafile'
    )


def test_small_scale_figures_are_those_of_the_pages():
    first, _, _ = MEASURED['motion-contrast_gradients_vcopr3d']['Results']
    assert '19.2 ± 3.2' in (ROOT / 'docs/results/motion.md').read_text()
    assert first['Metrics'] == {
        'Top 1 Accuracy': 19.2,
        'Seeds': 5,
        'Standard Deviation': 3.2,
    }
    for name, entry in MEASURED.items():
        if name.startswith('lips-'):
            (result,) = entry['Results']
            assert result['Dataset'] == 'MIRACL-VC1'
            low, high = (
                result['Metrics'][f'{end} Bound (95%)'] for end in ('Lower', 'Upper')
            )
            assert low < result['Metrics']['Top 1 Accuracy'] < high


@pytest.mark.parametrize(
    ('steps', 'clip_shape', 'expected'),
    [
        ([KEEPING, dict(type='RandomCrop', size=8)], None, '8x8'),
        ([dict(type='RandomCrop', size=112), RESIZE], None, '224x200'),
        ([RESIZE], (16, 112, 96), '96x112'),
    ],
)
def test_resolution_is_that_of_the_clips(steps, clip_shape, expected):
    model = dict(clip_shape=clip_shape) if clip_shape else {}
    loader = dict(dataset=dict(pipeline=steps))
    cfg = Config(dict(model=model, train_dataloader=loader))
    assert write_metafile.resolution(cfg) == expected
