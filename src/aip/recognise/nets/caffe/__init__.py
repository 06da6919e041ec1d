"""The paper's four nets as Caffe has them, one module each.

They take RGB images minus a mean, on the 0–255 scale. The last part of a submodule's name is the
name of Caffe's layer.
"""
