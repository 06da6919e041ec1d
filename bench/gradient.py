"""What a step of the attack costs: one image, forward and backward to the input, by layout.

Run by hand or with `make bench`. Times are medians over interleaved rounds in one thread; the
ratios, against PyTorch's default layout in float32 in the same run, are what to compare.
"""

import argparse
import statistics
import time

import torch
from torch import nn

from aip.compute.blocks import BLOCK
from aip.recognise.nets.building import build

VARIANTS = {
    "float32, default layout": (torch.float32, torch.contiguous_format),
    "float32, channels last": (torch.float32, torch.channels_last),
    "bfloat16, channels last": (torch.bfloat16, torch.channels_last),
}


def step(net: nn.Module, images: torch.Tensor, dtype: torch.dtype, layout: torch.memory_format):
    image = images.requires_grad_()
    features = net(image.to(dtype, memory_format=layout))
    torch.autograd.grad(features.float().sum(), image)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--arch", nargs="+", default=["resnet18", "googlenet"])
    parser.add_argument("--input-size", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    torch.set_num_threads(1)
    for arch in options.arch:
        nets, times = {}, {name: [] for name in VARIANTS}
        for name, (dtype, layout) in VARIANTS.items():
            net = build(arch, weights=None).eval().requires_grad_(False)
            nets[name] = net.to(dtype).to(memory_format=layout)
        images = torch.rand(BLOCK, 3, options.input_size, options.input_size)
        for _ in range(options.rounds + 1):
            for name, variant in VARIANTS.items():
                started = time.perf_counter()
                step(nets[name], images, *variant)
                times[name].append((time.perf_counter() - started) / BLOCK * 1e3)
        medians = {name: statistics.median(values[1:]) for name, values in times.items()}
        base = next(iter(medians.values()))
        print(f"{arch} at {options.input_size}×{options.input_size}")
        for name, median in medians.items():
            print(f"  {name:26} {median:6.2f} ms/image  ratio {median / base:.2f}")


if __name__ == "__main__":
    main()
