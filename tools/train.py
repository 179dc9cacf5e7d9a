"""Train a model: MMAction2's own script and flags, with stcr_mmaction imported.

With --stcr a config of MMAction2 trains with consistency regularization as it is. With
--rehearse a run is gone through in miniature, before it is started.
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
    """Take out the flags that the stock script does not have, and run it."""
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
        'your own, --stcr=FILE.py; prints what it changes. See docs/stock_configs.md',
    )
    parser.add_argument(
        '--stcr-save',
        metavar='FILE.py',
        help='with --stcr: write the config that is trained',
    )
    parser.add_argument(
        '--rehearse',
        action='store_true',
        help='go through the whole run in miniature, in a temporary folder: first and '
        'last batch, validation, checkpoint, resume, test; then say what it will take. '
        'See docs/long_runs.md',
    )
    own, stock = parser.parse_known_args()
    if own.stcr and own.stcr not in RECIPES and f'--stcr={own.stcr}' not in sys.argv:
        # It is the config that follows the flag.
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
            refuse_a_second(cfg, args)
        start_or_resume(cfg, args)
        return cfg

    run_stock_tool('train.py', rewrite)


def _config(given: str, stock: list[str], parser: ArgumentParser) -> str:
    """Return what follows --stcr, if it can be the config."""
    is_config = Path(given).is_file() or '::' in given
    if not is_config or (stock and not stock[0].startswith('-')):
        parser.error(
            f'--stcr takes one of the recipes {", ".join(RECIPES)}, or --stcr=FILE.py, '
            f'with =, a recipe of your own; got {given}'
        )
    return given


def rehearse(cfg: Config, args: Namespace) -> None:
    """Let a rehearsal run in place of the training, from its start.

    Args:
        cfg (Config): What is to be rehearsed, which is changed.
        args (Namespace): The stock script's command line, which is changed.

    Raises:
        ValueError: If the config has a runner of its own.
    """
    if cfg.get('runner_type'):
        raise ValueError(f'--rehearse is not for runner_type={cfg.runner_type!r}')
    if args.resume and _is_first_process():
        print('a rehearsal begins at the start: --resume is for the training after it')
    args.resume = None
    cfg.runner_type = Rehearsal.__name__


def refuse_a_second(cfg: Config, args: Namespace) -> None:
    """Let a training that is running keep its folder as it is, config included.

    Args:
        cfg (Config): What is to be trained.
        args (Namespace): The stock script's command line.

    Raises:
        ValueError: If another training is running there, and this one would be stopped by
            its :class:`WorkDirLockHook`.
    """
    hooks, options = cfg.get('default_hooks') or {}, args.cfg_options or {}
    locks = options.get('default_hooks.lock', hooks.get('lock'))
    if locks and _is_first_process():
        problem = find_other_training(Path(_work_dir(cfg, args)))
        if problem:
            raise ValueError(problem)


def start_or_resume(cfg: Config, args: Namespace) -> None:
    """Let the same command, with --resume and `load_from`, start a job and go on with it.

    The stock script drops the config's `load_from` at any --resume, even if there is
    nothing to go on with, and keeps that of --cfg-options, which it would go on from.

    Args:
        cfg (Config): What is to be trained.
        args (Namespace): The stock script's command line, which is changed.
    """
    if args.resume == 'auto':
        args.resume = find_latest_checkpoint(_work_dir(cfg, args))
    if args.resume and args.cfg_options:
        args.cfg_options.pop('load_from', None)


def _work_dir(cfg: Config, args: Namespace) -> str:
    """Return the folder that the stock script will choose."""
    chosen = (args.cfg_options or {}).get('work_dir') or args.work_dir
    default = f'./work_dirs/{Path(args.config).stem}'
    return chosen or cfg.get('work_dir') or default


def _switch(cfg: Config, args: Namespace, recipe: str, save: str | None) -> Config:
    """Switch consistency on; say what changed, and write it, in one process of all."""
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
