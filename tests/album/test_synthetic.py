import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image
from sklearn.svm import LinearSVC

from aip.album.index import Instance, check_protocol
from aip.album.synthetic import _sittings, instances, mesh, portrait, render
from aip.album.synthetic.head import Expression, ears, skull
from aip.album.synthetic.people import HAIR_STYLES, person
from aip.album.synthetic.photo import take
from aip.album.synthetic.pose import head_box, project, rotation
from aip.album.synthetic.scene import BOX_ERROR, PITCH, ROLL, YAW, scene
from aip.album.synthetic.seating import seating
from aip.album.synthetic.wear import shown_hair

SMALL = {"seed": 5, "train_identities": 5, "val_identities": 4, "heads_per_identity": 4}


@pytest.fixture(scope="module")
def album(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Instance]]:
    folder = tmp_path_factory.mktemp("album") / "photos"
    return folder, render(folder, **SMALL, workers=1, progress=None)


def photo_bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def file_name(row: Instance) -> str:
    return f"{row.photoset}_{row.photo}.jpg"


def box(row: Instance) -> tuple[int, int, int, int]:
    return row.xmin, row.ymin, row.xmin + row.width, row.ymin + row.height


def test_the_number_of_workers_changes_no_byte(album, tmp_path):
    folder, rows = album
    told: list[int] = []
    assert render(tmp_path, **SMALL, workers=2, progress=told.append) == rows
    assert photo_bytes(tmp_path) == photo_bytes(folder)
    assert told == list(range(1, len(photo_bytes(folder)) + 1))


def test_workers_end_with_the_job_that_is_killed(tmp_path):
    code = (
        "import sys; from pathlib import Path; from aip.album.synthetic import render\n"
        "if __name__ == '__main__':\n"
        "    render(Path(sys.argv[1]), seed=1, train_identities=50, val_identities=50,\n"
        "           heads_per_identity=9, workers=2, progress=lambda done: print(flush=True))\n"
    )
    script = tmp_path / "job.py"
    script.write_text(code)
    command = [sys.executable, str(script), str(tmp_path / "photos")]
    job = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert job.stdout.readline()
    workers = psutil.Process(job.pid).children(recursive=True)
    assert len(workers) >= 2
    job.kill()
    job.wait()
    job.stdout.close()
    _, alive = psutil.wait_procs(workers, timeout=20)
    living = [worker for worker in alive if worker.status() != psutil.STATUS_ZOMBIE]
    for worker in living:
        worker.kill()
    assert not living


def test_another_seed_is_another_album(album, tmp_path):
    folder, rows = album
    few = SMALL | {"train_identities": 1, "val_identities": 0, "heads_per_identity": 2, "seed": 6}
    other = render(tmp_path, **few, workers=1, progress=None)
    assert other != rows[: len(other)]
    mine = photo_bytes(folder)
    assert all(mine[name] != photo for name, photo in photo_bytes(tmp_path).items())
    assert scene(5, "001", "01", 2) != scene(6, "001", "01", 2)
    assert person(5, "val", 0) != person(6, "val", 0)
    assert person(5, "val", 0) != person(5, "train", 0)
    together = {"train_identities": 9, "val_identities": 0, "heads_per_identity": 2}
    assert seating(seed=5, **together) != seating(seed=6, **together)


def test_the_index_is_known_without_rendering_and_names_every_photo(album):
    folder, rows = album
    assert instances(**SMALL) == rows
    assert {file_name(row) for row in rows} == set(photo_bytes(folder))


