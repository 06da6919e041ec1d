"""Lessons: perturbation files of heads, as recognisers that know learn from them."""

import numpy as np
import pytest

from aip.artifacts import ImageWriter, write_column, writing


@pytest.fixture
def write_lesson(tmp_path, provenance):
    """Write a lesson: write_lesson(name, ids, images)."""

    def write(name, ids, images):
        path = tmp_path / f"{name}.h5"
        with writing(path, provenance()) as file:
            writer = ImageWriter(file.create_group("images"))
            writer.append(images)
            writer.close()
            write_column(file, "id", np.array(ids, np.int64))
        return path

    return write
