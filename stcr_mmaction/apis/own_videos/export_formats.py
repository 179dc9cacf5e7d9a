"""Files of a network. Each writer returns the function that the file, read again, is."""

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
    """A format.

    Attributes:
        suffix (str): Of its files.
        write (Callable[[Exported, Path], Function]): Writes one, and reads it again.
    """

    suffix: str
    write: Callable[[Exported, Path], Function]


def write_mmaction2(exported: Exported, path: Path) -> Function:
    """Write a checkpoint, and the config beside it, for MMAction2's own functions."""
    meta = dict(dataset_meta=dict(classes=list(exported.classes)))
    torch.save(dict(meta=meta, state_dict=exported.network.model.state_dict()), path)
    config = path.with_suffix('.py')
    exported.network.config.dump(config)
    return _as_function(exported, init_recognizer(str(config), str(path), device='cpu'))


def write_torchscript(exported: Exported, path: Path) -> Function:
    """Write a program of PyTorch, of clips of uint8 or floating."""
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # what may be fixed by tracing is tried later
        function, clips = ClipFunction(exported), exported.draw_clips(1)
        program = torch.jit.trace(function.eval(), clips, check_trace=False)
        program.save(str(path), _extra_files={FACTS: json.dumps(exported.facts)})
        return torch.jit.load(str(path))


def write_onnx(exported: Exported, path: Path) -> Function:
    """Write a program for other libraries, of floating clips."""
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
    """Write weights, with what is needed to build the network as metadata."""
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
    """Let another model of the same network take its place."""
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