@pytest.mark.parametrize("heads", [4, 7])
def test_identities_splits_and_company(heads):
    rows = instances(seed=2, train_identities=30, val_identities=9, heads_per_identity=heads)
    check_protocol(Path("index.csv"), rows)
    subset = {row.identity: row.subset for row in rows}
    assert Counter(subset.values()) == {"train": 30, "val": 9}
    assert set(Counter(row.identity for row in rows).values()) == {heads}
    splits = Counter((row.identity, row.split) for row in rows)
    for identity, where in subset.items():
        expected = [(None, heads)] if where == "train" else [(0, -(-heads // 2)), (1, heads // 2)]
        assert [(split, n) for (who, split), n in splits.items() if who == identity] == expected
    photos: dict[str, list[Instance]] = {}
    for row in rows:
        photos.setdefault(file_name(row), []).append(row)
    assert {len(together) for together in photos.values()} == {1, 2, 3}
    for together in photos.values():
        assert len({row.subset for row in together}) == 1
        assert len({row.identity for row in together}) == len(together)


def test_one_head_per_identity_is_refused():
    with pytest.raises(ValueError, match="at least 2 heads per identity"):
        instances(seed=1, train_identities=2, val_identities=2, heads_per_identity=1)


def test_more_identities_change_nobody():
    def latents(train: int, val: int) -> dict[tuple[str, int], object]:
        return {
            (sitting.seat.subset, number): who
            for sitting in _sittings(3, train, val, 2)
            for number, who in zip(sitting.seat.people, sitting.people, strict=True)
        }

    few, many = latents(3, 2), latents(9, 8)
    assert few == {key: many[key] for key in few}
    assert len(set(many.values())) == 17


def test_a_box_holds_a_head_and_lies_in_its_photo():
    """What people change in an otherwise equal photo fills their boxes."""
    for sitting in _sittings(8, 10, 0, 2)[:8]:
        key = (sitting.seed, sitting.seat.photoset, sitting.seat.photo)
        full = np.asarray(take(*key, sitting.scene, sitting.people), dtype=int)
        nobody = replace(sitting.scene, sitters=())
        changed = np.abs(full - np.asarray(take(*key, nobody, []), dtype=int)).max(-1) > 2
        for who, sitter in zip(sitting.people, sitting.scene.sitters, strict=True):
            left, top, width, height = head_box(who, sitter)
            seen = changed[max(top, 0) : top + height, max(left, 0) : left + width]
            assert seen.size > 0.5 * width * height
            assert seen.mean() > 0.55
            assert 50 < height < 190


@pytest.mark.parametrize(
    "style", sorted({"bald", "short", "quiff", "mohawk", "curly", "afro", "bun"})
)
@pytest.mark.parametrize("cover", ["none", "beanie"])
def test_a_box_is_tight_to_the_drawn_head(style, cover, monkeypatch):
    """Without its neck, what is drawn of a short-haired head touches all four sides of its box."""
    nothing = mesh.ellipsoid((0.0, 0.0, 0.0), (0.01, 0.01, 0.01), 4, 4)
    monkeypatch.setattr(portrait, "neck", lambda _: nothing)
    picture = scene(4, style, cover, 1)
    who = replace(person(4, "train", 1), hair_style=style, glasses_style="none")
    exact = {"cover": cover, "centre": (150.0, 150.0), "box_error": (0.0, 0.0, 0.0, 0.0)}
    sitter = replace(picture.sitters[0], **exact)
    drawn = portrait.portrait(who, sitter, picture.light, (300, 300))
    rows, columns = np.nonzero(drawn.cover[..., 0] > 0.5)
    low, high = (columns.min(), rows.min()), (columns.max() + 1, rows.max() + 1)
    corner = np.array([drawn.left, drawn.top])
    left, top, width, height = head_box(who, sitter)
    assert np.abs(corner + low - (left, top)).max() <= 5
    assert np.abs(corner + high - (left + width, top + height)).max() <= 5


def test_annotators_err_by_a_few_pixels():
    who = person(1, "train", 0)
    sitters = [scene(1, "boxes", str(n), 1).sitters[0] for n in range(60)]
    offs = []
    for sitter in sitters:
        exact = np.array(head_box(who, replace(sitter, box_error=(0.0, 0.0, 0.0, 0.0))))
        off = np.array(head_box(who, sitter)) - exact
        offs.append([off[0], off[1], off[0] + off[2], off[1] + off[3]] / np.tile(exact[2:], 2))
    assert np.abs(offs).max() <= BOX_ERROR + 0.03  # and a pixel for rounding
    assert (np.std(offs, axis=0) > 0.4 * BOX_ERROR).all()


def test_boxes_lie_mostly_in_their_photos(album):
    folder, rows = album
    for row in rows:
        with Image.open(folder / file_name(row)) as photo:
            size = photo.size
        left, top, right, bottom = box(row)
        inside = (min(right, size[0]) - max(left, 0)) * (min(bottom, size[1]) - max(top, 0))
        assert inside > 0.5 * row.width * row.height


def test_poses_span_their_ranges():
    sitters = [scene(1, "poses", str(n), 1).sitters[0] for n in range(300)]
    for name, limit in (("yaw", YAW), ("pitch", PITCH), ("roll", ROLL)):
        angles = np.degrees([getattr(sitter, name) for sitter in sitters])
        assert -limit <= angles.min() < -0.95 * limit
        assert 0.95 * limit < angles.max() <= limit
        assert abs(angles.mean()) < 0.15 * limit


def test_signs_of_the_pose():
    """Positive yaw turns the nose to the right, pitch turns it down, roll leans clockwise."""
    straight = replace(scene(1, "a", "b", 1).sitters[0], yaw=0.0, pitch=0.0, roll=0.0)
    nose, crown = np.array([0, 0, 1.0]), np.array([0, 1.0, 0])
    assert (rotation(replace(straight, yaw=0.5)) @ nose)[0] > 0.4
    assert (rotation(replace(straight, pitch=0.3)) @ nose)[1] < -0.2
    assert (rotation(replace(straight, roll=0.3)) @ crown)[0] > 0.2


def test_nearer_points_hide_farther_ones():
    near = mesh.ellipsoid((0, 0, 2.0), (1, 1, 1), 9, 9)
    far = mesh.ellipsoid((0, 0, 0.0), (2, 2, 2), 9, 9)
    sitter = replace(scene(1, "a", "b", 1).sitters[0], centre=(20.0, 20.0), scale=5.0)
    parts = [
        mesh.rasterise(part, project(part.points, sitter), (40, 40), two_sided=False)
        for part in (near, far)
    ]
    front, behind = mesh.nearest(parts, 1600)
    middle = 20 * 40 + 20
    assert middle in front.pixel
    assert middle not in behind.pixel
    assert middle in parts[1].pixel
    assert len(set(front.pixel) & set(behind.pixel)) == 0
    assert np.allclose(parts[0].weights.sum(0), 1, atol=1e-4)


def test_surfaces_face_outwards():
    who = person(1, "train", 0)
    calm = Expression(smile=0, mouth_open=0, eyes_open=1, brows_up=0, gaze=(0, 0))
    for part in (skull(who, calm), mesh.ellipsoid((0, 0, 0), (1, 2, 3), 9, 9)):
        a, b, c = (part.points[part.triangles[:, corner]] for corner in range(3))
        outward = (np.cross(b - a, c - a) * (a + b + c)).sum(-1)
        assert (outward > -1e-6).mean() > 0.93  # the wings of the nose may overhang
        assert ((part.normals * part.points).sum(-1) > 0).mean() > 0.93
    assert ears(who).points[:, 0].min() < -0.5 < 0.5 < ears(who).points[:, 0].max()


def test_every_hair_style_is_somebodys():
    worn = Counter(person(1, "train", number).hair_style for number in range(400))
    assert set(worn) == set(HAIR_STYLES)


def test_a_hat_hides_the_hair_under_it():
    who = replace(person(1, "train", 0), hair_style="afro")
    crown = np.array([[0.0, 0.95], [0.0, 0.8]], dtype=np.float32)
    bare = replace(scene(1, "a", "b", 1).sitters[0], cover="none")
    assert shown_hair(who, bare, crown).all()
    assert not shown_hair(who, replace(bare, cover="beanie"), crown).any()


def test_pixels_do_not_tell_who_it_is(tmp_path):
    """A linear SVM on 16×16 pixels recognises at most 40 % of the heads of split 1."""
    rows = render(
        tmp_path,
        seed=1,
        train_identities=0,
        val_identities=40,
        heads_per_identity=6,
        workers=1,
        progress=None,
    )
    heads = []
    for row in rows:
        with Image.open(tmp_path / file_name(row)) as photo:
            heads.append(np.asarray(photo.crop(box(row)).resize((16, 16))) / 255)
    pixels = np.stack(heads).reshape(len(rows), -1)
    names = np.array([row.identity for row in rows])
    attacked = np.array([row.split for row in rows]) == 1
    svm = LinearSVC(C=1.0, dual=False).fit(pixels[~attacked], names[~attacked])
    rate = (svm.predict(pixels[attacked]) == names[attacked]).mean()
    assert 3 / 40 < rate <= 0.4  # and it is not noise either
