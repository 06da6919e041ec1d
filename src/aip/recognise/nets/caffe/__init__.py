"""The paper's four nets as Caffe has them, one page each.

They take RGB less a mean, on the 0–255 scale. What Caffe calls a layer has its name here too, as
the last part of a module's name.
"""
