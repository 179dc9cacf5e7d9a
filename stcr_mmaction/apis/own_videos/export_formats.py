"""Export formats. Each writer returns the exported network, loaded from its file."""

from __future__ import annotations

import dataclasses
import json
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import torch
from mmaction.apis import init_recognizer
from mmaction.registry import MODELS
from torch import Tensor, nn

from ..network import Network
from .exported import ClipFunction, Exported, run_as_mmaction2

Function = Callable[[Tensor], Tensor]
FACTS = 'facts.json'


class Format(NamedTuple):
    """An export format.

    Attributes:
        suffix (str): Suffix of its files.
        write (Callable[[Exported, Path], Function]): Writes a file and loads it again.
    """

    suffix: str
    write: Callable[[Exported, Path], Function]


def write_mmaction2(exported: Exported, path: Path) -> Function:
    """Write a checkpoint and its config, for MMAction2's own functions."""
    meta = dict(dataset_meta=dict(classes=list(exported.classes)))
    torch.save(dict(meta=meta, state_dict=exported.network.model.state_dict()), path)
    config = path.with_suffix('.py')
    exported.network.config.dump(config)
    return _as_function(exported, init_recognizer(str(config), str(path), device='cpu'))


def write_torchscript(exported: Exported, path: Path) -> Function:
    """Write a TorchScript program that takes uint8 or floating clips."""
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # the traced program is compared later
        function, clips = ClipFunction(exported), exported.draw_clips(1)
        program = torch.jit.trace(function.eval(), clips, check_trace=False)
        program.save(str(path), _extra_files={FACTS: json.dumps(exported.facts)})
        return torch.jit.load(str(path))


def write_onnx(exported: Exported, path: Path) -> Function:
    """Write an ONNX program that takes floating clips."""
    _require('onnx', 'onnxscript', 'onnxruntime')
    import onnxruntime

    program = torch.onnx.export(
        ClipFunction(exported).eval(),
        (exported.draw_clips(),),
        dynamo=True,
        verbose=False,
        input_names=['clips'],
        output_names=[exported.output],
        dynamic_shapes=({0: torch.export.Dim('N')},),
    )
    program.model.metadata_props.update(exported.facts)
    program.save(str(path))
    session = onnxruntime.InferenceSession(str(path), providers=['CPUExecutionProvider'])
    return lambda clips: torch.from_numpy(session.run(None, dict(clips=clips.numpy()))[0])


def write_safetensors(exported: Exported, path: Path) -> Function:
    """Write the weights; metadata tells how to build the network."""
    _require('safetensors')
    from safetensors.torch import load_file, save_file

    weights = exported.network.model.state_dict()
    contiguous = {name: tensor.contiguous() for name, tensor in weights.items()}
    save_file(contiguous, path, metadata=dict(exported.facts, format='pt'))
    model = MODELS.build(exported.network.config.model).eval()
    model.load_state_dict(load_file(path))
    return _as_function(exported, model)


FORMATS = dict(
    mmaction2=Format('.pth', write_mmaction2),
    torchscript=Format('.pt', write_torchscript),
    onnx=Format('.onnx', write_onnx),
    safetensors=Format('.safetensors', write_safetensors),
)


def _as_function(exported: Exported, model: nn.Module) -> Function:
    """Return a function that runs another model of the same network."""
    model.tap = exported.network.model.tap
    network = Network(exported.network.name, exported.network.config, model)
    again = dataclasses.replace(exported, network=network)
    return lambda clips: run_as_mmaction2(again, clips)


def _require(*packages: str) -> None:
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        raise ValueError(
            f'this format needs {", ".join(missing)}: pip install {" ".join(packages)}'
        )
