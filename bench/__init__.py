"""What Blockwise costs, as ratios to a raw limit or a peer measured in the same run."""
