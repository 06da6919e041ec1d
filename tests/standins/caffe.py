"""What Caffe would have written: nets as prototxt, and caffemodels with random weights.

The wire format is written here byte by byte, so that a reader of it is held to the format and not
to itself. The nets are described as Caffe's own prototxts have them.
"""

import math
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

# Types of layers by name, and by the numbers that files of before 2015 have.
OLD_TYPES = {"Convolution": 4, "InnerProduct": 14, "ReLU": 18, "LRN": 15, "Pooling": 17}


def varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def number(key: int, value: int) -> bytes:
    return varint(key << 3) + varint(value)


def block(key: int, content: bytes) -> bytes:
    return varint(key << 3 | 2) + varint(len(content)) + content


def blob(values: np.ndarray, *, old: bool = False, double: bool = False) -> bytes:
    """Encode an array; ``old`` gives it the four dimensions of before 2015."""
    if old:
        shape = (1,) * (4 - values.ndim) + values.shape
        head = b"".join(number(key, size) for key, size in enumerate(shape, start=1))
    else:
        head = block(7, block(1, b"".join(varint(size) for size in values.shape)))
    kept = block(8, values.astype("<f8").tobytes()) if double else b""
    return head + (kept or block(5, values.astype("<f4").tobytes()))


def layer(
    name: str, kind: str, blobs: Iterable[bytes], *, old: bool = False, more: bytes = b""
) -> bytes:
    """Encode a layer of a net, as ``layers`` or, since 2015, ``layer``."""
    if old:
        body = block(4, name.encode()) + number(5, OLD_TYPES[kind])
        return block(2, body + b"".join(block(6, b) for b in blobs) + more)
    body = block(1, name.encode()) + block(2, kind.encode())
    return block(100, body + b"".join(block(7, b) for b in blobs) + more)


