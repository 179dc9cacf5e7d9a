"""Test a checkpoint: MMAction2's own script and flags, with stcr_mmaction imported."""

from stcr_mmaction.apis import run_stock_tool

if __name__ == '__main__':
    run_stock_tool('test.py')
