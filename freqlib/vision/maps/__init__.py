"""The layers of a network, whose outputs are seen as maps on a grid."""
