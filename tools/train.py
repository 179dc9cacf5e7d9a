"""Train a model: MMAction2's own script and flags, with stcr_mmaction imported."""

from _stock import run_stock_tool

if __name__ == '__main__':
    run_stock_tool('train.py')