@dataclass
class Net:
    """A net under construction.

    Attributes
    ----------
    size : int
        The side of its square input.
    features : str
        The layer whose output they are.
    """

    size: int
    features: str
    text: list[str] = field(default_factory=list)
    weights: dict[str, tuple[str, list[tuple[int, ...]]]] = field(default_factory=dict)
    channels: dict[str, int] = field(default_factory=lambda: {"data": 3})

    def add(self, name: str, kind: str, bottoms: list[str], top: str, settings: str = "") -> str:
        ends = "".join(f' bottom: "{bottom}"' for bottom in bottoms)
        self.text.append(f'layer {{ name: "{name}" type: "{kind}"{ends} top: "{top}" {settings} }}')
        self.channels.setdefault(top, self.channels[bottoms[0]])
        return top

    def convolution(self, name, below, out, kernel, stride=1, pad=0, group=1, bias=True) -> str:
        given = self.channels[below]
        shapes = [(out, given // group, kernel, kernel)] + [(out,)] * bias
        self.weights[name] = "Convolution", shapes
        self.channels[name] = out
        settings = f"num_output: {out} kernel_size: {kernel} stride: {stride} pad: {pad}"
        settings += f" group: {group} bias_term: {str(bias).lower()}"
        return self.add(name, "Convolution", [below], name, f"convolution_param {{ {settings} }}")

    def inner_product(self, name, below, values, out) -> str:
        self.weights[name] = "InnerProduct", [(out, values), (out,)]
        self.channels[name] = out
        settings = f"inner_product_param {{ num_output: {out} }}"
        return self.add(name, "InnerProduct", [below], name, settings)

    def relu(self, name, below) -> str:
        return self.add(name, "ReLU", [below], below)

    def dropout(self, name, below, ratio=0.5) -> str:
        return self.add(
            name, "Dropout", [below], below, f"dropout_param {{ dropout_ratio: {ratio} }}"
        )

    def norm(self, name, below) -> str:
        settings = "lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 }"
        return self.add(name, "LRN", [below], name, settings)

    def pool(self, name, below, kernel=3, stride=2, pad=0, kind="MAX") -> str:
        settings = f"pool: {kind} kernel_size: {kernel} stride: {stride} pad: {pad}"
        return self.add(name, "Pooling", [below], name, f"pooling_param {{ {settings} }}")

    def batch_norm(self, name, scale, below) -> str:
        size = (self.channels[below],)
        self.weights[name] = "BatchNorm", [size, size, (1,)]
        self.weights[scale] = "Scale", [size, size]
        self.add(name, "BatchNorm", [below], below, "batch_norm_param { use_global_stats: true }")
        return self.add(scale, "Scale", [below], below, "scale_param { bias_term: true }")

    def prototxt(self) -> str:
        shape = f"dim: 1 dim: 3 dim: {self.size} dim: {self.size}"
        data = f'name: "data" type: "Input" top: "data" input_param {{ shape {{ {shape} }} }}'
        return "\n".join([f"layer {{ {data} }}", *self.text])

    def blobs(self, seed: int) -> Iterator[tuple[str, str, list[np.ndarray]]]:
        """Draw the weights, layer by layer, so that what passes keeps about its scale."""
        for name, (kind, shapes) in self.weights.items():
            rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
            if kind == "BatchNorm":
                total = np.float32(rng.uniform(0.5, 1000))
                mean, variance = rng.normal(0, 20, shapes[0]), rng.uniform(2000, 5000, shapes[1])
                values = [mean * total, variance * total, np.array([total])]
            elif kind == "Scale":
                # Far down the residuals would add up, were they as large as what they add to.
                gain = 10 if name.endswith("branch2c") else 60
                values = [gain * rng.uniform(0.5, 1.5, shapes[0]), rng.normal(0, 10, shapes[1])]
            else:
                values = [rng.standard_normal(shapes[0], dtype=np.float32)]
                values[0] *= math.sqrt(2 / math.prod(shapes[0][1:]))
                values += [rng.normal(0, 10, shape) for shape in shapes[1:]]
            yield name, kind, values

    def write(self, path: Path, seed: int = 1, *, old: bool = False) -> None:
        """Write a caffemodel, as of before 2015 if ``old``."""
        with path.open("wb") as file:
            file.write(block(1, b"a net of random weights"))
            for name, kind, values in self.blobs(seed):
                file.write(layer(name, kind, (blob(v, old=old) for v in values), old=old))


def alexnet() -> Net:
    net = Net(227, "relu7")
    x = net.relu("relu1", net.convolution("conv1", "data", 96, 11, stride=4))
    x = net.pool("pool1", net.norm("norm1", x))
    x = net.relu("relu2", net.convolution("conv2", x, 256, 5, pad=2, group=2))
    x = net.pool("pool2", net.norm("norm2", x))
    x = net.relu("relu3", net.convolution("conv3", x, 384, 3, pad=1))
    x = net.relu("relu4", net.convolution("conv4", x, 384, 3, pad=1, group=2))
    x = net.relu("relu5", net.convolution("conv5", x, 256, 3, pad=1, group=2))
    return _classifier(net, net.pool("pool5", x), 256 * 6 * 6)


def vgg16() -> Net:
    net, x = Net(224, "relu7"), "data"
    for stage, (count, out) in enumerate([(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)], 1):
        for i in range(1, count + 1):
            x = net.relu(f"relu{stage}_{i}", net.convolution(f"conv{stage}_{i}", x, out, 3, pad=1))
        x = net.pool(f"pool{stage}", x, 2)
    return _classifier(net, x, 512 * 7 * 7)


def _classifier(net: Net, x: str, values: int) -> Net:
    x = net.dropout("drop6", net.relu("relu6", net.inner_product("fc6", x, values, 4096)))
    x = net.dropout("drop7", net.relu("relu7", net.inner_product("fc7", x, 4096, 4096)))
    net.inner_product("fc8_faces", x, 4096, 5)
    return net


def googlenet() -> Net:
    net = Net(224, "pool5/7x7_s1")

    def rectified(name, below, *geometry, **keys):
        stage, _, part = name.partition("/")
        x = net.convolution(name, below, *geometry, **keys)
        return net.relu(f"{stage}/relu_{part}", x)

    x = rectified("conv1/7x7_s2", "data", 64, 7, stride=2, pad=3)
    x = net.norm("pool1/norm1", net.pool("pool1/3x3_s2", x))
    x = rectified("conv2/3x3_reduce", x, 64, 1)
    x = net.norm("conv2/norm2", rectified("conv2/3x3", x, 192, 3, pad=1))
    x = net.pool("pool2/3x3_s2", x)
    for name, a, b, c, d, e, f in [
        ("3a", 64, 96, 128, 16, 32, 32),
        ("3b", 128, 128, 192, 32, 96, 64),
        ("4a", 192, 96, 208, 16, 48, 64),
        ("4b", 160, 112, 224, 24, 64, 64),
        ("4c", 128, 128, 256, 24, 64, 64),
        ("4d", 112, 144, 288, 32, 64, 64),
        ("4e", 256, 160, 320, 32, 128, 128),
        ("5a", 256, 160, 320, 32, 128, 128),
        ("5b", 384, 192, 384, 48, 128, 128),
    ]:
        at = f"inception_{name}"
        ways = [rectified(f"{at}/1x1", x, a, 1)]
        reduced = rectified(f"{at}/3x3_reduce", x, b, 1)
        ways.append(rectified(f"{at}/3x3", reduced, c, 3, pad=1))
        reduced = rectified(f"{at}/5x5_reduce", x, d, 1)
        ways.append(rectified(f"{at}/5x5", reduced, e, 5, pad=2))
        pooled = net.pool(f"{at}/pool", x, 3, stride=1, pad=1)
        ways.append(rectified(f"{at}/pool_proj", pooled, f, 1))
        net.channels[f"{at}/output"] = a + c + e + f
        x = net.add(f"{at}/output", "Concat", ways, f"{at}/output")
        if name in ("3b", "4e"):
            x = net.pool(f"pool{name[0]}/3x3_s2", x)
    x = net.pool("pool5/7x7_s1", x, 7, stride=1, kind="AVE")
    net.inner_product("loss3/faces", net.dropout("pool5/drop_7x7_s1", x, 0.4), 1024, 5)
    return net


def resnet152() -> Net:
    net = Net(224, "pool5")

    def normalised(name, below, *geometry, **keys):
        x = net.convolution(f"res{name}", below, *geometry, bias=False, **keys)
        return net.batch_norm(f"bn{name}", f"scale{name}", x)

    x = net.convolution("conv1", "data", 64, 7, stride=2, pad=3, bias=False)
    x = net.relu("conv1_relu", net.batch_norm("bn_conv1", "scale_conv1", x))
    x = net.pool("pool1", x)
    blocks = {"2": "a b c", "3": "a " + " ".join(f"b{i}" for i in range(1, 8))}
    blocks |= {"4": "a " + " ".join(f"b{i}" for i in range(1, 36)), "5": "a b c"}
    for stage, names in blocks.items():
        width = 16 * 2 ** int(stage)
        for name in names.split():
            at, stride = f"{stage}{name}", 2 if name == "a" and stage != "2" else 1
            beside = x
            if name == "a":
                beside = normalised(f"{at}_branch1", x, 4 * width, 1, stride=stride)
            y = normalised(f"{at}_branch2a", x, width, 1, stride=stride)
            y = net.relu(f"res{at}_branch2a_relu", y)
            y = normalised(f"{at}_branch2b", y, width, 3, pad=1)
            y = net.relu(f"res{at}_branch2b_relu", y)
            y = normalised(f"{at}_branch2c", y, 4 * width, 1)
            x = net.add(f"res{at}", "Eltwise", [beside, y], f"res{at}")
            x = net.relu(f"res{at}_relu", x)
    x = net.pool("pool5", x, 7, stride=1, kind="AVE")
    net.inner_product("fc_faces", x, 2048, 5)
    return net


NETS = {"alexnet": alexnet, "vgg16": vgg16, "googlenet": googlenet, "resnet152": resnet152}
