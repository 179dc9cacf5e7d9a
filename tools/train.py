"""Train a model: MMAction2's own script and flags, with stcr_mmaction imported.

With --stcr, any MMAction2 config trains with consistency regularization. With --rehearse,
all stages of a run are tried in a short time before it is started.
"""

import os
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from mmengine.config import Config

from stcr_mmaction.apis import run_stock_tool, switch_on
from stcr_mmaction.engine import Rehearsal
from stcr_mmaction.engine.checkpoints import find_latest_checkpoint
from stcr_mmaction.engine.hooks.work_dir_lock import find_other_training
from stcr_mmaction.models.recognizers.recipe import RECIPES, RECOMMENDED, read_recipe


def main() -> None:
    """Parse our own flags, and run the stock script with the rest."""
    parser = ArgumentParser(
        'train.py',
        add_help=False,
        allow_abbrev=False,
        usage='train.py CONFIG [--stcr[=RECIPE] [--stcr-save FILE]] [--rehearse] '
        '[flags of the stock script]',
    )
    parser.add_argument(
        '--stcr',
        nargs='?',
        const=RECOMMENDED,
        metavar='RECIPE',
        help='switch consistency regularization on in any config of a Recognizer3D, by '
        f'one of the recipes {", ".join(RECIPES)} (default: {RECOMMENDED}), or one of '
        'your own, --stcr=FILE.py; prints the changes. See docs/stock_configs.md',
    )
    parser.add_argument(
        '--stcr-save',
        metavar='FILE.py',
        help='with --stcr: write the changed config',
    )
    parser.add_argument(
        '--rehearse',
        action='store_true',
        help='try all stages of the run in a temporary folder: first and '
        'last batch, validation, checkpoint, resume, test; then estimate its cost. '
        'See docs/long_runs.md',
    )
    own, stock = parser.parse_known_args()
    if own.stcr and own.stcr not in RECIPES and f'--stcr={own.stcr}' not in sys.argv:
        # The config follows the flag.
        stock, own.stcr = [_config(own.stcr, stock, parser), *stock], RECOMMENDED
    if own.stcr_save and not (own.stcr and own.stcr_save.endswith('.py')):
        parser.error('--stcr-save takes a file that ends in .py, and --stcr')
    if {'-h', '--help'} & set(stock):
        parser.print_help()
        print('\nThe stock script:')
    sys.argv[1:] = stock

    def rewrite(cfg: Config, args: Namespace) -> Config:
        cfg = _switch(cfg, args, own.stcr, own.stcr_save) if own.stcr else cfg
        if own.rehearse:
            rehearse(cfg, args)
        else:
            refuse_second_training(cfg, args)
        start_or_resume(cfg, args)
        return cfg

    run_stock_tool('train.py', rewrite)


def _config(given: str, stock: list[str], parser: ArgumentParser) -> str:
    """Return the argument after --stcr, if it can be the config."""
    is_config = Path(given).is_file() or '::' in given
    if not is_config or (stock and not stock[0].startswith('-')):
        parser.error(
            f'--stcr takes one of the recipes {", ".join(RECIPES)}, or --stcr=FILE.py, '
            f'with =, a recipe of your own; got {given}'
        )
    return given


def rehearse(cfg: Config, args: Namespace) -> None:
    """Run a rehearsal instead of the training.

    Args:
        cfg (Config): Config to rehearse; changed in place.
        args (Namespace): Command line of the stock script, changed in place.

    Raises:
        ValueError: If the config sets its own runner.
    """
    if cfg.get('runner_type'):
        raise ValueError(f'--rehearse is not for runner_type={cfg.runner_type!r}')
    if args.resume and _is_first_process():
        print('a rehearsal starts from the beginning: --resume is ignored')
    args.resume = None
    cfg.runner_type = Rehearsal.__name__


def refuse_second_training(cfg: Config, args: Namespace) -> None:
    """Refuse to change the folder of a training that is running.

    Args:
        cfg (Config): Config to train.
        args (Namespace): Command line of the stock script.

    Raises:
        ValueError: If another training is running there, so that the
            :class:`WorkDirLockHook` would stop this one.
    """
    hooks, options = cfg.get('default_hooks') or {}, args.cfg_options or {}
    locks = options.get('default_hooks.lock', hooks.get('lock'))
    if locks and _is_first_process():
        problem = find_other_training(Path(_work_dir(cfg, args)))
        if problem:
            raise ValueError(problem)


def start_or_resume(cfg: Config, args: Namespace) -> None:
    """Make the same command, with --resume and `load_from`, both start and resume a job.

    With --resume, the stock script drops the config's `load_from`, even if there is
    nothing to resume. It keeps the `load_from` of --cfg-options, and would resume from
    that.

    Args:
        cfg (Config): Config to train.
        args (Namespace): Command line of the stock script, changed in place.
    """
    if args.resume == 'auto':
        args.resume = find_latest_checkpoint(_work_dir(cfg, args))
    if args.resume and args.cfg_options:
        args.cfg_options.pop('load_from', None)


def _work_dir(cfg: Config, args: Namespace) -> str:
    """Return the work directory that the stock script will use."""
    chosen = (args.cfg_options or {}).get('work_dir') or args.work_dir
    default = f'./work_dirs/{Path(args.config).stem}'
    return chosen or cfg.get('work_dir') or default


def _switch(cfg: Config, args: Namespace, recipe: str, save: str | None) -> Config:
    """Switch consistency on; the first process prints changes and writes the config."""
    cfg.merge_from_dict(args.cfg_options or {})  # they may name the data to train on
    args.cfg_options = None
    switched = switch_on(cfg, recipe)
    name = Path(args.config.split('::')[-1]).stem
    switched.setdefault('work_dir', f'./work_dirs/stcr_{name}')
    if _is_first_process():
        print(Config.diff(cfg, switched))
        print(f'--stcr {recipe}: {read_recipe(recipe).recipe.what}')
        if save:
            Path(save).parent.mkdir(parents=True, exist_ok=True)
            switched.dump(save)
    return switched


def _is_first_process() -> bool:
    return int(os.environ.get('RANK', os.environ.get('SLURM_PROCID', 0))) == 0


if __name__ == '__main__':
    main()
