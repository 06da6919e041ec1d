import pytest
import timm
import torch
from torch import nn

from aip.errors import BadInput
from aip.recognise.nets import source
from aip.recognise.nets.building import build, dimension

# What the classifiers of timm's own nets take.
NETS = {"resnet18": ("fc", 512), "mobilenetv3_small_050": ("classifier", 1024)}


@pytest.mark.parametrize("name", NETS)
def test_a_net_gives_the_pooled_features_that_its_classifier_would_take(name, tmp_path):
    classifier, size = NETS[name]
    torch.manual_seed(0)
    whole = timm.create_model(name, pretrained=False).eval()
    # A file may hold the classifier too.
    torch.save(whole.state_dict(), tmp_path / "net.pt")
    net = build(f"timm:{name}", weights=str(tmp_path / "net.pt"))
    assert dimension(net, (64, 48)) == size
    taken = []
    layer = whole.get_submodule(classifier)
    layer.register_forward_hook(lambda _, given, __: taken.append(given[0]))
    x = torch.rand(2, 3, 64, 48)
    with torch.no_grad():
        whole(x)
        found = net.eval()(x)
    assert found.shape == (2, size)
    assert float(found.std()) > 0
    assert torch.equal(found, taken[0])


def test_weights_of_another_net_are_named(tmp_path):
    torch.save(timm.create_model("resnet18").state_dict(), tmp_path / "net.pt")
    expected = r"net\.pt: conv_stem\.weight: expected shape .*, found nothing"
    with pytest.raises(BadInput, match=expected):
        build("timm:mobilenetv3_small_050", weights=str(tmp_path / "net.pt"))


@pytest.mark.parametrize(
    ("name", "mean", "deviation"),
    [
        ("resnet18", (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
        ("mobilenetv3_small_050", (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
        ("vit_tiny_patch16_224", (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
        ("botnet50ts_256", (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),  # without weights
    ],
)
def test_the_input_is_normalised_as_the_weights_were_taught(name, mean, deviation):
    found = source(f"timm:{name}").statistics(f"timm:{name}", nn.Identity())
    assert found.mean == pytest.approx([255 * value for value in mean])
    assert found.deviation == pytest.approx([255 * value for value in deviation])


@pytest.mark.parametrize("name", ["resnet19", "resnet18.in1k", ""])
def test_an_unknown_name_is_named_with_the_nearest_that_is(name):
    for ask in (build, source(f"timm:{name}").statistics):
        with pytest.raises(BadInput, match=f"unknown arch 'timm:{name}'; did you mean '") as caught:
            ask(f"timm:{name}", None)
        said = str(caught.value)
        assert said.endswith(", timm:xcit_tiny_24_p16_384")  # of a thousand, not all are said
        assert "\n" not in said


def test_missing_weights_are_named(tmp_path):
    with pytest.raises(BadInput, match=r"gone\.pt: the weights are missing"):
        build("timm:resnet18", weights=str(tmp_path / "gone.pt"))
