"""The recogniser: a convnet's features and a linear SVM on them."""
